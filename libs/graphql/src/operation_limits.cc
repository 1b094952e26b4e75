#include "operation_limits.h"

#include <algorithm>
#include <limits>
#include <map>

#include <fmt/format.h>

namespace tidemill::graphql {
namespace {

struct Size {
  std::uint64_t depth = 0;
  std::uint64_t fields = 0;
};

constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();

/// Measures each fragment once, so that fragments of fragments cost no more than they are long.
class Measure final {
 public:
  explicit Measure(const FragmentMap& fragments) : fragments_(fragments) {}

  Size Of(const ast::SelectionSet& set) {
    Size size;
    for (const ast::Selection& selection : set.selections) {
      Size below;
      if (selection.kind == ast::SelectionKind::kFragmentSpread) {
        below = OfFragment(selection.name.text);
      } else if (selection.selection_set) {
        below = Of(*selection.selection_set);
      }
      std::uint64_t self = selection.kind == ast::SelectionKind::kField ? 1 : 0;
      size.depth = std::max(size.depth, below.depth + self);
      size.fields = std::min(size.fields + below.fields + self, kMost);
    }
    return size;
  }

 private:
  Size OfFragment(std::string_view name) {
    if (auto found = measured_.find(name); found != measured_.end()) return found->second;
    auto fragment = fragments_.find(name);
    Size size = fragment == fragments_.end() ? Size() : Of(fragment->second->selection_set);
    measured_.emplace(name, size);
    return size;
  }

  const FragmentMap& fragments_;
  std::map<std::string_view, Size> measured_;
};

}  // namespace

std::vector<DocumentError> CheckLimits(const std::vector<const ast::Operation*>& operations,
                                       const FragmentMap& fragments, const EngineOptions& options) {
  std::vector<DocumentError> errors;
  Measure measure(fragments);
  for (const ast::Operation* operation : operations) {
    Size size = measure.Of(operation->selection_set);
    if (options.max_depth != 0 && size.depth > options.max_depth) {
      errors.push_back({fmt::format("The operation nests {} fields in each other, at most {} are allowed.", size.depth,
                                    options.max_depth),
                        {operation->position}});
    }
    if (options.max_fields != 0 && size.fields > options.max_fields) {
      errors.push_back(
          {fmt::format("The operation asks for {} fields, at most {} are allowed.", size.fields, options.max_fields),
           {operation->position}});
    }
  }
  return errors;
}

}  // namespace tidemill::graphql
