#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "../coercion.h"
#include "../print_value.h"
#include "context.h"

namespace tidemill::graphql {
namespace {

class VariablesAreInputTypesRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterVariableDefinition(const ast::VariableDefinition& definition) override {
    std::optional<Type> type = TypeFromAst(context().types(), definition.type);
    if (!type || type->named().is_input()) return;
    context().Report(
        fmt::format("Variable '${}' cannot be non-input type '{}'.", definition.name.text, PrintType(definition.type)),
        {definition.type.position});
  }
};

class UniqueVariableNamesRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterOperation(const ast::Operation& operation) override {
    std::vector<std::string_view> order;
    std::unordered_map<std::string_view, std::vector<ast::Position>> positions;
    for (const ast::VariableDefinition& definition : operation.variables) {
      auto& all = positions[definition.name.text];
      if (all.empty()) order.push_back(definition.name.text);
      all.push_back(definition.name.position);
    }
    for (std::string_view name : order) {
      if (positions[name].size() == 1) continue;
      context().Report(fmt::format("There can be only one variable named '${}'.", name), positions[name]);
    }
  }
};

class NoUndefinedVariablesRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterOperation(const ast::Operation&) override { defined_.clear(); }
  void EnterVariableDefinition(const ast::VariableDefinition& definition) override {
    defined_.insert(definition.name.text);
  }
  void LeaveOperation(const ast::Operation& operation) override {
    for (const VariableUsage& usage : context().UsagesOf(operation)) {
      if (defined_.contains(usage.variable->text)) continue;
      std::string by = operation.name.text.empty() ? "" : fmt::format(" by operation '{}'", operation.name.text);
      context().Report(fmt::format("Variable '${}' is not defined{}.", usage.variable->text, by),
                       {usage.variable->position, operation.position});
    }
  }

 private:
  std::unordered_set<std::string_view> defined_;
};

class NoUnusedVariablesRule final : public Rule {
 public:
  using Rule::Rule;

  void LeaveOperation(const ast::Operation& operation) override {
    std::unordered_set<std::string_view> used;
    for (const VariableUsage& usage : context().UsagesOf(operation)) used.insert(usage.variable->text);
    for (const ast::VariableDefinition& definition : operation.variables) {
      if (used.contains(definition.name.text)) continue;
      std::string in = operation.name.text.empty() ? "" : fmt::format(" in operation '{}'", operation.name.text);
      context().Report(fmt::format("Variable '${}' is never used{}.", definition.name.text, in), {definition.position});
    }
  }
};

class VariablesInAllowedPositionRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterOperation(const ast::Operation&) override { definitions_.clear(); }
  void EnterVariableDefinition(const ast::VariableDefinition& definition) override {
    definitions_[definition.name.text] = &definition;
  }
  void LeaveOperation(const ast::Operation& operation) override {
    for (const VariableUsage& usage : context().UsagesOf(operation)) {
      auto found = definitions_.find(usage.variable->text);
      if (found == definitions_.end() || !usage.type) continue;
      const ast::VariableDefinition& definition = *found->second;
      std::optional<Type> type = TypeFromAst(context().types(), definition.type);
      if (type && !Allowed(*type, definition, usage)) {
        context().Report(fmt::format("Variable '${}' of type '{}' used in position expecting type '{}'.",
                                     usage.variable->text, type->Text(), usage.type->Text()),
                         {definition.position, usage.variable->position});
      }
      bool one_of = usage.parent && usage.parent->is_named() && usage.parent->named().is_one_of;
      if (one_of && type && !type->is_non_null()) {
        context().Report(fmt::format("Variable '${}' is of type '{}' but must be non-nullable to be used for OneOf "
                                     "Input Object '{}'.",
                                     usage.variable->text, type->Text(), usage.parent->Text()),
                         {definition.position, usage.variable->position});
      }
    }
  }

 private:
  static bool Allowed(Type type, const ast::VariableDefinition& definition, const VariableUsage& usage) {
    if (!usage.type->is_non_null() || type.is_non_null()) return TypeSystem::IsSubType(type, *usage.type);
    bool has_default = definition.default_value && definition.default_value->kind != ast::ValueKind::kNull;
    if (!has_default && !usage.has_default) return false;
    return TypeSystem::IsSubType(type, usage.type->of());
  }

  std::unordered_map<std::string_view, const ast::VariableDefinition*> definitions_;
};

}  // namespace

std::unique_ptr<Rule> VariablesAreInputTypes(ValidationContext& context) {
  return std::make_unique<VariablesAreInputTypesRule>(context);
}
std::unique_ptr<Rule> UniqueVariableNames(ValidationContext& context) {
  return std::make_unique<UniqueVariableNamesRule>(context);
}
std::unique_ptr<Rule> NoUndefinedVariables(ValidationContext& context) {
  return std::make_unique<NoUndefinedVariablesRule>(context);
}
std::unique_ptr<Rule> NoUnusedVariables(ValidationContext& context) {
  return std::make_unique<NoUnusedVariablesRule>(context);
}
std::unique_ptr<Rule> VariablesInAllowedPosition(ValidationContext& context) {
  return std::make_unique<VariablesInAllowedPositionRule>(context);
}

}  // namespace tidemill::graphql
