#include "default_config.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <tidemill/base/error.h>

namespace tidemill::api {
namespace {

using model::ConfigFieldSnap;
using model::ConfigSchemaSnap;
using model::ConfigTypeKind;
using model::ConfigTypeSnap;

constexpr std::string_view kMask = "********";

const ConfigTypeSnap* FindType(const ConfigSchemaSnap& schema, const std::string& key) {
  const auto found = schema.find(key);
  return found == schema.end() ? nullptr : &found->second;
}

const ConfigFieldSnap* FindField(const ConfigTypeSnap* type, const std::string& name) {
  if (type == nullptr || !type->fields) return nullptr;
  const auto found = std::ranges::find(*type->fields, name, &ConfigFieldSnap::name);
  return found == type->fields->end() ? nullptr : &*found;
}

bool HasFields(const ConfigTypeSnap* type) { return type != nullptr && type->fields && !type->fields->empty(); }
bool IsSecret(const ConfigFieldSnap& field) { return field.is_secret.value_or(false); }

json::Value WithoutSecrets(const ConfigSchemaSnap& schema, const ConfigTypeSnap* type, const json::Value& value) {
  if (!value.is_object() || !HasFields(type)) return value;
  json::Object result;
  for (const auto& [key, member] : value.AsObject()) {
    const ConfigFieldSnap* field = FindField(type, key);
    if (field == nullptr) {
      result.Append(key, member);
    } else if (IsSecret(*field)) {
      result.Append(key, kMask);
    } else {
      result.Append(key, WithoutSecrets(schema, FindType(schema, field->type_key), member));
    }
  }
  return result;
}

std::optional<json::Value> ParsedDefault(const ConfigFieldSnap& field) {
  if (!field.default_value_as_json || field.default_value_as_json->empty()) return std::nullopt;
  try {
    return json::Parse(*field.default_value_as_json);
  } catch (const Error&) {
    return json::Value();  // A default that is no JSON is not shown.
  }
}

json::Value DefaultsOf(const ConfigSchemaSnap& schema, const ConfigTypeSnap& type) {
  json::Object defaults;
  if (!type.fields) return defaults;
  for (const ConfigFieldSnap& field : *type.fields) {
    const ConfigTypeSnap* field_type = FindType(schema, field.type_key);
    if (const auto value = ParsedDefault(field)) {
      defaults.Set(field.name, IsSecret(field) ? json::Value(kMask) : WithoutSecrets(schema, field_type, *value));
    } else if (HasFields(field_type)) {
      defaults.Set(field.name, DefaultsOf(schema, *field_type));
    }
  }
  return defaults;
}

/// An empty object of one of these says something; of any other it only holds what is not there.
bool IsValueWhenEmpty(const ConfigTypeSnap* type) {
  return type != nullptr && (type->kind == ConfigTypeKind::kPermissiveShape || type->kind == ConfigTypeKind::kMap ||
                             type->kind == ConfigTypeKind::kNoneable);
}

json::Value WithoutEmpty(const ConfigSchemaSnap& schema, const ConfigTypeSnap* type, const json::Value& value) {
  if (!value.is_object()) return value;
  json::Object result;
  for (const auto& [key, member] : value.AsObject()) {
    const ConfigFieldSnap* field = FindField(type, key);
    const ConfigTypeSnap* field_type = field == nullptr ? nullptr : FindType(schema, field->type_key);
    json::Value kept = WithoutEmpty(schema, field_type, member);
    const bool is_empty = kept.is_object() && kept.AsObject().empty();
    if (kept.is_null() || (is_empty && !IsValueWhenEmpty(field_type))) continue;
    result.Append(key, std::move(kept));
  }
  return result;
}

}  // namespace

json::Value DefaultConfig(const ConfigSchemaSnap& schema, const std::string& root_key) {
  const ConfigTypeSnap* root = FindType(schema, root_key);
  if (root == nullptr) throw Error(Code::kDataLoss, "the job's configuration schema has no type " + root_key);
  const json::Value defaults = WithoutEmpty(schema, root, DefaultsOf(schema, *root));
  json::Object sorted;
  for (const std::string_view first : {"ops", "resources"}) {
    if (const json::Value* value = defaults.Find(first)) sorted.Set(first, *value);
  }
  for (const auto& [key, value] : defaults.AsObject()) sorted.Set(key, value);
  return sorted;
}

}  // namespace tidemill::api
