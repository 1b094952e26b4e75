#include <fmt/format.h>

#include "job_text.h"
#include "text.h"

namespace tidemill::cli {
namespace {

/// Schemas may hold themselves; deeper levels are cut.
constexpr std::size_t kMaxIndent = 24;

const model::ConfigTypeSnap* Find(const model::ConfigSchemaSnap& schema, const std::string& key) {
  const auto found = schema.find(key);
  return found == schema.end() ? nullptr : &found->second;
}

std::string ParameterName(const model::ConfigSchemaSnap& schema, const model::ConfigTypeSnap& type, std::size_t index);

/// A type in one line; the fields of shapes come below it.
std::string ShortName(const model::ConfigSchemaSnap& schema, const std::string& key) {
  const model::ConfigTypeSnap* type = Find(schema, key);
  if (!type) return key;
  switch (type->kind) {
    case model::ConfigTypeKind::kAny:
      return "any";
    case model::ConfigTypeKind::kScalar:
      return type->given_name.value_or(type->key);
    case model::ConfigTypeKind::kEnum: {
      std::vector<std::string> values;
      if (type->enum_values) {
        for (const model::ConfigEnumValueSnap& value : *type->enum_values) values.push_back(value.value);
      }
      return "one of " + Join(values, " | ");
    }
    case model::ConfigTypeKind::kSelector:
      return "exactly one of:";
    case model::ConfigTypeKind::kStrictShape:
      return "";
    case model::ConfigTypeKind::kPermissiveShape:
      return "any members, among them:";
    case model::ConfigTypeKind::kScalarUnion:
      return ParameterName(schema, *type, 0) + ", or:";
    case model::ConfigTypeKind::kMap:
      return "map to " + ParameterName(schema, *type, 1);
    case model::ConfigTypeKind::kArray:
      return "list of " + ParameterName(schema, *type, 0);
    case model::ConfigTypeKind::kNoneable:
      return ParameterName(schema, *type, 0) + " or null";
  }
  return key;
}

std::string ParameterName(const model::ConfigSchemaSnap& schema, const model::ConfigTypeSnap& type, std::size_t index) {
  if (!type.type_param_keys || type.type_param_keys->size() <= index) return "any";
  const std::string name = ShortName(schema, (*type.type_param_keys)[index]);
  return name.empty() ? "object" : name;
}

/// The type whose fields stand below: of a wrapper, what it wraps.
const model::ConfigTypeSnap* FieldsOf(const model::ConfigSchemaSnap& schema, const std::string& key) {
  const model::ConfigTypeSnap* type = Find(schema, key);
  for (int depth = 0; type && !type->fields && type->type_param_keys && !type->type_param_keys->empty() && depth < 8;
       ++depth) {
    type = Find(schema, type->type_param_keys->back());
  }
  return type && type->fields ? type : nullptr;
}

}  // namespace

std::string ConfigText(const model::ConfigSchemaSnap& schema, const std::string& type_key, std::size_t indent) {
  const model::ConfigTypeSnap* type = FieldsOf(schema, type_key);
  if (!type || indent > kMaxIndent) return "";
  std::string out;
  for (const model::ConfigFieldSnap& field : *type->fields) {
    std::string line = fmt::format("{}{}: {}", std::string(indent, ' '), field.name, ShortName(schema, field.type_key));
    if (field.is_required) {
      line += "  (required)";
    } else if (field.default_value_as_json && field.default_value_as_json->size() <= 60) {
      line += fmt::format("  (default {})", *field.default_value_as_json);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n" + ConfigText(schema, field.type_key, indent + 2);
  }
  return out;
}

}  // namespace tidemill::cli
