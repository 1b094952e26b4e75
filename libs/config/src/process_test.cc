#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/config/config_type.h>

namespace tidemill::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ConfigTypePtr FetchType() {
  return ConfigType::Shape({{"seed", Field::Required(ConfigType::Int())},
                            {"limit", Field::WithDefault(ConfigType::Int(), 10)},
                            {"rate", Field::Optional(ConfigType::Float())}});
}

std::string Resolved(const ConfigType& type, std::string_view text, const Environment* environment = nullptr) {
  ConfigResult result = Process(type, json::Parse(text), environment);
  return result.ok() ? json::Dump(result.value) : DescribeErrors(result.errors);
}

ConfigError OnlyError(const ConfigType& type, std::string_view text, const Environment* environment = nullptr) {
  ConfigResult result = Process(type, json::Parse(text), environment);
  EXPECT_EQ(result.errors.size(), 1u) << DescribeErrors(result.errors);
  return result.errors.empty() ? ConfigError{} : result.errors[0];
}

TEST(ProcessTest, DefaultsAreFilledInTheOrderOfTheFields) {
  EXPECT_EQ(Resolved(*FetchType(), R"({"rate": 2, "seed": 1})"), R"({"seed": 1, "limit": 10, "rate": 2.0})");
}

TEST(ProcessTest, AnUnknownFieldNamesTheNearestOne) {
  ConfigError error = OnlyError(*FetchType(), R"({"seed": 1, "limt": 3})");
  EXPECT_EQ(error.reason, ErrorReason::kFieldNotDefined);
  EXPECT_THAT(error.message, HasSubstr("Did you mean \"limit\"?"));
  EXPECT_THAT(error.field_names, ElementsAre("limt"));
}

TEST(ProcessTest, EachErrorHasThePathOfItsPlace) {
  auto type = ConfigType::Shape(
      {{"ops", Field::Of(ConfigType::Shape({{"a", Field::Required(ConfigType::Array(FetchType()))}}))}});
  ConfigError error = OnlyError(*type, R"({"ops": {"a": [{"seed": 1}, {"seed": "x"}]}})");
  EXPECT_EQ(error.path, "root:ops:a[1]:seed");
  EXPECT_EQ(error.value_repr, "\"x\"");
  EXPECT_EQ(error.type_key, "Int");

  error = OnlyError(*type, R"({"ops": {"a": [{}]}})");
  EXPECT_EQ(error.reason, ErrorReason::kMissingRequiredField);
  EXPECT_THAT(error.field_names, ElementsAre("seed"));
}

TEST(ProcessTest, AllThatIsWrongIsReported) {
  auto result = Process(*FetchType(), json::Parse(R"({"a": 1, "b": 2, "limit": null})"), nullptr);
  ASSERT_EQ(result.errors.size(), 3u);
  EXPECT_EQ(result.errors[0].reason, ErrorReason::kFieldsNotDefined);
  EXPECT_EQ(result.errors[1].reason, ErrorReason::kMissingRequiredField);
  EXPECT_EQ(result.errors[2].path, "root:limit");
  EXPECT_TRUE(result.value.is_null());
}

TEST(ProcessTest, ScalarsFollowPythonsTypes) {
  EXPECT_FALSE(Process(*ConfigType::Int(), true, nullptr).ok());
  EXPECT_FALSE(Process(*ConfigType::Int(), 1.0, nullptr).ok());
  EXPECT_EQ(Resolved(*ConfigType::Int(), "123456789012345678901234567890"), "123456789012345678901234567890");
  EXPECT_EQ(Resolved(*ConfigType::Float(), "true"), "1.0");
  EXPECT_EQ(Resolved(*ConfigType::Float(), "100000000000000000000"), "1e+20");
  EXPECT_FALSE(Process(*ConfigType::Float(), json::BigInt{std::string(400, '9')}, nullptr).ok());
  EXPECT_FALSE(Process(*ConfigType::String(), 1, nullptr).ok());
}

TEST(ProcessTest, ASelectorTakesExactlyOneField) {
  auto inner = ConfigType::Shape({{"n", Field::WithDefault(ConfigType::Int(), 1)}});
  auto type = ConfigType::Selector({{"a", Field::Of(inner)}, {"b", Field::Of(ConfigType::Int())}});
  EXPECT_EQ(Resolved(*type, R"({"a": null})"), R"({"a": {"n": 1}})");
  EXPECT_EQ(Resolved(*type, R"({"b": 4})"), R"({"b": 4})");
  EXPECT_EQ(OnlyError(*type, "{}").reason, ErrorReason::kSelectorFieldError);
  EXPECT_EQ(OnlyError(*type, R"({"a": {}, "b": 1})").reason, ErrorReason::kSelectorFieldError);
  EXPECT_EQ(OnlyError(*type, R"({"c": 1})").reason, ErrorReason::kFieldNotDefined);
  EXPECT_EQ(OnlyError(*type, "3").reason, ErrorReason::kRuntimeTypeMismatch);

  auto single = ConfigType::Selector({{"a", Field::Of(inner)}});
  EXPECT_EQ(Resolved(*single, "{}"), R"({"a": {"n": 1}})");
}

