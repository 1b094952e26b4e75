#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/sdk/metadata.h>

namespace tidemill::sdk {
namespace {

struct Row {
  std::int64_t id = 0;
  std::optional<double> value;
};
BOOST_DESCRIBE_STRUCT(Row, (), (id, value))

template <class T>
const T& At(const Metadata& metadata, std::size_t index) {
  return std::get<T>(metadata.entries().at(index).second);
}

TEST(MetadataTest, PlainValuesTakeTheirKind) {
  const Metadata all{{"text", "x"},
                     {"int", 3},
                     {"float", 0.5},
                     {"bool", true},
                     {"null", nullptr},
                     {"json", json::Array{1}},
                     {"asset", AssetKey({"a", "b"})},
                     {"url", metadata::Url{"https://a"}}};
  EXPECT_EQ(At<metadata::Text>(all, 0).text, "x");
  EXPECT_EQ(At<metadata::Int>(all, 1).value, json::Value(3));
  EXPECT_EQ(At<metadata::Float>(all, 2).value, 0.5);
  EXPECT_TRUE(At<metadata::Bool>(all, 3).value);
  EXPECT_TRUE(std::holds_alternative<metadata::Null>(all.entries()[4].second));
  EXPECT_EQ(At<metadata::Json>(all, 5).data, json::Value(json::Array{1}));
  EXPECT_EQ(At<metadata::Asset>(all, 6).asset_key, AssetKey({"a", "b"}));
  EXPECT_EQ(At<metadata::Url>(all, 7).url, "https://a");
}

TEST(MetadataTest, TheLastValueOfALabelCounts) {
  Metadata metadata{{"rows", 1}, {"note", "x"}};
  metadata.Add("rows", 2);
  ASSERT_EQ(metadata.entries().size(), 2U);
  EXPECT_EQ(At<metadata::Int>(metadata, 0).value, json::Value(2));
}

TEST(MetadataTest, ATableHasTheColumnsOfItsRows) {
  const metadata::Table table = TableOf<Row>({{1, 2.5}, {2, {}}});
  ASSERT_EQ(table.schema.columns.size(), 2U);
  EXPECT_EQ(table.schema.columns[0].name, "id");
  EXPECT_EQ(table.schema.columns[0].type, "int");
  EXPECT_FALSE(table.schema.columns[0].nullable);
  EXPECT_EQ(table.schema.columns[1].type, "float");
  EXPECT_TRUE(table.schema.columns[1].nullable);
  EXPECT_EQ(json::Dump(table.records[1]), R"({"id": 2, "value": null})");
}

}  // namespace
}  // namespace tidemill::sdk
