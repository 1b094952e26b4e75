#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "../coercion.h"
#include "../print_value.h"
#include "../suggestions.h"
#include "context.h"

namespace tidemill::graphql {
namespace {

class ValuesOfCorrectTypeRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterValue(const ast::Value& value) override {
    // Inside of a value that was judged as a whole, nothing more is said.
    if (skipped_ != nullptr) return;
    switch (value.kind) {
      case ast::ValueKind::kVariable:
        return;
      case ast::ValueKind::kNull:
        return CheckNull(value);
      case ast::ValueKind::kList: {
        std::optional<Type> type = context().parent_input_type();
        if (type && type->nullable().is_list()) return;
        CheckLeaf(value);
        skipped_ = &value;
        return;
      }
      case ast::ValueKind::kObject: {
        std::optional<Type> type = context().input_type();
        if (type && type->named().kind == TypeKind::kInputObject) return CheckObject(value, type->named());
        CheckLeaf(value);
        skipped_ = &value;
        return;
      }
      default:
        CheckLeaf(value);
    }
  }

  void LeaveValue(const ast::Value& value) override {
    if (skipped_ == &value) skipped_ = nullptr;
  }

  void EnterObjectField(const ast::ObjectField& field) override {
    if (skipped_ != nullptr) return;
    std::optional<Type> parent = context().parent_input_type();
    if (context().input_type() || !parent || parent->named().kind != TypeKind::kInputObject) return;
    std::vector<std::string_view> options;
    for (const InputValue& each : parent->named().input_fields) options.push_back(each.name);
    context().Report(fmt::format("Field '{}' is not defined by type '{}'.", field.name.text, parent->named().name) +
                         DidYouMean(Suggestions(field.name.text, options)),
                     {field.name.position});
  }

 private:
  void CheckNull(const ast::Value& value) {
    std::optional<Type> type = context().input_type();
    if (type && type->is_non_null()) ReportExpected(*type, value);
  }

  void CheckObject(const ast::Value& value, const NamedType& type) {
    auto given = [&](const InputValue& field) {
      return std::any_of(value.fields.begin(), value.fields.end(),
                         [&](const ast::ObjectField& each) { return each.name.text == field.name; });
    };
    for (const InputValue& field : type.input_fields) {
      if (!field.required() || given(field)) continue;
      context().Report(fmt::format("Field '{}.{}' of required type '{}' was not provided.", type.name, field.name,
                                   field.type.Text()),
                       {value.position});
    }
    if (type.is_one_of) CheckOneOf(value, type);
  }

  void CheckOneOf(const ast::Value& value, const NamedType& type) {
    std::unordered_set<std::string_view> names;
    for (const ast::ObjectField& field : value.fields) names.insert(field.name.text);
    if (names.size() != 1) {
      context().Report(fmt::format("OneOf Input Object '{}' must specify exactly one key.", type.name),
                       {value.position});
    } else if (value.fields.back().value.kind == ast::ValueKind::kNull) {
      context().Report(fmt::format("Field '{}.{}' must be non-null.", type.name, *names.begin()), {value.position});
    }
  }

  void CheckLeaf(const ast::Value& value) {
    std::optional<Type> type = context().input_type();
    if (!type) return;
    if (!type->named().is_leaf()) return ReportExpected(*type, value);
    std::string message;
    if (!ParseLeaf(value, type->named(), nullptr, message)) context().Report(message, {value.position});
  }

  void ReportExpected(Type type, const ast::Value& value) {
    context().Report(fmt::format("Expected value of type '{}', found {}.", type.Text(), PrintValue(value)),
                     {value.position});
  }

  const ast::Value* skipped_ = nullptr;
};

class UniqueInputFieldNamesRule final : public Rule {
 public:
  using Rule::Rule;

  void EnterValue(const ast::Value& value) override {
    if (value.kind == ast::ValueKind::kObject) known_.emplace_back();
  }
  void LeaveValue(const ast::Value& value) override {
    if (value.kind == ast::ValueKind::kObject) known_.pop_back();
  }
  void EnterObjectField(const ast::ObjectField& field) override {
    auto [first, added] = known_.back().emplace(field.name.text, field.name.position);
    if (added) return;
    context().Report(fmt::format("There can be only one input field named '{}'.", field.name.text),
                     {first->second, field.name.position});
  }

 private:
  std::vector<std::unordered_map<std::string_view, ast::Position>> known_;
};

}  // namespace

std::unique_ptr<Rule> ValuesOfCorrectType(ValidationContext& context) {
  return std::make_unique<ValuesOfCorrectTypeRule>(context);
}
std::unique_ptr<Rule> UniqueInputFieldNames(ValidationContext& context) {
  return std::make_unique<UniqueInputFieldNamesRule>(context);
}

}  // namespace tidemill::graphql