TEST(ProcessTest, PermissiveShapesKeepFurtherFields) {
  auto type = ConfigType::Permissive({{"n", Field::WithDefault(ConfigType::Int(), 1)}});
  EXPECT_EQ(Resolved(*type, R"({"x": [null]})"), R"({"n": 1, "x": [null]})");
  EXPECT_FALSE(Process(*type, json::Parse(R"({"n": "x"})"), nullptr).ok());
}

TEST(ProcessTest, MapsCheckKeysAndValues) {
  auto type = ConfigType::Map(ConfigType::String(), ConfigType::Noneable(ConfigType::Float()));
  EXPECT_EQ(Resolved(*type, R"({"a": 1, "b": null})"), R"({"a": 1.0, "b": null})");
  EXPECT_EQ(OnlyError(*type, R"({"a": "x"})").path, "root:'a':value");
  EXPECT_EQ(OnlyError(*ConfigType::Map(ConfigType::Int(), ConfigType::Int()), R"({"1": 2})").path, "root:'1':key");
}

TEST(ProcessTest, SourcesReadTheEnvironmentOnlyWhereThereIsOne) {
  auto type = ConfigType::Shape({{"name", Field::Required(ConfigType::StringSource())},
                                 {"count", Field::Required(ConfigType::IntSource())},
                                 {"on", Field::Required(ConfigType::BoolSource())}});
  std::string_view text = R"({"name": {"env": "NAME"}, "count": {"env": "COUNT"}, "on": {"env": "ON"}})";
  Environment environment{{"NAME", "x"}, {"COUNT", " -1_000\n"}, {"ON", "None"}};

  EXPECT_EQ(Resolved(*type, text, &environment), R"({"name": "x", "count": -1000, "on": false})");
  EXPECT_EQ(Resolved(*type, text), text);

  environment["COUNT"] = "secret";
  ConfigError error = OnlyError(*type, text, &environment);
  EXPECT_EQ(error.reason, ErrorReason::kFailedPostProcessing);
  EXPECT_EQ(error.path, "root:count");
  EXPECT_THAT(error.message, HasSubstr("COUNT"));
  EXPECT_THAT(error.message, Not(HasSubstr("secret")));
  environment.erase("COUNT");
  EXPECT_THAT(OnlyError(*type, text, &environment).message, HasSubstr("COUNT is not set"));
}

TEST(ProcessTest, IntegersFromTheEnvironmentAreReadAsPythonReadsThem) {
  auto read = [](std::string text) {
    Environment environment{{"N", std::move(text)}};
    auto result = Process(*ConfigType::IntSource(), json::Parse(R"({"env": "N"})"), &environment);
    return result.ok() ? json::Dump(result.value) : "error";
  };
  EXPECT_EQ(read("007"), "7");
  EXPECT_EQ(read("-0"), "0");
  EXPECT_EQ(read("+5"), "5");
  EXPECT_EQ(read("000"), "0");
  EXPECT_EQ(read("-99999999999999999999"), "-99999999999999999999");
  for (const char* wrong : {"", " ", "-", "1__0", "_1", "1_", "1.0", "0x1", "1 2"})
    EXPECT_EQ(read(wrong), "error") << wrong;
}

TEST(ProcessTest, AnAliasNamesTheSameField) {
  auto type = ConfigType::Shape({{"schema_", Field::Required(ConfigType::Int())}}, {}, {{"schema_", "schema"}});
  EXPECT_EQ(Resolved(*type, R"({"schema": 1})"), R"({"schema_": 1})");
  EXPECT_EQ(OnlyError(*type, R"({"schema": 1, "schema_": 2})").reason, ErrorReason::kFieldAliasCollision);
}

TEST(ProcessTest, ThousandsOfSectionsAreProcessedInOnePass) {
  Fields fields;
  json::Object given;
  for (int i = 0; i < 5000; ++i) {
    std::string name = "asset_" + std::to_string(i);
    fields.emplace_back(name, Field::Of(ConfigType::Shape({{"config", Field::Optional(ConfigType::Any())}})));
    if (i % 7 == 0) given.Append(name, json::Object{{"config", i}});
  }
  auto ops = ConfigType::Permissive(std::move(fields));
  auto result = Process(*ConfigType::Shape({{"ops", Field::Of(ops)}}), json::Object{}, nullptr);
  EXPECT_EQ(result.value.AsObject().At("ops").AsObject().size(), 5000u);
  EXPECT_EQ(Process(*ops, given, nullptr).value.AsObject().At("asset_7"), json::Parse(R"({"config": 7})"));
}

}  // namespace
}  // namespace tidemill::config
