#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/hash.h>
#include <tidemill/config/config_type.h>

namespace tidemill::config {
namespace {

using model::ConfigScalarKind;
using model::ConfigTypeKind;

/// Dagster's compute_fields_hash: no separators, members in the order of their names.
std::string FieldsHash(const Fields& fields, const std::optional<std::string>& description,
                       const std::map<std::string, std::string>& aliases) {
  std::vector<const Fields::value_type*> sorted;
  sorted.reserve(fields.size());
  for (const auto& field : fields) sorted.push_back(&field);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first < b->first; });

  std::string text;
  auto add_description = [&text](const std::optional<std::string>& words) {
    if (words && !words->empty()) text.append(":description: ").append(*words);
  };
  add_description(description);
  for (const auto* member : sorted) {
    const auto& [name, field] = *member;
    text.append(":fieldname:").append(name);
    if (field.default_value) {
      text.append(":default_value: ").append(json::Dump(*field.default_value, json::Order::kSorted));
    }
    text.append(":is_required: ").append(field.is_required ? "True" : "False");
    text.append(":type_key: ").append(field.type->key());
    add_description(field.description);
  }
  for (const auto& [name, alias] : aliases)
    text.append(":fieldname: ").append(name).append(":fieldalias: ").append(alias);
  return Sha1Hex(text);
}

std::string_view KeyPrefix(ConfigTypeKind kind) {
  switch (kind) {
    case ConfigTypeKind::kStrictShape:
      return "Shape.";
    case ConfigTypeKind::kPermissiveShape:
      return "Permissive.";
    default:
      return "Selector.";
  }
}

void CheckFields(const Fields& fields) {
  std::set<std::string_view> names;
  for (const auto& [name, field] : fields) {
    if (!field.type) throw Error(Code::kInvalidArgument, fmt::format("config field \"{}\" has no type", name));
    if (!names.insert(name).second) {
      throw Error(Code::kInvalidArgument, fmt::format("config field \"{}\" is given twice; rename one of them", name));
    }
  }
}

}  // namespace

Field Field::Of(ConfigTypePtr type, std::optional<std::string> description) {
  Field field{.type = std::move(type), .description = std::move(description)};
  if (field.type->has_implicit_default()) {
    field.is_required = false;
    field.default_value = ResolveDefaults(*field.type, nullptr);
  }
  return field;
}

Field Field::Required(ConfigTypePtr type, std::optional<std::string> description) {
  return {.type = std::move(type), .description = std::move(description)};
}

Field Field::Optional(ConfigTypePtr type, std::optional<std::string> description) {
  return {.type = std::move(type), .is_required = false, .description = std::move(description)};
}

Field Field::WithDefault(ConfigTypePtr type, json::Value value, std::optional<std::string> description) {
  if (auto errors = Validate(*type, value); !errors.empty()) {
    throw Error(Code::kInvalidArgument, "the default value of a config field is not valid: " + DescribeErrors(errors));
  }
  Field field{.type = std::move(type), .is_required = false, .description = std::move(description)};
  field.default_value = std::move(value);
  return field;
}

model::ConfigFieldSnap Field::Snap(std::string_view name) const {
  model::ConfigFieldSnap snap;
  snap.name = name;
  snap.type_key = type->key();
  snap.is_required = is_required;
  snap.default_provided = default_value.has_value();
  if (default_value) snap.default_value_as_json = json::Dump(*default_value, json::Order::kSorted);
  snap.description = description;
  if (is_secret) snap.is_secret = true;
  return snap;
}

ConfigTypePtr ConfigType::Make(Data data) { return std::make_shared<const ConfigType>(Token{}, std::move(data)); }

ConfigTypePtr ConfigType::Scalar(std::string name, ConfigScalarKind kind) {
  Data data{.kind = ConfigTypeKind::kScalar, .key = name, .given_name = name, .description = ""};
  data.scalar_kind = kind;
  return Make(std::move(data));
}

ConfigTypePtr ConfigType::Any() { return Make({.kind = ConfigTypeKind::kAny, .key = "Any", .given_name = "Any"}); }
ConfigTypePtr ConfigType::Int() { return Scalar("Int", ConfigScalarKind::kInt); }
ConfigTypePtr ConfigType::Float() { return Scalar("Float", ConfigScalarKind::kFloat); }
ConfigTypePtr ConfigType::Bool() { return Scalar("Bool", ConfigScalarKind::kBool); }
ConfigTypePtr ConfigType::String() { return Scalar("String", ConfigScalarKind::kString); }

ConfigTypePtr ConfigType::Source(std::string name, ConfigTypePtr scalar) {
  auto variable = Selector({{"env", Field::Required(String())}});
  return Make(
      {.kind = ConfigTypeKind::kScalarUnion, .key = std::move(name), .parameters = {std::move(scalar), variable}});
}

ConfigTypePtr ConfigType::IntSource() { return Source("IntSourceType", Int()); }
ConfigTypePtr ConfigType::BoolSource() { return Source("BoolSourceType", Bool()); }
ConfigTypePtr ConfigType::StringSource() { return Source("StringSourceType", String()); }

ConfigTypePtr ConfigType::Enum(std::string name, std::vector<model::ConfigEnumValueSnap> values) {
  Data data{.kind = ConfigTypeKind::kEnum, .key = name, .given_name = name};
  data.enum_values = std::move(values);
  return Make(std::move(data));
}

