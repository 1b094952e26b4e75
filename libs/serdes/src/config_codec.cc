#include "external.h"
#include "instantiate.h"

namespace tidemill::serdes {

using namespace model;

template <>
constexpr EnumNames<10> kEnum<ConfigTypeKind>{"ConfigTypeKind",
                                              {"ANY", "SCALAR", "ENUM", "SELECTOR", "STRICT_SHAPE", "PERMISSIVE_SHAPE",
                                               "SCALAR_UNION", "MAP", "ARRAY", "NONEABLE"}};

template <>
constexpr EnumNames<4> kEnum<ConfigScalarKind>{"ConfigScalarKind", {"INT", "STRING", "BOOL", "FLOAT"}};

template <>
constexpr auto kClass<ConfigFieldSnap> = Class<ConfigFieldSnap, "ConfigFieldSnap">(
    Field<"default_provided", &ConfigFieldSnap::default_provided>,
    Field<"default_value_as_json_str", &ConfigFieldSnap::default_value_as_json>,
    Field<"description", &ConfigFieldSnap::description>, Field<"is_required", &ConfigFieldSnap::is_required>,
    NullableField<"is_secret", &ConfigFieldSnap::is_secret>, Field<"name", &ConfigFieldSnap::name>,
    Field<"type_key", &ConfigFieldSnap::type_key>);
template struct External<ConfigFieldSnap>;

template <>
constexpr auto kClass<ConfigEnumValueSnap> = Class<ConfigEnumValueSnap, "ConfigEnumValueSnap">(
    Field<"description", &ConfigEnumValueSnap::description>, Field<"value", &ConfigEnumValueSnap::value>);

template <>
constexpr auto kClass<ConfigTypeSnap> = Class<ConfigTypeSnap, "ConfigTypeSnap">(
    Field<"description", &ConfigTypeSnap::description>, Field<"enum_values", &ConfigTypeSnap::enum_values>,
    EmptyableField<"field_aliases", &ConfigTypeSnap::field_aliases>, Field<"fields", &ConfigTypeSnap::fields>,
    Field<"given_name", &ConfigTypeSnap::given_name>, Field<"key", &ConfigTypeSnap::key>,
    Field<"kind", &ConfigTypeSnap::kind>, Field<"scalar_kind", &ConfigTypeSnap::scalar_kind>,
    Field<"type_param_keys", &ConfigTypeSnap::type_param_keys>);
template struct External<ConfigTypeSnap>;

}  // namespace tidemill::serdes
