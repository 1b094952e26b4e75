#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/model/config_snap.h>

namespace tidemill::config {

class ConfigType;
using ConfigTypePtr = std::shared_ptr<const ConfigType>;

/// One member of a shape or selector.
struct Field {
  ConfigTypePtr type = nullptr;
  bool is_required = true;
  std::optional<json::Value> default_value = {};  ///< Set: the field is not required.
  std::optional<std::string> description = {};
  bool is_secret = false;

  /// As Dagster decides where nothing is said: a Noneable, a shape without required fields and a selector of one
  /// optional field are not required and have their own defaults as default; all else is required.
  static Field Of(ConfigTypePtr type, std::optional<std::string> description = {});
  static Field Required(ConfigTypePtr type, std::optional<std::string> description = {});
  /// May be left out, and is then absent from the resolved configuration.
  static Field Optional(ConfigTypePtr type, std::optional<std::string> description = {});
  /// Throws Error(kInvalidArgument) if `value` is not valid for `type`.
  static Field WithDefault(ConfigTypePtr type, json::Value value, std::optional<std::string> description = {});

  model::ConfigFieldSnap Snap(std::string_view name) const;
};

using Fields = std::vector<std::pair<std::string, Field>>;  ///< By name, in the order of declaration.

/// A type of Dagster's configuration system. Immutable and shared; equal types have equal keys, which are computed by
/// Dagster's formula (the shapes' keys are SHA-1 over names, defaults, descriptions and member keys).
class ConfigType final {
  struct Data {
    model::ConfigTypeKind kind = model::ConfigTypeKind::kAny;
    std::string key = {};
    std::optional<std::string> given_name = {};
    std::optional<std::string> description = {};
    Fields fields = {};
    std::map<std::string, std::string> field_aliases = {};
    std::vector<ConfigTypePtr> parameters = {};
    std::vector<model::ConfigEnumValueSnap> enum_values = {};
    std::optional<model::ConfigScalarKind> scalar_kind = {};
  };

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
  /// Exactly the fields named. `aliases` gives a second name that a field may be written by.
  static ConfigTypePtr Shape(Fields fields, std::optional<std::string> description = {},
                             std::map<std::string, std::string> aliases = {});
  /// Further fields are accepted as they are.
  static ConfigTypePtr Permissive(Fields fields = {}, std::optional<std::string> description = {});
  /// Exactly one of the fields.
  static ConfigTypePtr Selector(Fields fields, std::optional<std::string> description = {});
  /// A type that a snapshot describes, e.g. one of the contract's or of a job of another process; `schema` holds the
  /// types it refers to. Throws Error(kInvalidArgument) that names the key if one of them is missing.
  static ConfigTypePtr FromSnap(const model::ConfigSchemaSnap& schema, std::string_view key);

  model::ConfigTypeKind kind() const { return data_.kind; }
  const std::string& key() const { return data_.key; }
  const std::optional<std::string>& given_name() const { return data_.given_name; }
  const std::optional<std::string>& description() const { return data_.description; }
  /// Of shapes and selectors.
  const Fields& fields() const { return data_.fields; }
  /// Null if there is no such field.
  const Field* FindField(std::string_view name) const;
  const std::map<std::string, std::string>& field_aliases() const { return data_.field_aliases; }
  /// Inner types of the others: one of Array and Noneable, key and value of Map, scalar and other of ScalarUnion.
  const std::vector<ConfigTypePtr>& parameters() const { return data_.parameters; }
  const std::vector<model::ConfigEnumValueSnap>& enum_values() const { return data_.enum_values; }
  std::optional<model::ConfigScalarKind> scalar_kind() const { return data_.scalar_kind; }
  /// Shapes and selectors.
  bool has_fields() const;
  /// Whether a field of this type may be left out though nothing says so (see Field::Of).
  bool has_implicit_default() const;

  model::ConfigTypeSnap Snap() const;
  /// Adds the snapshots of this type and of all it refers to.
  void CollectSnaps(model::ConfigSchemaSnap& schema) const;
  /// As people write it: "{ limit?: Int, mode: (String | { env: String }) }", cut off after `max_length` bytes.
  std::string ToString(std::size_t max_length = 400) const;

 private:
  struct Token {};

 public:
  /// Only the factories above can name a Token.
  ConfigType(Token, Data data);
  ConfigType(const ConfigType&) = delete;
  ConfigType& operator=(const ConfigType&) = delete;

 private:
  friend class SnapReader;
  static ConfigTypePtr Make(Data data);
  static ConfigTypePtr Scalar(std::string name, model::ConfigScalarKind kind);
  static ConfigTypePtr Source(std::string name, ConfigTypePtr scalar);
  static ConfigTypePtr WithFields(model::ConfigTypeKind kind, Fields fields, std::optional<std::string> description,
                                  std::map<std::string, std::string> aliases);

  Data data_;
  std::unordered_map<std::string_view, const Field*> field_index_;  ///< Of a type with many fields; into data_.
};

/// One step from the root of a configuration to a place in it.
struct PathEntry {
  enum class Kind { kField, kListItem, kMapKey, kMapValue };
  Kind kind = Kind::kField;
  std::string name;        ///< Field or key.
  std::int64_t index = 0;  ///< Of a list item.
  bool operator==(const PathEntry&) const = default;
};

enum class ErrorReason {
  kRuntimeTypeMismatch,
  kMissingRequiredField,
  kMissingRequiredFields,
  kFieldNotDefined,
  kFieldsNotDefined,
  kSelectorFieldError,
  kFailedPostProcessing,
  kFieldAliasCollision,
};

/// Dagster's name, e.g. "FIELD_NOT_DEFINED".
std::string_view ErrorReasonName(ErrorReason reason);

/// One thing wrong with a configuration.
struct ConfigError {
  std::string path;     ///< "root:ops:raw_data:config:seed"; "root" for the whole.
  std::string message;  ///< Names the field, what is wrong and what is expected.
  ErrorReason reason = ErrorReason::kRuntimeTypeMismatch;
  std::vector<PathEntry> stack;
  std::vector<std::string> field_names;  ///< The fields that are missing, unknown, or chosen in a selector.
  std::string type_key;                  ///< The type at `stack`.
  std::string value_repr;                ///< The value as JSON, where its type is wrong.
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

/// Only the check.
std::vector<ConfigError> Validate(const ConfigType& type, const json::Value& value);

/// Only the defaults; `value` (null: nothing given) must be valid.
json::Value ResolveDefaults(const ConfigType& type, const json::Value& value);

/// One text of all errors, a line each, for an Error's message.
std::string DescribeErrors(const std::vector<ConfigError>& errors);

}  // namespace tidemill::config
