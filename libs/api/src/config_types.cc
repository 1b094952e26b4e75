#include "config_types.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include <tidemill/base/error.h>

namespace tidemill::api {
namespace {

using model::ConfigTypeKind;

/// What Dagster shows in the place of a secret's default.
constexpr std::string_view kMaskedDefault = R"("********")";

/// The keys that a type refers to: of its parameters, then of its fields.
std::vector<std::string_view> ChildKeys(const model::ConfigTypeSnap& snap) {
  std::vector<std::string_view> keys;
  if (snap.type_param_keys) keys.assign(snap.type_param_keys->begin(), snap.type_param_keys->end());
  if (snap.fields) {
    for (const model::ConfigFieldSnap& field : *snap.fields) keys.push_back(field.type_key);
  }
  return keys;
}

void CollectKeys(const model::ConfigSchemaSnap& schema, const model::ConfigTypeSnap& snap,
                 std::set<std::string_view>& keys) {
  for (const std::string_view key : ChildKeys(snap)) {
    if (!keys.insert(key).second) continue;
    CollectKeys(schema, *FindConfigType(schema, std::string(key)).snap, keys);
  }
}

/// Every type inside of this one, sorted by key.
std::vector<ConfigType> RecursiveTypes(const ConfigType& type) {
  std::set<std::string_view> keys;
  CollectKeys(*type.schema, *type.snap, keys);
  std::vector<ConfigType> types;
  for (const std::string_view key : keys) types.push_back(FindConfigType(*type.schema, std::string(key)));
  return types;
}

std::string_view TypeName(const ConfigType& type) {
  switch (type.snap->kind) {
    case ConfigTypeKind::kEnum:
      return "EnumConfigType";
    case ConfigTypeKind::kSelector:
    case ConfigTypeKind::kStrictShape:
    case ConfigTypeKind::kPermissiveShape:
      return "CompositeConfigType";
    case ConfigTypeKind::kScalarUnion:
      return "ScalarUnionConfigType";
    case ConfigTypeKind::kMap:
      return "MapConfigType";
    case ConfigTypeKind::kArray:
      return "ArrayConfigType";
    case ConfigTypeKind::kNoneable:
      return "NullableConfigType";
    case ConfigTypeKind::kAny:
    case ConfigTypeKind::kScalar:
      return "RegularConfigType";
  }
  return "RegularConfigType";
}

template <std::size_t kIndex>
ConfigType Parameter(const ConfigType& type) {
  return FindConfigType(*type.schema, type.snap->type_param_keys.value().at(kIndex));
}

template <std::size_t kIndex>
std::string ParameterKey(const ConfigType& type) {
  return type.snap->type_param_keys.value().at(kIndex);
}

std::optional<std::string> GivenName(const ConfigType& type) { return type.snap->given_name; }

std::vector<ConfigField> FieldsOf(const ConfigType& type) {
  std::vector<ConfigField> fields;
  for (const model::ConfigFieldSnap& field : type.snap->fields.value()) fields.push_back({type.schema, &field});
  std::ranges::sort(fields, {}, [](const ConfigField& field) -> const std::string& { return field.snap->name; });
  return fields;
}

std::optional<std::string> DefaultAsJson(const ConfigField& field) {
  if (!field.snap->default_value_as_json) return std::nullopt;
  return field.snap->is_secret.value_or(false) ? std::string(kMaskedDefault) : *field.snap->default_value_as_json;
}

void BindConfigField(graphql::Schema& schema) {
  schema.Object<ConfigField>("ConfigTypeField")
      .Field("name", [](const ConfigField& field) { return field.snap->name; })
      .Field("description", [](const ConfigField& field) { return field.snap->description; })
      .Field("configType", [](const ConfigField& field) { return FindConfigType(*field.schema, field.snap->type_key); })
      .Field("configTypeKey", [](const ConfigField& field) { return field.snap->type_key; })
      .Field("isRequired", [](const ConfigField& field) { return field.snap->is_required; })
      .Field("isSecret", [](const ConfigField& field) { return field.snap->is_secret.value_or(false); })
      .Field("defaultValueAsJson", DefaultAsJson);
  schema.Object<model::ConfigEnumValueSnap>("EnumConfigValue")
      .Field("value", &model::ConfigEnumValueSnap::value)
      .Field("description", &model::ConfigEnumValueSnap::description);
}

}  // namespace

ConfigType FindConfigType(const model::ConfigSchemaSnap& schema, const std::string& key) {
  const auto found = schema.find(key);
  if (found == schema.end()) {
    throw Error(Code::kDataLoss, fmt::format("the job's configuration schema has no type {}", key));
  }
  return {&schema, &found->second};
}

std::optional<ConfigField> FieldWithKnownType(const model::ConfigSchemaSnap& schema,
                                              const std::optional<model::ConfigFieldSnap>& field) {
  if (!field || !schema.contains(field->type_key)) return std::nullopt;
  return ConfigField{&schema, &*field};
}

void BindConfigTypes(graphql::Schema& schema) {
  schema.TypeOf<ConfigType>(TypeName);
  schema.Interface<ConfigType>("ConfigType")
      .Field("key", [](const ConfigType& type) { return type.snap->key; })
      .Field("description", [](const ConfigType& type) { return type.snap->description; })
      .Field("recursiveConfigTypes", RecursiveTypes)
      .Field("typeParamKeys",
             [](const ConfigType& type) { return type.snap->type_param_keys.value_or(std::vector<std::string>()); })
      .Field("isSelector", [](const ConfigType& type) { return type.snap->kind == ConfigTypeKind::kSelector; });
  schema.Object<ConfigType>("CompositeConfigType").Field("fields", FieldsOf);
  schema.Object<ConfigType>("EnumConfigType")
      .Field("values", [](const ConfigType& type) { return type.snap->enum_values.value(); })
      .Field("givenName", GivenName);
  schema.Object<ConfigType>("RegularConfigType").Field("givenName", GivenName);
  schema.Object<ConfigType>("ArrayConfigType").Field("ofType", Parameter<0>);
  schema.Object<ConfigType>("NullableConfigType").Field("ofType", Parameter<0>);
  schema.Object<ConfigType>("MapConfigType")
      .Field("keyType", Parameter<0>)
      .Field("valueType", Parameter<1>)
      .Field("keyLabelName", GivenName);
  schema.Object<ConfigType>("ScalarUnionConfigType")
      .Field("scalarType", Parameter<0>)
      .Field("nonScalarType", Parameter<1>)
      .Field("scalarTypeKey", ParameterKey<0>)
      .Field("nonScalarTypeKey", ParameterKey<1>);
  BindConfigField(schema);
}

}  // namespace tidemill::api
