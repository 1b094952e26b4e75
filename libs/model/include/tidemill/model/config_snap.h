#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tidemill::model {

enum class ConfigTypeKind {
  kAny,
  kScalar,
  kEnum,
  kSelector,
  kStrictShape,
  kPermissiveShape,
  kScalarUnion,
  kMap,
  kArray,
  kNoneable
};
enum class ConfigScalarKind { kInt, kString, kBool, kFloat };

struct ConfigFieldSnap {
  std::string name;
  std::string type_key;
  bool is_required = false;
  bool default_provided = false;
  std::optional<std::string> default_value_as_json;  ///< Serdes text of the default.
  std::optional<std::string> description;
  std::optional<bool> is_secret;
};

struct ConfigEnumValueSnap {
  std::string value;
  std::optional<std::string> description;
};

/// One type of a configuration schema; other types are referred to by key.
struct ConfigTypeSnap {
  ConfigTypeKind kind = ConfigTypeKind::kAny;
  std::string key;
  std::optional<std::string> given_name;
  std::optional<std::string> description;
  std::optional<std::vector<std::string>> type_param_keys;
  std::optional<std::vector<ConfigEnumValueSnap>> enum_values;
  std::optional<std::vector<ConfigFieldSnap>> fields;
  std::optional<ConfigScalarKind> scalar_kind;
  std::optional<std::map<std::string, std::string>> field_aliases;
};

using ConfigSchemaSnap = std::map<std::string, ConfigTypeSnap>;  ///< By key.

}  // namespace tidemill::model
