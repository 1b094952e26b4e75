#include <map>
#include <string>
#include <utility>

#include <tidemill/base/error.h>
#include <tidemill/config/config_type.h>

namespace tidemill::config {

/// Builds the types of one schema, each once. Keys are taken as written: they are the schema's own references.
class SnapReader final {
 public:
  explicit SnapReader(const model::ConfigSchemaSnap& schema) : schema_(schema) {}

  ConfigTypePtr Read(const std::string& key, int depth = 0) {
    if (auto known = types_.find(key); known != types_.end()) return known->second;
    auto found = schema_.find(key);
    if (found == schema_.end()) {
      throw Error(Code::kInvalidArgument,
                  "the config schema refers to the type \"" + key + "\", which it does not hold");
    }
    if (depth > kMaxDepth) throw Error(Code::kInvalidArgument, "the config type \"" + key + "\" contains itself");
    const model::ConfigTypeSnap& snap = found->second;
    ConfigType::Data data{
        .kind = snap.kind, .key = snap.key, .given_name = snap.given_name, .description = snap.description};
    data.scalar_kind = snap.scalar_kind;
    if (snap.enum_values) data.enum_values = *snap.enum_values;
    if (snap.field_aliases) data.field_aliases = *snap.field_aliases;
    if (snap.type_param_keys) {
      for (const std::string& parameter : *snap.type_param_keys) data.parameters.push_back(Read(parameter, depth + 1));
    }
    if (snap.fields) {
      for (const auto& field : *snap.fields) data.fields.emplace_back(field.name, ReadField(field, depth));
    }
    Check(data);
    return types_[key] = ConfigType::Make(std::move(data));
  }

 private:
  static constexpr int kMaxDepth = 256;

  Field ReadField(const model::ConfigFieldSnap& snap, int depth) {
    Field field{
        .type = Read(snap.type_key, depth + 1), .is_required = snap.is_required, .description = snap.description};
    if (snap.default_provided && snap.default_value_as_json)
      field.default_value = json::Parse(*snap.default_value_as_json);
    field.is_secret = snap.is_secret.value_or(false);
    return field;
  }

  static void Check(const ConfigType::Data& data) {
    using enum model::ConfigTypeKind;
    std::size_t wanted = 0;
    if (data.kind == kArray || data.kind == kNoneable) wanted = 1;
    if (data.kind == kMap || data.kind == kScalarUnion) wanted = 2;
    if (data.parameters.size() != wanted) {
      throw Error(Code::kInvalidArgument, "the config type \"" + data.key + "\" has a wrong number of type parameters");
    }
  }

  const model::ConfigSchemaSnap& schema_;
  std::map<std::string, ConfigTypePtr, std::less<>> types_;
};

ConfigTypePtr ConfigType::FromSnap(const model::ConfigSchemaSnap& schema, std::string_view key) {
  return SnapReader(schema).Read(std::string(key));
}

}  // namespace tidemill::config
