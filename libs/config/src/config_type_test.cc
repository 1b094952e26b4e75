#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>
#include <tidemill/config/config_type.h>

namespace tidemill::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

// The keys of shapes and selectors here are those that Dagster 1.13.27 gives the same types.

TEST(ConfigTypeTest, KeysAreDagsters) {
  EXPECT_EQ(ConfigType::Shape({})->key(), "Shape.da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(ConfigType::Permissive()->key(), "Permissive");
  EXPECT_EQ(ConfigType::Selector({{"env", Field::Required(ConfigType::String())}})->key(),
            "Selector.2571019f1a5201853d11032145ac3e534067f214");
  EXPECT_EQ(ConfigType::Array(ConfigType::Noneable(ConfigType::IntSource()))->key(), "Array.Noneable.IntSourceType");
  EXPECT_EQ(ConfigType::Map(ConfigType::String(), ConfigType::Float(), "column")->key(),
            "Map.String.Float:name: column");
  EXPECT_EQ(ConfigType::ScalarUnion(ConfigType::Int(), ConfigType::Array(ConfigType::Int()))->key(),
            "ScalarUnion.Int-Array.Int");
}

TEST(ConfigTypeTest, TheKeyOfAShapeCountsDefaultsAndDescriptionsButNotTheOrderOfFields) {
  auto x = Field::Required(ConfigType::IntSource());
  auto y = Field::WithDefault(ConfigType::Noneable(ConfigType::Float()), 1.5);
  EXPECT_EQ(ConfigType::Shape({{"x", x}, {"y", y}})->key(), "Shape.e05cc4686eecc2f38fe3b7f14454884fa3556dc4");
  EXPECT_EQ(ConfigType::Shape({{"y", y}, {"x", x}})->key(), "Shape.e05cc4686eecc2f38fe3b7f14454884fa3556dc4");
  EXPECT_NE(ConfigType::Shape({{"x", x}, {"y", y}}, "words")->key(), ConfigType::Shape({{"x", x}, {"y", y}})->key());
}

TEST(ConfigTypeTest, AFieldIsRequiredUnlessItsTypeHasDefaults) {
  EXPECT_TRUE(Field::Of(ConfigType::Int()).is_required);
  EXPECT_EQ(Field::Of(ConfigType::Noneable(ConfigType::Int())).default_value, json::Value(nullptr));

  auto optional =
      ConfigType::Shape({{"a", Field::WithDefault(ConfigType::Int(), 3)}, {"b", Field::Optional(ConfigType::Int())}});
  EXPECT_EQ(Field::Of(optional).default_value, json::Parse(R"({"a": 3})"));
  EXPECT_TRUE(Field::Of(ConfigType::Shape({{"a", Field::Required(ConfigType::Int())}})).is_required);

  auto selector = ConfigType::Selector({{"only", Field::Of(optional)}});
  EXPECT_EQ(Field::Of(selector).default_value, json::Parse(R"({"only": {"a": 3}})"));
  EXPECT_TRUE(Field::Of(ConfigType::Selector({{"a", Field::Of(optional)}, {"b", Field::Of(optional)}})).is_required);
}

TEST(ConfigTypeTest, ADefaultThatDoesNotFitIsRefused) {
  EXPECT_THROW(Field::WithDefault(ConfigType::Int(), "three"), Error);
  EXPECT_THROW(
      ConfigType::Shape({{"a", Field::Required(ConfigType::Int())}, {"a", Field::Required(ConfigType::Int())}}), Error);
  EXPECT_THROW(ConfigType::Map(ConfigType::Any(), ConfigType::Int()), Error);
}

TEST(ConfigTypeTest, SnapsNameTheTypesTheyReferTo) {
  auto list = ConfigType::Array(ConfigType::StringSource());
  model::ConfigSchemaSnap schema;
  list->CollectSnaps(schema);
  EXPECT_THAT(schema,
              ElementsAre(Key("Array.StringSourceType"), Key("Selector.2571019f1a5201853d11032145ac3e534067f214"),
                          Key("String"), Key("StringSourceType")));
  EXPECT_EQ(schema["Array.StringSourceType"].description, "List of Array.StringSourceType");
  EXPECT_EQ(schema["String"].description, "");
  EXPECT_EQ(schema["String"].scalar_kind, model::ConfigScalarKind::kString);
  EXPECT_THAT(*schema["StringSourceType"].type_param_keys,
              ElementsAre("String", "Selector.2571019f1a5201853d11032145ac3e534067f214"));
}

TEST(ConfigTypeTest, ATypeReadFromItsSnapshotValidatesTheSame) {
  auto type =
      ConfigType::Shape({{"mode", Field::Required(ConfigType::Enum("Mode", {{"fast", {}}, {"slow", {}}}))},
                         {"sizes", Field::WithDefault(ConfigType::Array(ConfigType::Float()), json::Array{1, 2.5})}});
  model::ConfigSchemaSnap schema;
  type->CollectSnaps(schema);

  auto read = ConfigType::FromSnap(schema, type->key());

  auto result = Process(*read, json::Parse(R"({"mode": "slow"})"), nullptr);
  ASSERT_TRUE(result.ok()) << DescribeErrors(result.errors);
  EXPECT_EQ(json::Dump(result.value), R"({"mode": "slow", "sizes": [1.0, 2.5]})");
  EXPECT_FALSE(Process(*read, json::Parse(R"({"mode": "medium"})"), nullptr).ok());

  schema.erase("Float");
  EXPECT_THROW(ConfigType::FromSnap(schema, type->key()), Error);
}

TEST(ConfigTypeTest, ACutTextKeepsWholeCharacters) {
  auto type = ConfigType::Enum("ééé", {});
  EXPECT_EQ(type->ToString(3), "é...");
  EXPECT_EQ(ConfigType::Shape({{"a", Field::Optional(ConfigType::Noneable(ConfigType::Int()))}})->ToString(),
            "{ a?: Int? }");
}

}  // namespace
}  // namespace tidemill::config
