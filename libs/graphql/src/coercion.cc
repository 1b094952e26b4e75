#include "coercion.h"

#include <cmath>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "coerce_input.h"
#include "print_value.h"

namespace tidemill::graphql {
namespace {

bool IsMissing(const ast::Value& value, const Variables* variables) {
  return value.kind == ast::ValueKind::kVariable && (variables == nullptr || variables->Find(value.text) == nullptr);
}

json::Value ParseInteger(const std::string& digits) {
  errno = 0;
  std::int64_t number = std::strtoll(digits.c_str(), nullptr, 10);
  if (errno == ERANGE) return json::BigInt{digits};
  return number;
}

std::optional<json::Value> ParseIntLiteral(const ast::Value& value, std::string& message) {
  if (value.kind != ast::ValueKind::kInt) {
    message = "Int cannot represent non-integer value: " + PrintValue(value);
    return std::nullopt;
  }
  json::Value number = ParseInteger(value.text);
  if (!number.is_int() || number.AsInt() < std::numeric_limits<std::int32_t>::min() ||
      number.AsInt() > std::numeric_limits<std::int32_t>::max()) {
    message = "Int cannot represent non 32-bit signed integer value: " + PrintValue(value);
    return std::nullopt;
  }
  return number;
}

std::optional<json::Value> ParseEnumLiteral(const ast::Value& value, const NamedType& type, std::string& message) {
  if (value.kind == ast::ValueKind::kEnum) {
    if (type.FindValue(value.text) != nullptr) return json::Value(value.text);
    message = fmt::format("Value '{}' does not exist in '{}' enum.", value.text, type.name) +
              SuggestEnumValue(type, value.text);
  } else {
    std::string text = PrintValue(value);
    message =
        fmt::format("Enum '{}' cannot represent non-enum value: {}.", type.name, text) + SuggestEnumValue(type, text);
  }
  return std::nullopt;
}

std::optional<json::Value> ListFromAst(const ast::Value& value, Type type, const Variables* variables) {
  json::Array items;
  if (value.kind != ast::ValueKind::kList) {
    auto item = ValueFromAst(value, type.of(), variables);
    if (!item) return std::nullopt;
    items.push_back(*std::move(item));
    return items;
  }
  for (const ast::Value& each : value.items) {
    if (IsMissing(each, variables)) {
      if (type.of().is_non_null()) return std::nullopt;
      items.emplace_back();
      continue;
    }
    auto item = ValueFromAst(each, type.of(), variables);
    if (!item) return std::nullopt;
    items.push_back(*std::move(item));
  }
  return items;
}

std::optional<json::Value> ObjectFromAst(const ast::Value& value, const NamedType& type, const Variables* variables) {
  if (value.kind != ast::ValueKind::kObject) return std::nullopt;
  json::Object object;
  for (const InputValue& field : type.input_fields) {
    const ast::Value* given = nullptr;
    for (const ast::ObjectField& each : value.fields) {
      if (each.name.text == field.name) given = &each.value;
    }
    if (given == nullptr || IsMissing(*given, variables)) {
      if (field.default_value) {
        object.Append(field.name, *field.default_value);
      } else if (field.type.is_non_null()) {
        return std::nullopt;
      }
      continue;
    }
    auto coerced = ValueFromAst(*given, field.type, variables);
    if (!coerced) return std::nullopt;
    object.Append(field.name, *std::move(coerced));
  }
  if (type.is_one_of && (object.size() != 1 || object.begin()->second.is_null())) return std::nullopt;
  return object;
}

}  // namespace

std::optional<json::Value> ParseLeaf(const ast::Value& value, const NamedType& type, const Variables* variables,
                                     std::string& message) {
  if (type.kind == TypeKind::kEnum) return ParseEnumLiteral(value, type, message);
  switch (type.scalar) {
    case ScalarKind::kCustom:
      return ValueFromAstUntyped(value, variables);
    case ScalarKind::kInt:
      return ParseIntLiteral(value, message);
    case ScalarKind::kFloat:
      if (value.kind == ast::ValueKind::kInt || value.kind == ast::ValueKind::kFloat) {
        return std::strtod(value.text.c_str(), nullptr);
      }
      message = "Float cannot represent non numeric value: " + PrintValue(value);
      return std::nullopt;
    case ScalarKind::kString:
      if (value.kind == ast::ValueKind::kString) return value.text;
      message = "String cannot represent a non string value: " + PrintValue(value);
      return std::nullopt;
    case ScalarKind::kBoolean:
      if (value.kind == ast::ValueKind::kBoolean) return value.boolean;
      message = "Boolean cannot represent a non boolean value: " + PrintValue(value);
      return std::nullopt;
    case ScalarKind::kId:
      if (value.kind == ast::ValueKind::kString || value.kind == ast::ValueKind::kInt) return value.text;
      message = "ID cannot represent a non-string and non-integer value: " + PrintValue(value);
  }
  return std::nullopt;
}

json::Value ValueFromAstUntyped(const ast::Value& value, const Variables* variables) {
  switch (value.kind) {
    case ast::ValueKind::kNull:
      return nullptr;
    case ast::ValueKind::kBoolean:
      return value.boolean;
    case ast::ValueKind::kInt:
      return ParseInteger(value.text);
    case ast::ValueKind::kFloat:
      return std::strtod(value.text.c_str(), nullptr);
    case ast::ValueKind::kString:
    case ast::ValueKind::kEnum:
      return value.text;
    case ast::ValueKind::kVariable: {
      const json::Value* given = variables == nullptr ? nullptr : variables->Find(value.text);
      return given == nullptr ? json::Value() : *given;
    }
    case ast::ValueKind::kList: {
      json::Array items;
      for (const ast::Value& item : value.items) items.push_back(ValueFromAstUntyped(item, variables));
      return items;
    }
    case ast::ValueKind::kObject:
      break;
  }
  json::Object object;
  for (const ast::ObjectField& field : value.fields) {
    object.Set(field.name.text, ValueFromAstUntyped(field.value, variables));
  }
  return object;
}

std::optional<json::Value> ValueFromAst(const ast::Value& value, Type type, const Variables* variables) {
  if (value.kind == ast::ValueKind::kVariable) {
    const json::Value* given = variables == nullptr ? nullptr : variables->Find(value.text);
    if (given == nullptr || (given->is_null() && type.is_non_null())) return std::nullopt;
    return *given;
  }
  if (value.kind == ast::ValueKind::kNull) {
    return type.is_non_null() ? std::nullopt : std::optional(json::Value());
  }
  type = type.nullable();
  if (type.is_list()) return ListFromAst(value, type, variables);
  if (type.named().kind == TypeKind::kInputObject) return ObjectFromAst(value, type.named(), variables);
  std::string message;
  return ParseLeaf(value, type.named(), variables, message);
}

json::Object CoerceArguments(const std::vector<InputValue>& definitions, const std::vector<ast::Argument>& arguments,
                             ast::Position position, const Variables& variables) {
  json::Object coerced;
  for (const InputValue& definition : definitions) {
    const ast::Value* value = nullptr;
    for (const ast::Argument& argument : arguments) {
      if (argument.name.text == definition.name) value = &argument.value;
    }
    if (value == nullptr || IsMissing(*value, &variables)) {
      if (definition.default_value) {
        coerced.Append(definition.name, *definition.default_value);
      } else if (definition.type.is_non_null() && value == nullptr) {
        throw ArgumentError(position, fmt::format("Argument '{}' of required type '{}' was not provided.",
                                                  definition.name, definition.type.Text()));
      } else if (definition.type.is_non_null()) {
        throw ArgumentError(value->position,
                            fmt::format("Argument '{}' of required type '{}' was provided the variable '${}' which was "
                                        "not provided a runtime value.",
                                        definition.name, definition.type.Text(), value->text));
      }
      continue;
    }
    bool null = value->kind == ast::ValueKind::kNull ||
                (value->kind == ast::ValueKind::kVariable && variables.At(value->text).is_null());
    if (null && definition.type.is_non_null()) {
      throw ArgumentError(value->position, fmt::format("Argument '{}' of non-null type '{}' must not be null.",
                                                       definition.name, definition.type.Text()));
    }
    auto result = ValueFromAst(*value, definition.type, &variables);
    if (!result) {
      throw ArgumentError(value->position,
                          fmt::format("Argument '{}' has invalid value {}.", definition.name, PrintValue(*value)));
    }
    coerced.Append(definition.name, *std::move(result));
  }
  return coerced;
}

std::optional<Type> TypeFromAst(const TypeSystem& types, const ast::TypeReference& reference) {
  if (reference.kind == ast::TypeReference::Kind::kNamed) {
    const NamedType* named = types.Find(reference.name.text);
    return named == nullptr ? std::nullopt : std::optional(Type(named));
  }
  auto of = TypeFromAst(types, *reference.of);
  if (!of || of->is_full()) return std::nullopt;
  return reference.kind == ast::TypeReference::Kind::kList ? of->ListOf() : of->NonNull();
}

}  // namespace tidemill::graphql
