#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/sdk/value_types.h>

namespace tidemill::sdk {
namespace {

using testing::ElementsAre;

struct Row {
  std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(Row, (), (id))

template <class T>
std::string KeyOf() {
  return ValueTypeOf<T>().dagster_type.key;
}

TEST(ValueTypesTest, TypesAreNamedAsPythonAnnotationsAre) {
  EXPECT_EQ(KeyOf<std::int64_t>(), "Int");
  EXPECT_EQ(KeyOf<std::uint8_t>(), "Int");
  EXPECT_EQ(KeyOf<double>(), "Float");
  EXPECT_EQ(KeyOf<bool>(), "Bool");
  EXPECT_EQ(KeyOf<std::string>(), "String");
  EXPECT_EQ(KeyOf<Nothing>(), "Nothing");
  EXPECT_EQ(KeyOf<json::Value>(), "Any");
  EXPECT_EQ(KeyOf<json::Object>(), "PythonDict");
  EXPECT_EQ(KeyOf<Row>(), "Any");
  EXPECT_EQ(KeyOf<std::vector<std::vector<std::int64_t>>>(), "List.List.Int");
  EXPECT_EQ(KeyOf<std::vector<Row>>(), "List.Any");
  EXPECT_EQ(KeyOf<std::optional<std::vector<std::int64_t>>>(), "Optional.List.Int");
  EXPECT_EQ((KeyOf<std::map<std::string, std::int64_t>>()), "TypedPythonDict.String.Int");
  EXPECT_EQ((KeyOf<std::pair<std::int64_t, std::string>>()), "TypedPythonTupleInt.String");
}

TEST(ValueTypesTest, ATypeListsWhatItIsMadeOf) {
  const auto& type = ValueTypeOf<std::optional<std::vector<std::int64_t>>>();
  std::vector<std::string> keys;
  for (const auto& inner : type.inner_types) keys.push_back(inner.key);
  EXPECT_THAT(keys, ElementsAre("List.Int", "Int"));
  EXPECT_EQ(type.dagster_type.display_name, "[Int]?");
  EXPECT_EQ(type.dagster_type.loader_schema_key,
            "Noneable.Array.ScalarUnion.Int-Selector.a9799b971d12ace70a2d8803c883c863417d0725");
}

TEST(ValueTypesTest, AListJoinsTheItemsOfAFanIn) {
  const auto& type = ValueTypeOf<std::vector<std::string>>();
  ASSERT_EQ(type.item, &ValueTypeOf<std::string>());
  const engine::AnyValue joined(
      type, type.from_items({std::make_shared<const std::string>("a"), std::make_shared<const std::string>("b")}));
  EXPECT_THAT(ValueAs<std::vector<std::string>>(joined), ElementsAre("a", "b"));
}

TEST(ValueTypesTest, APartitionMapJoinsPartitions) {
  const auto& type = ValueTypeOf<PartitionMap<double>>();
  const engine::AnyValue joined(type, type.from_partitions({{"eu", std::make_shared<const double>(1.5)}}));
  EXPECT_EQ(ValueAs<PartitionMap<double>>(joined).at("eu"), 1.5);
}

TEST(ValueTypesTest, AWrongTypeNamesBoth) {
  try {
    ValueAs<double>(MakeValue(std::string("x")));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "expected a value of type double, got one of type std::string");
  }
}

TEST(ValueTypesTest, ATypeWithoutACodecHasNoFormInFiles) {
  struct Handle {
    int* pointer;
  };
  EXPECT_FALSE(ValueTypeOf<Handle>().to_json);
  EXPECT_FALSE(ValueTypeOf<Handle>().to_bytes);
  EXPECT_TRUE(ValueTypeOf<Row>().to_json);
}

TEST(ValueTypesTest, BytesMustBeReadToTheirEnd) {
  const auto& type = ValueTypeOf<std::int64_t>();
  std::string bytes = type.to_bytes(MakeValue(std::int64_t{7}).data());
  EXPECT_EQ(*static_cast<const std::int64_t*>(type.from_bytes(bytes).get()), 7);
  EXPECT_THROW(type.from_bytes(bytes + "x"), Error);
}

}  // namespace
}  // namespace tidemill::sdk
