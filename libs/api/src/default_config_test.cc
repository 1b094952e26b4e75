#include "default_config.h"

#include <gtest/gtest.h>

namespace tidemill::api {
namespace {

using model::ConfigFieldSnap;
using model::ConfigTypeKind;
using model::ConfigTypeSnap;

ConfigFieldSnap Field(std::string name, std::string type, std::optional<std::string> value = {}) {
  ConfigFieldSnap field;
  field.name = std::move(name);
  field.type_key = std::move(type);
  field.default_provided = value.has_value();
  field.default_value_as_json = std::move(value);
  return field;
}

ConfigTypeSnap Shape(std::string key, std::vector<ConfigFieldSnap> fields,
                     ConfigTypeKind kind = ConfigTypeKind::kStrictShape) {
  ConfigTypeSnap type;
  type.kind = kind;
  type.key = std::move(key);
  type.fields = std::move(fields);
  return type;
}

TEST(DefaultConfigTest, ShowsOpsAndResourcesFirstAndLeavesOutScaffolding) {
  model::ConfigSchemaSnap schema;
  schema["Empty"] = Shape("Empty", {});
  schema["Op"] = Shape("Op", {Field("limit", "Int", "10"), Field("nothing", "Empty", "{}")});
  schema["Ops"] = Shape("Ops", {Field("load", "Op")});
  schema["Root"] = Shape("Root", {Field("execution", "Empty", R"({"config": {}})"), Field("loggers", "Empty"),
                                  Field("zone", "String", R"("UTC")"), Field("ops", "Ops")});
  EXPECT_EQ(json::Dump(DefaultConfig(schema, "Root")), R"({"ops": {"load": {"limit": 10}}, "zone": "UTC"})");
}

TEST(DefaultConfigTest, MasksSecretsAlsoInsideOfDefaults) {
  model::ConfigSchemaSnap schema;
  ConfigFieldSnap password = Field("password", "String", R"("hidden")");
  password.is_secret = true;
  schema["Login"] = Shape("Login", {password, Field("user", "String", R"("ada")")});
  schema["Root"] = Shape("Root", {Field("login", "Login", R"({"password": "hidden", "user": "eve"})"), password});
  EXPECT_EQ(json::Dump(DefaultConfig(schema, "Root")),
            R"({"login": {"password": "********", "user": "eve"}, "password": "********"})");
}

TEST(DefaultConfigTest, AnEmptyMapIsAValue) {
  model::ConfigSchemaSnap schema;
  ConfigTypeSnap map;
  map.kind = ConfigTypeKind::kMap;
  schema["Map"] = map;
  schema["Root"] = Shape("Root", {Field("tags", "Map", "{}")});
  EXPECT_EQ(json::Dump(DefaultConfig(schema, "Root")), R"({"tags": {}})");
}

}  // namespace
}  // namespace tidemill::api
