#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/model/config_snap.h>

namespace tidemill::config {

class ConfigType;
using ConfigTypePtr = std::shared_ptr<const ConfigType>;

/// One member of a shape or selector.
struct Field {
  ConfigTypePtr type;
  bool is_required = true;
  std::optional<json::Value> default_value;  ///< Set: the field is not required.
  std::optional<std::string> description;
  bool is_secret = false;

  static Field Required(ConfigTypePtr type, std::optional<std::string> description = {});
  static Field Optional(ConfigTypePtr type, std::optional<std::string> description = {});
  static Field WithDefault(ConfigTypePtr type, json::Value value, std::optional<std::string> description = {});

  model::ConfigFieldSnap Snap(std::string_view name) const;
};

using Fields = std::vector<std::pair<std::string, Field>>;  ///< By name, in the order of declaration.

/// A type of Dagster's configuration system. Immutable and shared; equal types have equal keys, which are computed by
/// Dagster's formula (the shapes' keys are SHA-1 over names, defaults, descriptions and member keys).
class ConfigType final {
 public:
  static ConfigTypePtr Any();
  static ConfigTypePtr Int();
  static ConfigTypePtr Float();
  static ConfigTypePtr Bool();
  static ConfigTypePtr String();
  /// A scalar, or {"env": NAME}: read from the environment when the run starts.
  static ConfigTypePtr IntSource();
  static ConfigTypePtr BoolSource();
  static ConfigTypePtr StringSource();
  static ConfigTypePtr Enum(std::string name, std::vector<model::ConfigEnumValueSnap> values);
  static ConfigTypePtr Array(ConfigTypePtr inner);
  static ConfigTypePtr Noneable(ConfigTypePtr inner);
  static ConfigTypePtr Map(ConfigTypePtr key, ConfigTypePtr value, std::optional<std::string> key_label = {});
  static ConfigTypePtr ScalarUnion(ConfigTypePtr scalar, ConfigTypePtr other);
  /// Exactly the fields named.
  static ConfigTypePtr Shape(Fields fields, std::optional<std::string> description = {});
  /// Further fields are accepted as they are.
  static ConfigTypePtr Permissive(Fields fields = {}, std::optional<std::string> description = {});
  /// Exactly one of the fields.
  static ConfigTypePtr Selector(Fields fields, std::optional<std::string> description = {});
  /// A type that a snapshot describes, e.g. one of the contract's; `schema` holds the types it refers to.
  static ConfigTypePtr FromSnap(const model::ConfigSchemaSnap& schema, std::string_view key);

  model::ConfigTypeKind kind() const;
  const std::string& key() const;
  const Fields& fields() const;                        ///< Of shapes and selectors.
  const std::vector<ConfigTypePtr>& parameters() const;  ///< Inner types of the others.

  /// Adds the snapshots of this type and of all it refers to.
  void CollectSnaps(model::ConfigSchemaSnap& schema) const;

 private:
  struct Data;
  explicit ConfigType(std::unique_ptr<const Data> data);
  friend class ConfigTypeFactory;
  std::unique_ptr<const Data> data_;

 public:
  ~ConfigType();
};

/// One thing wrong with a configuration.
struct ConfigError {
  std::string path;     ///< "ops:raw_data:config:seed"; empty for the root.
  std::string message;  ///< Names the field, what is wrong and what is expected.
};

/// The configuration with defaults filled in, or what is wrong with it.
struct ConfigResult {
  json::Value value;
  std::vector<ConfigError> errors;
  bool ok() const { return errors.empty(); }
};

/// Where {"env": NAME} is looked up.
using Environment = std::map<std::string, std::string, std::less<>>;

/// Checks `value` against `type` and fills in defaults, as Dagster's validate_config + process_config do. Sources are
/// resolved from `environment`, or left as written if it is null (validation without the run's environment).
ConfigResult Process(const ConfigType& type, const json::Value& value, const Environment* environment);

}  // namespace tidemill::config
