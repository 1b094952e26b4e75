#include "coerce_input.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "coercion.h"
#include "print_value.h"
#include "suggestions.h"

namespace tidemill::graphql {
namespace {

constexpr int kMaxNesting = 200;
constexpr std::size_t kMaxErrors = 50;

bool IsWhole(const json::Value& value) {
  return value.is_int() || value.is_big_int() ||
         (value.is_double() && std::isfinite(value.AsDouble()) && std::trunc(value.AsDouble()) == value.AsDouble());
}

std::optional<json::Value> CoerceInt(const json::Value& value, std::string& message) {
  if (!IsWhole(value)) {
    message = "Int cannot represent non-integer value: " + Inspect(value);
    return std::nullopt;
  }
  double number = value.is_big_int() ? std::numeric_limits<double>::infinity() : value.AsDouble();
  if (number < std::numeric_limits<std::int32_t>::min() || number > std::numeric_limits<std::int32_t>::max()) {
    message = "Int cannot represent non 32-bit signed integer value: " + Inspect(value);
    return std::nullopt;
  }
  return static_cast<std::int64_t>(number);
}

std::optional<json::Value> CoerceId(const json::Value& value, std::string& message) {
  if (value.is_string()) return value;
  if (value.is_int()) return std::to_string(value.AsInt());
  if (value.is_big_int()) return std::get<json::BigInt>(value.data()).digits;
  if (IsWhole(value)) return fmt::format("{:.0f}", value.AsDouble());
  message = "ID cannot represent value: " + Inspect(value);
  return std::nullopt;
}

std::optional<json::Value> CoerceEnum(const json::Value& value, const NamedType& type, std::string& message) {
  if (value.is_string()) {
    if (type.FindValue(value.AsString()) != nullptr) return value;
    message = fmt::format("Value '{}' does not exist in '{}' enum.", value.AsString(), type.name) +
              SuggestEnumValue(type, value.AsString());
  } else {
    std::string text = Inspect(value);
    message =
        fmt::format("Enum '{}' cannot represent non-string value: {}.", type.name, text) + SuggestEnumValue(type, text);
  }
  return std::nullopt;
}

std::optional<json::Value> CoerceLeaf(const json::Value& value, const NamedType& type, std::string& message) {
  if (type.kind == TypeKind::kEnum) return CoerceEnum(value, type, message);
  switch (type.scalar) {
    case ScalarKind::kCustom:
      return value;
    case ScalarKind::kInt:
      return CoerceInt(value, message);
    case ScalarKind::kFloat:
      if (value.is_int() || (value.is_double() && std::isfinite(value.AsDouble()))) return value.AsDouble();
      if (value.is_big_int()) return std::strtod(std::get<json::BigInt>(value.data()).digits.c_str(), nullptr);
      message = "Float cannot represent non numeric value: " + Inspect(value);
      return std::nullopt;
    case ScalarKind::kString:
      if (value.is_string()) return value;
      message = "String cannot represent a non string value: " + Inspect(value);
      return std::nullopt;
    case ScalarKind::kBoolean:
      if (value.is_bool()) return value;
      message = "Boolean cannot represent a non boolean value: " + Inspect(value);
      return std::nullopt;
    case ScalarKind::kId:
      return CoerceId(value, message);
  }
  return std::nullopt;
}

/// A value that was wrong has been told; only a null that was given is one here.
void CheckOneOf(const json::Object& coerced, const NamedType& type, const json::Value& value, const std::string& path,
                const OnInputError& on_error) {
  if (coerced.size() != 1) {
    on_error(path, value, fmt::format("Exactly one key must be specified for OneOf type '{}'.", type.name));
  } else if (const json::Value* given = value.Find(coerced.begin()->first); given && given->is_null()) {
    const std::string& key = coerced.begin()->first;
    on_error(path + "." + key, nullptr, fmt::format("Field '{}' must be non-null.", key));
  }
}

std::optional<json::Value> CoerceObject(const json::Value& value, const NamedType& type, const OnInputError& on_error,
                                        const std::string& path) {
  if (!value.is_object()) {
    on_error(path, value, fmt::format("Expected type '{}' to be a mapping.", type.name));
    return std::nullopt;
  }
  json::Object coerced;
  for (const InputValue& field : type.input_fields) {
    const json::Value* given = value.Find(field.name);
    if (given == nullptr) {
      if (field.default_value) {
        coerced.Append(field.name, *field.default_value);
      } else if (field.type.is_non_null()) {
        on_error(path, value,
                 fmt::format("Field '{}' of required type '{}' was not provided.", field.name, field.type.Text()));
      }
      continue;
    }
    auto result = CoerceInput(*given, field.type, on_error, path + "." + field.name);
    coerced.Append(field.name, result ? *std::move(result) : json::Value());
  }
  for (const auto& [name, member] : value.AsObject()) {
    if (type.FindInputField(name) != nullptr) continue;
    std::vector<std::string_view> options;
    for (const InputValue& field : type.input_fields) options.push_back(field.name);
    on_error(path, value,
             fmt::format("Field '{}' is not defined by type '{}'.", name, type.name) +
                 DidYouMean(Suggestions(name, options)));
  }
  if (type.is_one_of) CheckOneOf(coerced, type, value, path, on_error);
  return coerced;
}

}  // namespace

std::string SuggestEnumValue(const NamedType& type, std::string_view given) {
  std::vector<std::string_view> options;
  for (const EnumValue& value : type.values) options.push_back(value.name);
  return DidYouMean(Suggestions(given, options), "the enum value");
}

std::optional<json::Value> CoerceInput(const json::Value& value, Type type, const OnInputError& on_error,
                                       const std::string& path) {
  if (value.is_null()) {
    if (!type.is_non_null()) return json::Value();
    on_error(path, value, fmt::format("Expected non-nullable type '{}' not to be None.", type.Text()));
    return std::nullopt;
  }
  type = type.nullable();
  if (type.is_list()) {
    json::Array items;
    if (!value.is_array()) {
      auto item = CoerceInput(value, type.of(), on_error, path);
      items.push_back(item ? *std::move(item) : json::Value());
      return items;
    }
    for (std::size_t i = 0; i < value.AsArray().size(); ++i) {
      auto item = CoerceInput(value.AsArray()[i], type.of(), on_error, fmt::format("{}[{}]", path, i));
      items.push_back(item ? *std::move(item) : json::Value());
    }
    return items;
  }
  if (type.named().kind == TypeKind::kInputObject) return CoerceObject(value, type.named(), on_error, path);
  std::string message;
  auto result = CoerceLeaf(value, type.named(), message);
  if (!result) on_error(path, value, message);
  return result;
}

bool NestsTooDeeply(const json::Value& value, Type type) {
  struct Level {
    const json::Value* value;
    Type type;
    int depth;
  };
  std::vector<Level> todo{{&value, type, 0}};
  while (!todo.empty()) {
    Level level = todo.back();
    todo.pop_back();
    if (level.depth > kMaxNesting) return true;
    Type nullable = level.type.nullable();
    if (nullable.is_list()) {
      if (!level.value->is_array()) {
        todo.push_back({level.value, nullable.of(), level.depth + 1});
        continue;
      }
      for (const json::Value& item : level.value->AsArray()) todo.push_back({&item, nullable.of(), level.depth + 1});
    } else if (nullable.named().kind == TypeKind::kInputObject && level.value->is_object()) {
      for (const InputValue& field : nullable.named().input_fields) {
        if (const json::Value* member = level.value->Find(field.name)) {
          todo.push_back({member, field.type, level.depth + 1});
        }
      }
    }
  }
  return false;
}

CoercedVariables CoerceVariables(const TypeSystem& types, const std::vector<ast::VariableDefinition>& definitions,
                                 const json::Object& inputs) {
  CoercedVariables result;
  struct TooMany {};
  auto fail = [&](ast::Position position, std::string message) {
    if (result.errors.size() >= kMaxErrors) {
      result.errors.push_back({"Too many errors processing variables, error limit reached. Execution aborted.", {}});
      throw TooMany();
    }
    result.errors.push_back({std::move(message), {position}});
  };
  try {
    for (const ast::VariableDefinition& definition : definitions) {
      std::string name(definition.name.text);
      auto type = TypeFromAst(types, definition.type);
      if (!type || !type->named().is_input()) {
        fail(definition.type.position,
             fmt::format("Variable '${}' expected value of type '{}' which cannot be used as an input type.", name,
                         PrintType(definition.type)));
        continue;
      }
      const json::Value* input = inputs.Find(name);
      if (input == nullptr) {
        if (definition.default_value) {
          auto value = ValueFromAst(*definition.default_value, *type, nullptr);
          if (value) result.values.Append(name, *std::move(value));
        } else if (type->is_non_null()) {
          fail(definition.position,
               fmt::format("Variable '${}' of required type '{}' was not provided.", name, type->Text()));
        }
        continue;
      }
      if (input->is_null() && type->is_non_null()) {
        fail(definition.position,
             fmt::format("Variable '${}' of non-null type '{}' must not be null.", name, type->Text()));
        continue;
      }
      if (NestsTooDeeply(*input, *type)) {
        result.errors.push_back({"Variable values are nested too deeply.", {}});
        return result;
      }
      auto on_error = [&](const std::string& path, const json::Value& value, const std::string& message) {
        std::string prefix = fmt::format("Variable '${}' got invalid value {}", name, Inspect(value));
        if (!path.empty()) prefix += fmt::format(" at '{}{}'", name, path);
        fail(definition.position, prefix + "; " + message);
      };
      auto value = CoerceInput(*input, *type, on_error);
      if (value) result.values.Append(name, *std::move(value));
    }
  } catch (const TooMany&) {
    return result;
  }
  return result;
}

}  // namespace tidemill::graphql
