#include <array>
#include <utility>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>
#include <tidemill/contract/contract.h>

#include "embedded.h"

namespace tidemill::contract {
namespace {

using json::Object;

std::optional<std::string> OptionalText(const Object& object, std::string_view name) {
  const json::Value& value = object.At(name);
  if (value.is_null()) return std::nullopt;
  return value.AsString();
}

std::vector<std::string> Texts(const json::Value& value) {
  std::vector<std::string> texts;
  for (const json::Value& item : value.AsArray()) texts.push_back(item.AsString());
  return texts;
}

template <class T, std::size_t N>
T EnumByName(const std::array<std::pair<std::string_view, T>, N>& names, const std::string& name) {
  for (const auto& [known, value] : names) {
    if (known == name) return value;
  }
  throw Error(Code::kInvalidArgument,
              fmt::format("the contract names the kind {}, which this version does not know", name));
}

model::ConfigTypeKind ReadKind(const std::string& name) {
  using enum model::ConfigTypeKind;
  static constexpr std::array<std::pair<std::string_view, model::ConfigTypeKind>, 10> kNames{
      {{"ANY", kAny},
       {"SCALAR", kScalar},
       {"ENUM", kEnum},
       {"SELECTOR", kSelector},
       {"STRICT_SHAPE", kStrictShape},
       {"PERMISSIVE_SHAPE", kPermissiveShape},
       {"SCALAR_UNION", kScalarUnion},
       {"MAP", kMap},
       {"ARRAY", kArray},
       {"NONEABLE", kNoneable}}};
  return EnumByName(kNames, name);
}

model::ConfigScalarKind ReadScalarKind(const std::string& name) {
  using enum model::ConfigScalarKind;
  static constexpr std::array<std::pair<std::string_view, model::ConfigScalarKind>, 4> kNames{
      {{"INT", kInt}, {"STRING", kString}, {"BOOL", kBool}, {"FLOAT", kFloat}}};
  return EnumByName(kNames, name);
}

model::DagsterTypeKind ReadDagsterTypeKind(const std::string& name) {
  using enum model::DagsterTypeKind;
  static constexpr std::array<std::pair<std::string_view, model::DagsterTypeKind>, 6> kNames{{{"ANY", kAny},
                                                                                              {"SCALAR", kScalar},
                                                                                              {"LIST", kList},
                                                                                              {"NOTHING", kNothing},
                                                                                              {"NULLABLE", kNullable},
                                                                                              {"REGULAR", kRegular}}};
  return EnumByName(kNames, name);
}

model::ConfigFieldSnap ReadField(const Object& object) {
  model::ConfigFieldSnap snap;
  snap.name = object.At("name").AsString();
  snap.type_key = object.At("type_key").AsString();
  snap.is_required = object.At("is_required").AsBool();
  snap.default_provided = object.At("default_provided").AsBool();
  snap.default_value_as_json = OptionalText(object, "default_value_as_json_str");
  snap.description = OptionalText(object, "description");
  return snap;
}

model::ConfigTypeSnap ReadConfigType(const Object& object) {
  model::ConfigTypeSnap snap;
  snap.kind = ReadKind(object.At("kind").AsString());
  snap.key = object.At("key").AsString();
  snap.given_name = OptionalText(object, "given_name");
  snap.description = OptionalText(object, "description");
  if (const auto& keys = object.At("type_param_keys"); !keys.is_null()) snap.type_param_keys = Texts(keys);
  if (const auto& values = object.At("enum_values"); !values.is_null()) {
    snap.enum_values.emplace();
    for (const json::Value& value : values.AsArray()) {
      snap.enum_values->push_back(
          {value.AsObject().At("value").AsString(), OptionalText(value.AsObject(), "description")});
    }
  }
  if (const auto& fields = object.At("fields"); !fields.is_null()) {
    snap.fields.emplace();
    for (const json::Value& field : fields.AsArray()) snap.fields->push_back(ReadField(field.AsObject()));
  }
  if (const auto& scalar = object.At("scalar_kind"); !scalar.is_null())
    snap.scalar_kind = ReadScalarKind(scalar.AsString());
  return snap;
}

model::DagsterTypeSnap ReadDagsterType(const Object& object) {
  model::DagsterTypeSnap snap;
  snap.kind = ReadDagsterTypeKind(object.At("kind").AsString());
  snap.key = object.At("key").AsString();
  snap.name = OptionalText(object, "name");
  snap.description = OptionalText(object, "description");
  snap.display_name = object.At("display_name").AsString();
  snap.is_builtin = object.At("is_builtin").AsBool();
  snap.type_param_keys = Texts(object.At("type_param_keys"));
  snap.loader_schema_key = OptionalText(object, "loader_schema_key");
  return snap;
}

std::vector<Component> ReadComponents(const json::Value& list, const model::ConfigSchemaSnap& schema) {
  std::vector<Component> components;
  for (const json::Value& item : list.AsArray()) {
    const Object& object = item.AsObject();
    Component component{object.At("name").AsString(), OptionalText(object, "description"), std::nullopt};
    if (const auto& field = object.At("config_field"); !field.is_null()) {
      model::ConfigFieldSnap snap = ReadField(field.AsObject());
      component.config =
          config::Field{.type = config::ConfigType::FromSnap(schema, snap.type_key), .is_required = snap.is_required};
      component.config->description = snap.description;
      if (snap.default_value_as_json) component.config->default_value = json::Parse(*snap.default_value_as_json);
    }
    components.push_back(std::move(component));
  }
  return components;
}

const Component& FindComponent(const std::vector<Component>& components, std::string_view name, std::string_view what) {
  std::string names;
  for (const Component& component : components) {
    if (component.name == name) return component;
    names += " " + component.name;
  }
  throw Error(Code::kNotFound, fmt::format("the contract has no {} \"{}\"; it has:{}", what, name, names));
}

}  // namespace

const Contract& Contract::Get() {
  static const Contract contract(EmbeddedContract());
  return contract;
}

Contract::Contract(std::string_view json_text) {
  json::Value root = json::Parse(json_text);
  const Object& contract = root.AsObject();
  dagster_version_ = contract.At("dagster_version").AsString();
  model::ConfigSchemaSnap schema;
  for (const auto& [key, type] : contract.At("config_types").AsObject())
    schema.emplace(key, ReadConfigType(type.AsObject()));
  executors_ = ReadComponents(contract.At("executors"), schema);
  loggers_ = ReadComponents(contract.At("loggers"), schema);
  io_managers_ = ReadComponents(contract.At("io_managers"), schema);
  for (const json::Value& item : contract.At("dagster_types").AsArray()) {
    model::DagsterTypeSnap type = ReadDagsterType(item.AsObject());
    if (type.loader_schema_key) loaders_[type.key] = config::ConfigType::FromSnap(schema, *type.loader_schema_key);
    dagster_types_.emplace(type.key, type);
  }
  builtin_types_ = Texts(contract.At("builtin_types"));
  for (const auto& [part, text] : contract.At("root_descriptions").AsObject())
    root_descriptions_[part] = text.AsString();
  event_types_ = Texts(contract.At("event_types"));
}

const Component& Contract::Executor(std::string_view name) const { return FindComponent(executors_, name, "executor"); }

const Component& Contract::IoManager(std::string_view name) const {
  return FindComponent(io_managers_, name, "IO manager");
}

config::ConfigTypePtr Contract::Loader(std::string_view dagster_type_key) const {
  auto found = loaders_.find(dagster_type_key);
  return found == loaders_.end() ? nullptr : found->second;
}

const std::string& Contract::RootDescription(std::string_view part) const {
  auto found = root_descriptions_.find(part);
  if (found == root_descriptions_.end()) {
    throw Error(Code::kNotFound, fmt::format("the contract describes no part \"{}\" of a run configuration", part));
  }
  return found->second;
}

}  // namespace tidemill::contract
