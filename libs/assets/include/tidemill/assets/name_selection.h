#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tidemill::assets {

/// One item of the list syntax for ops, steps and assets: "*a", "++a", "a+", "+a*".
struct SelectionClause {
  /// Stands for "*".
  static constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

  std::int64_t up_depth = 0;
  std::string name;
  std::int64_t down_depth = 0;

  bool operator==(const SelectionClause&) const = default;
};

/// Nothing if the text is not of this form. Names are made of letters, digits and . / [ ] ? _ -.
std::optional<SelectionClause> ParseClause(std::string_view text);

/// Things with names that depend on each other: the ops of a job, the steps of a plan.
class NameGraph final {
 public:
  /// Each name once, with the names that it depends on; those that are no node of their own are left out.
  explicit NameGraph(std::vector<std::pair<std::string, std::vector<std::string>>> dependencies);
  NameGraph(NameGraph&&) = default;  // The index points into the names: no copies.
  NameGraph& operator=(NameGraph&&) = default;

  std::size_t size() const { return names_.size(); }
  const std::vector<std::string>& names() const { return names_; }
  bool Has(std::string_view name) const { return ids_.contains(name); }

  /// The names that any of the clauses selects, in the order of the graph; "*" alone is all of them. What `job execute
  /// --op-selection` takes. Throws Error(kInvalidArgument) that names a clause that selects nothing.
  std::vector<std::string> SelectOps(const std::vector<std::string>& clauses) const;
  /// The same for the steps of a re-execution, where "*" has no meaning of its own. Throws Error(kNotFound) that lists
  /// the unknown steps.
  std::vector<std::string> SelectSteps(const std::vector<std::string>& clauses) const;

 private:
  void Reach(std::uint32_t from, std::int64_t depth, const std::vector<std::vector<std::uint32_t>>& next,
             std::vector<char>& selected) const;
  bool Apply(std::string_view clause, std::vector<char>& selected) const;
  std::vector<std::string> Select(const std::vector<std::string>& clauses, std::string_view kind) const;

  std::vector<std::string> names_;
  std::unordered_map<std::string_view, std::uint32_t> ids_;
  std::vector<std::vector<std::uint32_t>> up_;
  std::vector<std::vector<std::uint32_t>> down_;
};

}  // namespace tidemill::assets
