#include "tidemill/assets/name_selection.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <tidemill/base/error.h>

namespace tidemill::assets {
namespace {

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool IsNameByte(char c) {
  const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  const bool beyond_ascii = static_cast<unsigned char>(c) >= 0x80;
  return word || beyond_ascii || std::string_view("./[]?_-").find(c) != std::string_view::npos;
}

std::int64_t Depth(std::string_view marks) {
  if (marks.find('*') != std::string_view::npos) return SelectionClause::kUnlimited;
  return static_cast<std::int64_t>(marks.size());
}

}  // namespace

std::optional<SelectionClause> ParseClause(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  std::size_t begin = text.starts_with('*') ? 1 : 0;
  while (begin < text.size() && text[begin] == '+') ++begin;
  std::size_t end = begin;
  while (end < text.size() && IsNameByte(text[end])) ++end;
  if (end == begin) return std::nullopt;
  std::size_t rest = end;
  while (rest < text.size() && text[rest] == '+') ++rest;
  if (rest < text.size() && text[rest] == '*') ++rest;
  if (rest != text.size()) return std::nullopt;
  return SelectionClause{Depth(text.substr(0, begin)), std::string(text.substr(begin, end - begin)),
                         Depth(text.substr(end))};
}

NameGraph::NameGraph(std::vector<std::pair<std::string, std::vector<std::string>>> dependencies) {
  names_.reserve(dependencies.size());  // The index points into the names.
  for (auto& [name, needed] : dependencies) {
    names_.push_back(std::move(name));
    ids_.emplace(names_.back(), static_cast<std::uint32_t>(names_.size() - 1));
  }
  up_.resize(names_.size());
  down_.resize(names_.size());
  for (std::uint32_t id = 0; id < names_.size(); ++id) {
    for (const auto& name : dependencies[id].second) {
      const auto parent = ids_.find(name);
      if (parent == ids_.end()) continue;
      up_[id].push_back(parent->second);
      down_[parent->second].push_back(id);
    }
  }
}

void NameGraph::Reach(std::uint32_t from, std::int64_t depth, const std::vector<std::vector<std::uint32_t>>& next,
                      std::vector<char>& selected) const {
  std::vector<char> reached(size(), 0);
  std::vector<std::uint32_t> edge{from};
  for (std::int64_t step = 0; step < depth && !edge.empty(); ++step) {
    std::vector<std::uint32_t> beyond;
    for (const std::uint32_t id : edge) {
      for (const std::uint32_t target : next[id]) {
        if (reached[target] != 0) continue;
        reached[target] = selected[target] = 1;
        beyond.push_back(target);
      }
    }
    edge = std::move(beyond);
  }
}

bool NameGraph::Apply(std::string_view text, std::vector<char>& selected) const {
  const auto clause = ParseClause(text);
  const auto it = clause ? ids_.find(clause->name) : ids_.end();
  if (it == ids_.end()) return false;
  selected[it->second] = 1;
  Reach(it->second, clause->up_depth, up_, selected);
  Reach(it->second, clause->down_depth, down_, selected);
  return true;
}

std::vector<std::string> NameGraph::Select(const std::vector<std::string>& clauses, std::string_view kind) const {
  std::vector<char> selected(size(), 0);
  for (const auto& clause : clauses) {
    if (Apply(clause, selected)) continue;
    throw Error(Code::kInvalidArgument,
                fmt::format("'{}' selects no {}: use a name, with '+' for each level or '*' for "
                            "all before it (upstream) or behind it (downstream)",
                            clause, kind));
  }
  std::vector<std::string> names;
  for (std::size_t id = 0; id < size(); ++id) {
    if (selected[id] != 0) names.push_back(names_[id]);
  }
  return names;
}

std::vector<std::string> NameGraph::SelectOps(const std::vector<std::string>& clauses) const {
  if (clauses.size() == 1 && clauses[0] == "*") return names_;
  return Select(clauses, "op");
}

std::vector<std::string> NameGraph::SelectSteps(const std::vector<std::string>& clauses) const {
  std::vector<std::string> unknown;
  for (const auto& clause : clauses) {
    if (const auto parsed = ParseClause(clause); parsed && !Has(parsed->name)) unknown.push_back(parsed->name);
  }
  if (!unknown.empty()) {
    throw Error(Code::kNotFound,
                fmt::format("no such step{} to select: {}", unknown.size() > 1 ? "s" : "", fmt::join(unknown, ", ")));
  }
  return Select(clauses, "step");
}

}  // namespace tidemill::assets
