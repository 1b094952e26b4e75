#include "walker.h"

#include "../coercion.h"

namespace tidemill::graphql {
namespace {

std::string_view LocationOf(ast::OperationKind kind) {
  switch (kind) {
    case ast::OperationKind::kQuery:
      return "QUERY";
    case ast::OperationKind::kMutation:
      return "MUTATION";
    case ast::OperationKind::kSubscription:
      break;
  }
  return "SUBSCRIPTION";
}

std::optional<Type> IfInput(std::optional<Type> type) { return type && type->named().is_input() ? type : std::nullopt; }

}  // namespace

void Walker::WalkDocument() {
  Each([](Rule& rule) { rule.EnterDocument(); });
  for (const ast::Definition& definition : context_.document().definitions) {
    if (const auto* operation = std::get_if<ast::Operation>(&definition)) WalkOperation(*operation);
    if (const auto* fragment = std::get_if<ast::Fragment>(&definition)) WalkFragment(*fragment);
  }
  Each([](Rule& rule) { rule.LeaveDocument(); });
}

void Walker::WalkOperation(const ast::Operation& operation) {
  const TypeSystem& types = context_.types();
  const NamedType* root = operation.kind == ast::OperationKind::kQuery      ? types.query()
                          : operation.kind == ast::OperationKind::kMutation ? types.mutation()
                                                                            : types.subscription();
  context_.types_stack_.push_back(root == nullptr ? std::nullopt : std::optional(Type(root)));
  Each([&](Rule& rule) { rule.EnterOperation(operation); });
  for (const ast::VariableDefinition& definition : operation.variables) WalkVariableDefinition(definition);
  WalkDirectives(operation.directives, LocationOf(operation.kind));
  WalkSelectionSet(operation.selection_set, false);
  Each([&](Rule& rule) { rule.LeaveOperation(operation); });
  context_.types_stack_.pop_back();
}

void Walker::WalkFragment(const ast::Fragment& fragment) {
  const NamedType* type = context_.types().Find(fragment.type_condition.text);
  context_.types_stack_.push_back(type != nullptr && type->is_output() ? std::optional(Type(type)) : std::nullopt);
  Each([&](Rule& rule) { rule.EnterFragment(fragment); });
  Each([&](Rule& rule) { rule.EnterNamedType(fragment.type_condition); });
  WalkDirectives(fragment.directives, "FRAGMENT_DEFINITION");
  WalkSelectionSet(fragment.selection_set, false);
  context_.types_stack_.pop_back();
}

void Walker::WalkVariableDefinition(const ast::VariableDefinition& definition) {
  context_.inputs_.push_back(IfInput(TypeFromAst(context_.types(), definition.type)));
  Each([&](Rule& rule) { rule.EnterVariableDefinition(definition); });
  WalkType(definition.type);
  if (definition.default_value) WalkValue(*definition.default_value);
  WalkDirectives(definition.directives, "VARIABLE_DEFINITION");
  context_.inputs_.pop_back();
}

void Walker::WalkType(const ast::TypeReference& type) {
  if (type.kind != ast::TypeReference::Kind::kNamed) return WalkType(*type.of);
  Each([&](Rule& rule) { rule.EnterNamedType(type.name); });
}

void Walker::WalkSelectionSet(const ast::SelectionSet& set, bool of_inline) {
  std::optional<Type> type = context_.type();
  bool composite = type && type->named().is_composite();
  context_.parents_.push_back(composite ? &type->named() : nullptr);
  Each([&](Rule& rule) { rule.EnterSelectionSet(set, of_inline); });
  for (const ast::Selection& selection : set.selections) {
    switch (selection.kind) {
      case ast::SelectionKind::kField:
        WalkField(selection);
        break;
      case ast::SelectionKind::kInlineFragment:
        WalkInlineFragment(selection);
        break;
      case ast::SelectionKind::kFragmentSpread:
        Each([&](Rule& rule) { rule.EnterSpread(selection); });
        WalkDirectives(selection.directives, "FRAGMENT_SPREAD");
        break;
    }
  }
  context_.parents_.pop_back();
}

void Walker::WalkField(const ast::Selection& field) {
  const NamedType* parent = context_.parent_type();
  const Field* definition = parent == nullptr ? nullptr : context_.types().FindField(*parent, field.name.text);
  context_.fields_.push_back(definition);
  context_.types_stack_.push_back(definition == nullptr ? std::nullopt : std::optional(definition->type));
  Each([&](Rule& rule) { rule.EnterField(field); });
  for (const ast::Argument& argument : field.arguments) WalkArgument(argument, &field);
  WalkDirectives(field.directives, "FIELD");
  if (field.selection_set) WalkSelectionSet(*field.selection_set, false);
  Each([&](Rule& rule) { rule.LeaveField(field); });
  context_.types_stack_.pop_back();
  context_.fields_.pop_back();
}

void Walker::WalkInlineFragment(const ast::Selection& fragment) {
  std::optional<Type> type = context_.type();
  if (fragment.type_condition) {
    const NamedType* named = context_.types().Find(fragment.type_condition->text);
    type = named != nullptr && named->is_output() ? std::optional(Type(named)) : std::nullopt;
  } else if (type) {
    type = Type(&type->named());
  }
  context_.types_stack_.push_back(type);
  Each([&](Rule& rule) { rule.EnterInlineFragment(fragment); });
  if (fragment.type_condition) Each([&](Rule& rule) { rule.EnterNamedType(*fragment.type_condition); });
  WalkDirectives(fragment.directives, "INLINE_FRAGMENT");
  WalkSelectionSet(*fragment.selection_set, true);
  context_.types_stack_.pop_back();
}

void Walker::WalkDirectives(const std::vector<ast::Directive>& directives, std::string_view location) {
  if (directives.empty()) return;
  Each([&](Rule& rule) { rule.EnterDirectives(directives); });
  for (const ast::Directive& directive : directives) {
    context_.directive_ = context_.types().FindDirective(directive.name.text);
    Each([&](Rule& rule) { rule.EnterDirective(directive, location); });
    for (const ast::Argument& argument : directive.arguments) WalkArgument(argument, nullptr);
    Each([&](Rule& rule) { rule.LeaveDirective(directive); });
    context_.directive_ = nullptr;
  }
}

void Walker::WalkArgument(const ast::Argument& argument, const ast::Selection* owner) {
  const InputValue* definition = nullptr;
  if (context_.directive_ != nullptr) {
    definition = context_.directive_->FindArgument(argument.name.text);
  } else if (context_.field() != nullptr) {
    definition = context_.field()->FindArgument(argument.name.text);
  }
  context_.argument_ = definition;
  PushInput(definition == nullptr ? std::nullopt : std::optional(definition->type),
            definition != nullptr && definition->default_value.has_value());
  Each([&](Rule& rule) { rule.EnterArgument(argument, owner); });
  WalkValue(argument.value);
  context_.argument_ = nullptr;
  PopInput();
}

void Walker::WalkValue(const ast::Value& value) {
  if (value.kind == ast::ValueKind::kList) {
    std::optional<Type> type = context_.input_type();
    if (type) type = type->nullable();
    if (type && type->is_list()) type = type->of();
    PushInput(IfInput(type), false);
    Each([&](Rule& rule) { rule.EnterValue(value); });
    for (const ast::Value& item : value.items) WalkValue(item);
    Each([&](Rule& rule) { rule.LeaveValue(value); });
    PopInput();
    return;
  }
  Each([&](Rule& rule) { rule.EnterValue(value); });
  for (const ast::ObjectField& field : value.fields) WalkObjectField(field);
  Each([&](Rule& rule) { rule.LeaveValue(value); });
}

void Walker::WalkObjectField(const ast::ObjectField& field) {
  std::optional<Type> type = context_.input_type();
  const InputValue* definition = nullptr;
  if (type && type->named().kind == TypeKind::kInputObject) definition = type->named().FindInputField(field.name.text);
  PushInput(definition == nullptr ? std::nullopt : std::optional(definition->type),
            definition != nullptr && definition->default_value.has_value());
  Each([&](Rule& rule) { rule.EnterObjectField(field); });
  WalkValue(field.value);
  PopInput();
}

void Walker::PushInput(std::optional<Type> type, bool has_default) {
  context_.inputs_.push_back(type);
  context_.defaults_.push_back(has_default);
}

void Walker::PopInput() {
  context_.inputs_.pop_back();
  context_.defaults_.pop_back();
}

}  // namespace tidemill::graphql
