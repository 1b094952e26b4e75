#include "plan.h"

#include <algorithm>
#include <unordered_set>

#include "json_writer.h"

namespace tidemill::graphql {
namespace {

bool UsesVariables(const ast::Value& value) {
  if (value.kind == ast::ValueKind::kVariable) return true;
  return std::any_of(value.items.begin(), value.items.end(), UsesVariables) ||
         std::any_of(value.fields.begin(), value.fields.end(),
                     [](const ast::ObjectField& field) { return UsesVariables(field.value); });
}

class Planner final {
 public:
  Planner(const BoundSchema& schema, const FragmentMap& fragments, const Variables& conditions)
      : schema_(schema), fragments_(fragments), conditions_(conditions), plan_(std::make_shared<Plan>()) {}

  std::shared_ptr<const Plan> Make(const ast::Operation& operation, const NamedType& root) {
    Collected collected;
    Collect(operation.selection_set, root, collected);
    plan_->root = Build(root, std::move(collected));
    return std::move(plan_);
  }

 private:
  using Nodes = std::vector<const ast::Selection*>;
  struct Collected {
    std::vector<std::pair<std::string_view, Nodes>> fields;
    std::unordered_map<std::string_view, std::size_t> index;
    std::unordered_set<std::string_view> visited;
    std::optional<DocumentError> error;
  };

  bool Includes(const ast::Selection& selection) const {
    for (std::string_view name : {"skip", "include"}) {
      for (const ast::Directive& directive : selection.directives) {
        if (directive.name.text != name) continue;
        const Directive& definition = *schema_.types().FindDirective(name);
        json::Object arguments =
            CoerceArguments(definition.arguments, directive.arguments, directive.position, conditions_);
        if (arguments.At("if").AsBool() == (name == "skip")) return false;
        break;
      }
    }
    return true;
  }

  bool Applies(std::string_view condition, const NamedType& type) const {
    const NamedType* wanted = schema_.types().Find(condition);
    return wanted == &type || (wanted != nullptr && TypeSystem::IsSubType(*wanted, type));
  }

  void Collect(const ast::SelectionSet& set, const NamedType& type, Collected& collected) {
    try {
      CollectInto(set, type, collected);
    } catch (const ArgumentError& error) {
      collected.error = DocumentError{error.what(), {error.position()}};
    }
  }

  void CollectInto(const ast::SelectionSet& set, const NamedType& type, Collected& collected) {
    for (const ast::Selection& selection : set.selections) {
      if (selection.kind == ast::SelectionKind::kFragmentSpread && collected.visited.contains(selection.name.text)) {
        continue;
      }
      if (!Includes(selection)) continue;
      switch (selection.kind) {
        case ast::SelectionKind::kField: {
          auto [found, added] = collected.index.emplace(selection.response_name(), collected.fields.size());
          if (added) collected.fields.push_back({selection.response_name(), {}});
          collected.fields[found->second].second.push_back(&selection);
          break;
        }
        case ast::SelectionKind::kInlineFragment:
          if (!selection.type_condition || Applies(selection.type_condition->text, type)) {
            CollectInto(*selection.selection_set, type, collected);
          }
          break;
        case ast::SelectionKind::kFragmentSpread: {
          collected.visited.insert(selection.name.text);
          auto fragment = fragments_.find(selection.name.text);
          if (fragment != fragments_.end() && Applies(fragment->second->type_condition.text, type)) {
            CollectInto(fragment->second->selection_set, type, collected);
          }
          break;
        }
      }
    }
  }

  const Selection* Build(const NamedType& type, Collected collected) {
    Selection& selection = plan_->selections.emplace_back();
    selection.type = &type;
    selection.error = std::move(collected.error);
    if (selection.error) return &selection;
    for (auto& [key, nodes] : collected.fields) {
      const Field* definition = schema_.types().FindField(type, nodes.front()->name.text);
      if (definition == nullptr) continue;
      PlannedField field;
      field.key = key;
      if (!selection.fields.empty()) field.json_key = ",";
      AppendJsonString(field.json_key, key);
      field.json_key += ':';
      field.parent = &type;
      field.definition = definition;
      field.nodes = std::move(nodes);
      BindField(field);
      Descend(field);
      selection.ahead = selection.ahead || field.ahead;
      selection.fields.push_back(std::move(field));
    }
    return &selection;
  }

