#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/assets/partitions_subset_json.h>
#include <tidemill/base/error.h>

namespace tidemill::assets {
namespace {

using testing::ElementsAre;

const PartitionsContext kContext{FromUnixSeconds(1800000000)};

TEST(PartitionsSubsetJsonTest, AMonthIsWrittenAsDagsterWritesIt) {
  const auto months = PartitionsDefinition::Monthly("2012-01-01", {.end = "2016-01-01"});
  const json::Value text = ToJson(PartitionsSubset::OfKeys(months, {"2014-02-01"}, kContext));
  EXPECT_EQ(json::Dump(text, json::Order::kSorted),
            R"({"__class__": "TimeWindowPartitionsSubset", "included_time_windows": [{"__class__": "TimeWindow", )"
            R"("end": {"__class__": "TimestampWithTimezone", "timestamp": 1393632000.0, "timezone": "UTC"}, )"
            R"("start": {"__class__": "TimestampWithTimezone", "timestamp": 1391212800.0, "timezone": "UTC"}}], )"
            R"("num_partitions": 1, "partitions_def": {"__class__": "TimeWindowPartitionsDefinition", )"
            R"("cron_schedule": "0 0 1 * *", "end": {"__class__": "TimestampWithTimezone", "timestamp": 1451606400.0, )"
            R"("timezone": "UTC"}, "end_offset": 0, "exclusions": null, "fmt": "%Y-%m-%d", "start": {"__class__": )"
            R"("TimestampWithTimezone", "timestamp": 1325376000.0, "timezone": "UTC"}, "timezone": "UTC"}})");
  EXPECT_THAT(KeysOfSubset(text), ElementsAre("2014-02-01"));
}

TEST(PartitionsSubsetJsonTest, StretchesOfTimeGiveAllTheirKeys) {
  const auto months = PartitionsDefinition::Monthly("2012-01-01");
  const auto subset = PartitionsSubset::OfKeys(months, {"2012-01-01", "2012-02-01", "2012-05-01"}, kContext);
  EXPECT_THAT(KeysOfSubset(ToJson(subset)), ElementsAre("2012-01-01", "2012-02-01", "2012-05-01"));
  EXPECT_THAT(KeyRangesOfSubset(ToJson(subset)).value(),
              ElementsAre(testing::Pair("2012-01-01", "2012-02-01"), testing::Pair("2012-05-01", "2012-05-01")));
}

TEST(PartitionsSubsetJsonTest, OtherKeysAreASet) {
  const auto regions = PartitionsDefinition::Static({"us", "eu", "apac"});
  const json::Value text = ToJson(PartitionsSubset::OfKeys(regions, {"us", "eu"}, kContext));
  EXPECT_EQ(json::Dump(text), R"({"__class__": "DefaultPartitionsSubset", "subset": {"__set__": ["eu", "us"]}})");
  EXPECT_THAT(KeysOfSubset(text), ElementsAre("eu", "us"));
  EXPECT_EQ(KeyRangesOfSubset(text), std::nullopt);
  EXPECT_THROW(KeysOfSubset(json::Object{{"__class__", "AllPartitionsSubset"}}), Error);
}

}  // namespace
}  // namespace tidemill::assets