ConfigTypePtr ConfigType::Array(ConfigTypePtr inner) {
  std::string key = "Array." + inner->key();
  Data data{.kind = ConfigTypeKind::kArray, .key = key, .description = "List of " + key};
  data.parameters = {std::move(inner)};
  return Make(std::move(data));
}

ConfigTypePtr ConfigType::Noneable(ConfigTypePtr inner) {
  Data data{.kind = ConfigTypeKind::kNoneable, .key = "Noneable." + inner->key()};
  data.parameters = {std::move(inner)};
  return Make(std::move(data));
}

ConfigTypePtr ConfigType::Map(ConfigTypePtr key, ConfigTypePtr value, std::optional<std::string> key_label) {
  if (key->kind() != ConfigTypeKind::kScalar) {
    throw Error(Code::kInvalidArgument, "the keys of a config map must be scalars, not " + key->ToString());
  }
  Data data{.kind = ConfigTypeKind::kMap, .key = fmt::format("Map.{}.{}", key->key(), value->key())};
  if (key_label && !key_label->empty()) data.key += ":name: " + *key_label;
  data.given_name = std::move(key_label);
  data.parameters = {std::move(key), std::move(value)};
  return Make(std::move(data));
}

ConfigTypePtr ConfigType::ScalarUnion(ConfigTypePtr scalar, ConfigTypePtr other) {
  using enum ConfigTypeKind;
  bool other_fits = other->kind() == kStrictShape || other->kind() == kSelector || other->kind() == kArray;
  if (scalar->kind() != kScalar || !other_fits) {
    throw Error(Code::kInvalidArgument,
                fmt::format("a scalar union joins a scalar with a shape, selector or array, not {} with {}",
                            scalar->ToString(), other->ToString()));
  }
  Data data{.kind = kScalarUnion, .key = fmt::format("ScalarUnion.{}-{}", scalar->key(), other->key())};
  data.parameters = {std::move(scalar), std::move(other)};
  return Make(std::move(data));
}

ConfigTypePtr ConfigType::WithFields(ConfigTypeKind kind, Fields fields, std::optional<std::string> description,
                                     std::map<std::string, std::string> aliases) {
  CheckFields(fields);
  Data data{.kind = kind, .description = std::move(description)};
  bool bare = kind == ConfigTypeKind::kPermissiveShape && fields.empty();
  data.key = bare ? "Permissive" : std::string(KeyPrefix(kind)) + FieldsHash(fields, data.description, aliases);
  data.fields = std::move(fields);
  data.field_aliases = std::move(aliases);
  return Make(std::move(data));
}

ConfigTypePtr ConfigType::Shape(Fields fields, std::optional<std::string> description,
                                std::map<std::string, std::string> aliases) {
  return WithFields(ConfigTypeKind::kStrictShape, std::move(fields), std::move(description), std::move(aliases));
}

ConfigTypePtr ConfigType::Permissive(Fields fields, std::optional<std::string> description) {
  return WithFields(ConfigTypeKind::kPermissiveShape, std::move(fields), std::move(description), {});
}

ConfigTypePtr ConfigType::Selector(Fields fields, std::optional<std::string> description) {
  return WithFields(ConfigTypeKind::kSelector, std::move(fields), std::move(description), {});
}

ConfigType::ConfigType(Token, Data data) : data_(std::move(data)) {
  constexpr std::size_t kScanLimit = 16;
  if (data_.fields.size() <= kScanLimit) return;
  for (const auto& [name, field] : data_.fields) field_index_.emplace(name, &field);
}

const Field* ConfigType::FindField(std::string_view name) const {
  if (!field_index_.empty()) {
    auto found = field_index_.find(name);
    return found == field_index_.end() ? nullptr : found->second;
  }
  for (const auto& [field_name, field] : data_.fields) {
    if (field_name == name) return &field;
  }
  return nullptr;
}

bool ConfigType::has_fields() const {
  using enum ConfigTypeKind;
  return kind() == kStrictShape || kind() == kPermissiveShape || kind() == kSelector;
}

bool ConfigType::has_implicit_default() const {
  if (kind() == ConfigTypeKind::kNoneable) return true;
  if (!has_fields() || (kind() == ConfigTypeKind::kSelector && fields().size() != 1)) return false;
  return std::none_of(fields().begin(), fields().end(), [](const auto& field) { return field.second.is_required; });
}

model::ConfigTypeSnap ConfigType::Snap() const {
  model::ConfigTypeSnap snap;
  snap.kind = kind();
  snap.key = key();
  snap.given_name = given_name();
  snap.description = description();
  if (!parameters().empty()) {
    snap.type_param_keys.emplace();
    for (const ConfigTypePtr& parameter : parameters()) snap.type_param_keys->push_back(parameter->key());
  }
  if (kind() == ConfigTypeKind::kEnum) snap.enum_values = enum_values();
  if (has_fields()) {
    snap.fields.emplace();
    for (const auto& [name, field] : fields()) snap.fields->push_back(field.Snap(name));
    std::sort(snap.fields->begin(), snap.fields->end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  }
  snap.scalar_kind = scalar_kind();
  if (!field_aliases().empty()) snap.field_aliases = field_aliases();
  return snap;
}

void ConfigType::CollectSnaps(model::ConfigSchemaSnap& schema) const {
  if (schema.contains(key())) return;
  schema.emplace(key(), Snap());
  for (const ConfigTypePtr& parameter : parameters()) parameter->CollectSnaps(schema);
  for (const auto& [name, field] : fields()) field.type->CollectSnaps(schema);
}

}  // namespace tidemill::config
