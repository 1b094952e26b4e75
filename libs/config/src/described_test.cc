#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/config/described.h>

namespace tidemill::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::ThrowsMessage;

enum class Color { kRed, kGreen };
BOOST_DESCRIBE_ENUM(Color, kRed, kGreen)

struct Inner {
  Required<std::int64_t> x;
  double y = 1.5;
  static constexpr std::string_view kDescription = "An inner part";
};
BOOST_DESCRIBE_STRUCT(Inner, (), (x, y))

struct Cat {
  std::int64_t lives = 9;
  static constexpr std::string_view kSelector = "cat";
};
BOOST_DESCRIBE_STRUCT(Cat, (), (lives))

struct Dog {
  Required<std::string> name;
  static constexpr std::string_view kSelector = "dog";
};
BOOST_DESCRIBE_STRUCT(Dog, (), (name))

struct Fetch {
  Required<std::int64_t> seed;
  std::int32_t limit = 10;
  std::optional<std::string> region;
  std::vector<std::int64_t> sizes = {1, 2};
  std::map<std::string, double> weights;
  Color color = Color::kGreen;
  Inner inner;
  Inner known{.x = 3};
  std::variant<Cat, Dog> pet;
  Env<std::string> token{"API_TOKEN"};
  json::Value anything;
  static constexpr FieldDescription kFieldDescriptions[] = {{"limit", "Rows at most"}};
};
BOOST_DESCRIBE_STRUCT(Fetch, (), (seed, limit, region, sizes, weights, color, inner, known, pet, token, anything))

struct WrongName {
  std::int64_t limit = 10;
  static constexpr FieldDescription kFieldDescriptions[] = {{"limits", "Rows at most"}};
};
BOOST_DESCRIBE_STRUCT(WrongName, (), (limit))

TEST(DescribedTest, OnlyRequiredMembersAreRequiredFields) {
  auto type = TypeOf<Fetch>();
  for (const auto& [name, field] : type->fields()) {
    EXPECT_EQ(field.is_required, name == "seed" || name == "inner") << name;
  }
  EXPECT_EQ(type->FindField("limit")->default_value, json::Value(10));
  EXPECT_EQ(type->FindField("limit")->description, "Rows at most");
  EXPECT_EQ(type->FindField("limit")->type->key(), "Noneable.IntSourceType");
  EXPECT_EQ(type->FindField("color")->default_value, json::Value("kGreen"));
  EXPECT_EQ(type->FindField("color")->type->key(), "Noneable.Color");
  EXPECT_EQ(type->FindField("inner")->description, "An inner part");
  EXPECT_EQ(type->FindField("known")->default_value, json::Parse(R"({"x": 3, "y": 1.5})"));
  EXPECT_EQ(type->FindField("pet")->default_value, json::Parse(R"({"cat": {"lives": 9}})"));
  EXPECT_EQ(type->FindField("token")->default_value, json::Parse(R"({"env": "API_TOKEN"})"));
}

TEST(DescribedTest, TheResolvedConfigurationBecomesTheStruct) {
  Environment environment{{"API_TOKEN", "abc"}};
  auto result = Process(*TypeOf<Fetch>(), json::Parse(R"({"seed": 7, "inner": {"x": 1}, "region": "eu", "color": "kRed",
      "weights": {"a": 2}, "pet": {"dog": {"name": "Rex"}}, "anything": [1]})"),
                        &environment);
  ASSERT_TRUE(result.ok()) << DescribeErrors(result.errors);

  auto fetch = FromConfig<Fetch>(result.value);

  EXPECT_EQ(fetch.seed, 7);
  EXPECT_EQ(fetch.limit, 10);
  EXPECT_EQ(fetch.region, "eu");
  EXPECT_THAT(fetch.sizes, ElementsAre(1, 2));
  EXPECT_THAT(fetch.weights, ElementsAre(Pair("a", 2.0)));
  EXPECT_EQ(fetch.color, Color::kRed);
  EXPECT_EQ(fetch.inner.x, 1);
  EXPECT_EQ(fetch.known.x, 3);
  EXPECT_EQ(std::get<Dog>(fetch.pet).name.value(), "Rex");
  EXPECT_EQ(*fetch.token, "abc");
  EXPECT_EQ(fetch.anything, json::Parse("[1]"));
}

TEST(DescribedTest, ToConfigIsReadBack) {
  Fetch fetch;
  fetch.seed = 1;
  fetch.inner.x = 2;
  auto config = ToConfig(fetch);
  EXPECT_EQ(config.Find("known")->AsObject().At("x"), json::Value(3));
  EXPECT_TRUE(Validate(*TypeOf<Fetch>(), config).empty());
}

TEST(DescribedTest, WhatDoesNotFitNamesTheField) {
  json::Value value = json::Parse(R"({"seed": 7, "limit": 3000000000})");
  EXPECT_THAT([&] { FromConfig<Fetch>(value); }, ThrowsMessage<Error>(HasSubstr("\"limit\"")));
  EXPECT_THAT([] { FromConfig<Fetch>(json::Object{}); }, ThrowsMessage<Error>(HasSubstr("\"seed\"")));
  EXPECT_THAT([] { TypeOf<WrongName>(); }, ThrowsMessage<Error>(HasSubstr("\"limits\"")));
  EXPECT_THROW(Fetch().seed.value(), Error);
}

TEST(DescribedTest, AScalarIsAConfigurationToo) {
  EXPECT_EQ(FieldOf<std::int64_t>().type->key(), "IntSourceType");
  EXPECT_EQ(FromConfig<std::string>("x"), "x");
}

}  // namespace
}  // namespace tidemill::config
