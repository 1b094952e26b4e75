#include "context.h"

#include <unordered_set>

namespace tidemill::graphql {
namespace {

constexpr std::size_t kMaxErrors = 100;

}  // namespace

ValidationContext::ValidationContext(const TypeSystem& schema, const ast::Document& ast)
    : types_(schema), document_(ast) {
  for (const ast::Definition& definition : document_.definitions) {
    if (const auto* fragment = std::get_if<ast::Fragment>(&definition)) fragments_[fragment->name.text] = fragment;
  }
}

const ast::Fragment* ValidationContext::FindFragment(std::string_view name) const {
  auto found = fragments_.find(name);
  return found == fragments_.end() ? nullptr : found->second;
}

void ValidationContext::Report(std::string message, std::vector<ast::Position> positions) {
  if (errors_.size() >= kMaxErrors) Abort("Too many validation errors, error limit reached. Validation aborted.");
  errors_.push_back({std::move(message), std::move(positions)});
}

void ValidationContext::Abort(std::string message) {
  errors_.push_back({std::move(message), {}});
  throw ValidationAborted();
}

const std::vector<const ast::Selection*>& ValidationContext::SpreadsIn(const ast::SelectionSet& set) {
  auto [found, added] = spreads_.try_emplace(&set);
  if (!added) return found->second;
  std::vector<const ast::SelectionSet*> todo{&set};
  while (!todo.empty()) {
    const ast::SelectionSet& next = *todo.back();
    todo.pop_back();
    for (const ast::Selection& selection : next.selections) {
      if (selection.kind == ast::SelectionKind::kFragmentSpread) {
        found->second.push_back(&selection);
      } else if (selection.selection_set) {
        todo.push_back(selection.selection_set.get());
      }
    }
  }
  return found->second;
}

std::vector<const ast::Fragment*> ValidationContext::ReachableFragments(
    const std::vector<const ast::Operation*>& operations) {
  std::vector<std::string_view> names;
  std::unordered_set<std::string_view> seen;
  auto collect = [&](const ast::SelectionSet& set) {
    for (const ast::Selection* spread : SpreadsIn(set)) {
      if (seen.insert(spread->name.text).second) names.push_back(spread->name.text);
    }
  };
  for (const ast::Operation* operation : operations) collect(operation->selection_set);
  std::vector<const ast::Fragment*> fragments;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ast::Fragment* fragment = FindFragment(names[i]);
    if (fragment == nullptr) continue;
    fragments.push_back(fragment);
    collect(fragment->selection_set);
  }
  return fragments;
}

const std::vector<VariableUsage>& ValidationContext::UsagesOf(const ast::Operation& operation) {
  auto [found, added] = usages_.try_emplace(&operation);
  if (!added) return found->second;
  std::vector<VariableUsage> usages = own_usages_[&operation];
  for (const ast::Fragment* fragment : ReachableFragments({&operation})) {
    const std::vector<VariableUsage>& own = own_usages_[fragment];
    usages.insert(usages.end(), own.begin(), own.end());
  }
  return found->second = std::move(usages);
}

}  // namespace tidemill::graphql