  void BindField(PlannedField& field) {
    const TypeSystem& types = schema_.types();
    field.is_typename = field.definition == &types.typename_field();
    if (field.definition == &types.schema_field()) {
      field.resolver = &schema_.schema_resolver();
    } else if (field.definition == &types.type_field()) {
      field.resolver = &schema_.type_resolver();
    } else if (!field.is_typename) {
      field.resolver = schema_.Find(*field.parent, *field.definition);
    }
    for (const ast::Argument& argument : field.nodes.front()->arguments) {
      field.uses_variables = field.uses_variables || UsesVariables(argument.value);
    }
    field.slot = static_cast<std::uint32_t>(plan_->arguments.size());
    plan_->arguments.push_back(field.uses_variables ? FieldArguments() : CoerceFieldArguments(field, {}));
    field.ahead = field.resolver != nullptr && field.resolver->batch != nullptr;
  }

  void Descend(PlannedField& field) {
    DescendTypes(field);
    if (field.resolver == nullptr) field.ahead = false;
  }

  void DescendTypes(PlannedField& field) {
    const NamedType& named = field.definition->type.named();
    if (named.kind == TypeKind::kObject) {
      field.object = Below(field, named);
      field.ahead = field.ahead || field.object->ahead;
    } else if (named.is_abstract()) {
      for (const NamedType* type : named.possible_types) {
        field.possible.emplace_back(type, Below(field, *type));
        field.ahead = field.ahead || field.possible.back().second->ahead;
      }
      std::sort(field.possible.begin(), field.possible.end());
    }
  }

  /// Of equal nodes and types there is one selection, however many ways lead to it.
  const Selection* Below(const PlannedField& field, const NamedType& type) {
    auto key = std::make_pair(&type, field.nodes);
    if (auto found = built_.find(key); found != built_.end()) return found->second;
    Collected collected;
    for (const ast::Selection* node : field.nodes) {
      if (node->selection_set && !collected.error) Collect(*node->selection_set, type, collected);
    }
    const Selection* selection = Build(type, std::move(collected));
    built_.emplace(std::move(key), selection);
    return selection;
  }

  const BoundSchema& schema_;
  const FragmentMap& fragments_;
  const Variables& conditions_;
  std::shared_ptr<Plan> plan_;
  std::map<std::pair<const NamedType*, Nodes>, const Selection*> built_;
};

}  // namespace

const Selection* PlannedField::SelectionOf(const NamedType& type) const {
  if (object != nullptr) return object->type == &type ? object : nullptr;
  auto found = std::lower_bound(possible.begin(), possible.end(), &type,
                                [](const auto& each, const NamedType* wanted) { return each.first < wanted; });
  return found != possible.end() && found->first == &type ? found->second : nullptr;
}

std::string_view FieldInfo::name() const { return field_.definition->name; }

bool FieldInfo::Selects(std::string_view field) const {
  auto asks = [&](const Selection& selection) {
    return std::any_of(selection.fields.begin(), selection.fields.end(),
                       [&](const PlannedField& each) { return each.definition->name == field; });
  };
  return (field_.object != nullptr && asks(*field_.object)) ||
         std::any_of(field_.possible.begin(), field_.possible.end(),
                     [&](const auto& each) { return asks(*each.second); });
}

FieldArguments CoerceFieldArguments(const PlannedField& field, const Variables& variables) {
  const ast::Selection& node = *field.nodes.front();
  FieldArguments arguments;
  try {
    arguments.values = CoerceArguments(field.definition->arguments, node.arguments, node.position, variables);
  } catch (const ArgumentError& error) {
    arguments.error = DocumentError{error.what(), {error.position()}};
  }
  return arguments;
}

std::shared_ptr<const Plan> MakePlan(const BoundSchema& schema, const FragmentMap& fragments,
                                     const ast::Operation& operation, const NamedType& root,
                                     const Variables& conditions) {
  return Planner(schema, fragments, conditions).Make(operation, root);
}

}  // namespace tidemill::graphql
