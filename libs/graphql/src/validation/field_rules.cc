#include <algorithm>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "../suggestions.h"
#include "context.h"

namespace tidemill::graphql {
namespace {

class ScalarLeafsRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterField(const ast::Selection& field) override {
    std::optional<Type> type = context().type();
    if (!type) return;
    std::string_view name = field.name.text;
    if (type->named().is_leaf()) {
      if (!field.selection_set) return;
      context().Report(
          fmt::format("Field '{}' must not have a selection since type '{}' has no subfields.", name, type->Text()),
          {field.selection_set->position});
    } else if (!field.selection_set) {
      context().Report(
          fmt::format("Field '{0}' of type '{1}' must have a selection of subfields. Did you mean '{0} {{ ... }}'?",
                      name, type->Text()),
          {field.position});
    }
  }
};

class FieldsOnCorrectTypeRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterField(const ast::Selection& field) override {
    const NamedType* parent = context().parent_type();
    if (parent == nullptr || context().field() != nullptr) return;
    std::string suggestion = DidYouMean(TypesWith(*parent, field.name.text), "to use an inline fragment on");
    if (suggestion.empty()) {
      std::vector<std::string_view> options;
      for (const Field& each : parent->fields) options.push_back(each.name);
      suggestion = DidYouMean(Suggestions(field.name.text, options));
    }
    context().Report(fmt::format("Cannot query field '{}' on type '{}'.{}", field.name.text, parent->name, suggestion),
                     {field.position});
  }

 private:
  /// Types of an abstract one that have the field, the interfaces that most of them share first.
  static std::vector<std::string> TypesWith(const NamedType& abstract, std::string_view field) {
    std::vector<std::pair<const NamedType*, int>> found;
    auto count = [&](const NamedType* type) {
      for (auto& [known, times] : found) {
        if (known == type) return void(++times);
      }
      found.emplace_back(type, 1);
    };
    if (!abstract.is_abstract()) return {};
    for (const NamedType* possible : abstract.possible_types) {
      if (possible->FindField(field) == nullptr) continue;
      count(possible);
      for (const NamedType* interface : possible->interfaces) {
        if (interface->FindField(field) != nullptr) count(interface);
      }
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& one, const auto& other) {
      if (one.second != other.second) return one.second > other.second;
      if (one.first->kind == TypeKind::kInterface && TypeSystem::IsSubType(*one.first, *other.first)) return true;
      if (other.first->kind == TypeKind::kInterface && TypeSystem::IsSubType(*other.first, *one.first)) return false;
      return NaturalLess(one.first->name, other.first->name);
    });
    std::vector<std::string> names;
    for (const auto& [type, times] : found) names.push_back(type->name);
    return names;
  }
};

/// Lists of lists of introspection grow without bound: at most two of them may nest.
class MaxIntrospectionDepthRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterField(const ast::Selection& field) override {
    if (exceeded_ != nullptr || (field.name.text != "__schema" && field.name.text != "__type")) return;
    deepest_.clear();
    if (!Exceeds(field, 0)) return;
    context().Report("Maximum introspection depth exceeded", {field.position});
    exceeded_ = &field;
  }

  void LeaveField(const ast::Selection& field) override {
    if (exceeded_ == &field) exceeded_ = nullptr;
  }

 private:
  static constexpr int kMaxDepth = 3;

  bool Exceeds(const ast::Selection& selection, int depth) {
    if (selection.kind == ast::SelectionKind::kFragmentSpread) {
      // A fragment is followed again only from deeper down.
      auto [found, added] = deepest_.try_emplace(selection.name.text, depth);
      if (!added && found->second >= depth) return false;
      found->second = depth;
      const ast::Fragment* fragment = context().FindFragment(selection.name.text);
      return fragment != nullptr && AnyExceeds(fragment->selection_set, depth);
    }
    std::string_view name = selection.name.text;
    bool list = name == "fields" || name == "interfaces" || name == "possibleTypes" || name == "inputFields";
    if (selection.kind == ast::SelectionKind::kField && list && ++depth >= kMaxDepth) return true;
    return selection.selection_set && AnyExceeds(*selection.selection_set, depth);
  }

  bool AnyExceeds(const ast::SelectionSet& set, int depth) {
    return std::any_of(set.selections.begin(), set.selections.end(),
                       [&](const ast::Selection& each) { return Exceeds(each, depth); });
  }

  const ast::Selection* exceeded_ = nullptr;
  std::unordered_map<std::string_view, int> deepest_;
};

}  // namespace

std::unique_ptr<Rule> ScalarLeafs(ValidationContext& context) { return std::make_unique<ScalarLeafsRule>(context); }
std::unique_ptr<Rule> FieldsOnCorrectType(ValidationContext& context) {
  return std::make_unique<FieldsOnCorrectTypeRule>(context);
}
std::unique_ptr<Rule> MaxIntrospectionDepth(ValidationContext& context) {
  return std::make_unique<MaxIntrospectionDepthRule>(context);
}

}  // namespace tidemill::graphql
