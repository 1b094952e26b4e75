#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "context.h"

namespace tidemill::graphql {
namespace {

constexpr std::uint64_t kMaxNesting = 200;

/// Gives up on selections that nest too deeply through fragments, before any rule follows them.
class FragmentNestingRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterOperation(const ast::Operation& operation) override {
    if (DepthOf(operation.selection_set) > kMaxNesting) context().Abort();
  }
  void EnterFragment(const ast::Fragment& fragment) override {
    if (DepthOf(fragment.selection_set) > kMaxNesting) context().Abort();
  }

 private:
  std::uint64_t DepthOf(const ast::SelectionSet& set) {
    std::uint64_t deepest = 0;
    for (const ast::Selection& selection : set.selections) {
      std::uint64_t below = 0;
      if (selection.kind == ast::SelectionKind::kFragmentSpread) {
        below = OfFragment(selection.name.text);
      } else if (selection.selection_set) {
        below = DepthOf(*selection.selection_set);
      }
      deepest = std::max(deepest, below);
    }
    return deepest + 1;
  }

  std::uint64_t OfFragment(std::string_view name) {
    // A fragment that is being measured counts nothing: cycles are for another rule.
    auto [found, added] = depths_.try_emplace(name, 0);
    if (!added) return found->second;
    const ast::Fragment* fragment = context().FindFragment(name);
    std::uint64_t depth = fragment == nullptr ? 0 : DepthOf(fragment->selection_set);
    return depths_[name] = depth;
  }

  std::unordered_map<std::string_view, std::uint64_t> depths_;
};

class ExecutableDefinitionsRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterDocument() override {
    for (const ast::Definition& definition : context().document().definitions) {
      if (const auto* schema = std::get_if<ast::SchemaDefinition>(&definition)) {
        context().Report("The schema definition is not executable.", {schema->position});
      } else if (const auto* type = std::get_if<ast::TypeDefinition>(&definition)) {
        Refuse(type->name, type->position);
      } else if (const auto* directive = std::get_if<ast::DirectiveDefinition>(&definition)) {
        Refuse(directive->name, directive->position);
      }
    }
  }

 private:
  void Refuse(const ast::Name& name, ast::Position position) {
    context().Report(fmt::format("The '{}' definition is not executable.", name.text), {position});
  }
};

class UniqueOperationNamesRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterOperation(const ast::Operation& operation) override {
    if (operation.name.text.empty()) return;
    auto [first, added] = known_.emplace(operation.name.text, operation.name.position);
    if (added) return;
    context().Report(fmt::format("There can be only one operation named '{}'.", operation.name.text),
                     {first->second, operation.name.position});
  }

 private:
  std::unordered_map<std::string_view, ast::Position> known_;
};

class LoneAnonymousOperationRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterDocument() override {
    for (const ast::Definition& definition : context().document().definitions) {
      if (std::holds_alternative<ast::Operation>(definition)) ++count_;
    }
  }
  void EnterOperation(const ast::Operation& operation) override {
    if (operation.name.text.empty() && count_ > 1) {
      context().Report("This anonymous operation must be the only defined operation.", {operation.position});
    }
  }

 private:
  std::size_t count_ = 0;
};

/// Conditions that ask variables count as met: what a request's variables make of them is not known yet.
class SingleFieldSubscriptionsRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterOperation(const ast::Operation& operation) override {
    const NamedType* root = context().types().subscription();
    if (operation.kind != ast::OperationKind::kSubscription || root == nullptr) return;
    fields_.clear();
    visited_.clear();
    Collect(operation.selection_set, *root);
    std::string subject =
        operation.name.text.empty() ? "Anonymous Subscription" : fmt::format("Subscription '{}'", operation.name.text);
    if (fields_.size() > 1) {
      std::vector<ast::Position> extra;
      for (std::size_t i = 1; i < fields_.size(); ++i) {
        for (const ast::Selection* node : fields_[i].second) extra.push_back(node->position);
      }
      context().Report(subject + " must select only one top level field.", std::move(extra));
    }
    for (const auto& [key, nodes] : fields_) {
      if (!nodes.front()->name.text.starts_with("__")) continue;
      std::vector<ast::Position> positions;
      for (const ast::Selection* node : nodes) positions.push_back(node->position);
      context().Report(subject + " must not select an introspection top level field.", std::move(positions));
    }
  }

 private:
  static bool Excluded(const ast::Selection& selection) {
    for (const ast::Directive& directive : selection.directives) {
      bool skip = directive.name.text == "skip";
      if (!skip && directive.name.text != "include") continue;
      for (const ast::Argument& argument : directive.arguments) {
        bool literal = argument.name.text == "if" && argument.value.kind == ast::ValueKind::kBoolean;
        if (literal && argument.value.boolean == skip) return true;
      }
    }
    return false;
  }

  bool Applies(std::string_view condition, const NamedType& root) {
    const NamedType* type = context().types().Find(condition);
    return type == &root || (type != nullptr && TypeSystem::IsSubType(*type, root));
  }

  void Collect(const ast::SelectionSet& set, const NamedType& root) {
    for (const ast::Selection& selection : set.selections) {
      if (Excluded(selection)) continue;
      if (selection.kind == ast::SelectionKind::kField) {
        Add(selection);
      } else if (selection.kind == ast::SelectionKind::kInlineFragment) {
        if (!selection.type_condition || Applies(selection.type_condition->text, root)) {
          Collect(*selection.selection_set, root);
        }
      } else if (visited_.insert(selection.name.text).second) {
        const ast::Fragment* fragment = context().FindFragment(selection.name.text);
        if (fragment != nullptr && Applies(fragment->type_condition.text, root)) {
          Collect(fragment->selection_set, root);
        }
      }
    }
  }

  void Add(const ast::Selection& field) {
    for (auto& [key, nodes] : fields_) {
      if (key == field.response_name()) return nodes.push_back(&field);
    }
    fields_.push_back({field.response_name(), {&field}});
  }

  std::vector<std::pair<std::string_view, std::vector<const ast::Selection*>>> fields_;
  std::unordered_set<std::string_view> visited_;
};

}  // namespace

std::unique_ptr<Rule> FragmentNesting(ValidationContext& context) {
  return std::make_unique<FragmentNestingRule>(context);
}
std::unique_ptr<Rule> ExecutableDefinitions(ValidationContext& context) {
  return std::make_unique<ExecutableDefinitionsRule>(context);
}
std::unique_ptr<Rule> UniqueOperationNames(ValidationContext& context) {
  return std::make_unique<UniqueOperationNamesRule>(context);
}
std::unique_ptr<Rule> LoneAnonymousOperation(ValidationContext& context) {
  return std::make_unique<LoneAnonymousOperationRule>(context);
}
std::unique_ptr<Rule> SingleFieldSubscriptions(ValidationContext& context) {
  return std::make_unique<SingleFieldSubscriptionsRule>(context);
}

}  // namespace tidemill::graphql
