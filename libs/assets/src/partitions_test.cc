#include "tidemill/assets/partitions.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>

#include "test_times.h"
#include "testing/fake_dynamic_partitions.h"

namespace tidemill::assets {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

PartitionsContext At(std::string_view utc, const DynamicPartitionsSource* dynamic = nullptr) {
  return {Utc(utc), dynamic};
}

TEST(PartitionsTest, DailyPartitionsExistOnceTheyHaveEnded) {
  const auto daily = PartitionsDefinition::Daily("2024-01-01");
  EXPECT_THAT(daily.Keys(At("2024-01-01 23:59")), IsEmpty());
  EXPECT_THAT(daily.Keys(At("2024-01-03 00:00")), ElementsAre("2024-01-01", "2024-01-02"));
  EXPECT_EQ(daily.Count(At("2124-01-01 00:00")), 36524);
  EXPECT_EQ(daily.LastKey(At("2124-01-01 00:00")), "2123-12-31");
  EXPECT_TRUE(daily.HasKey("2024-01-02", At("2024-01-03 00:00")));
  EXPECT_FALSE(daily.HasKey("2024-01-03", At("2024-01-03 00:00")));
  EXPECT_FALSE(daily.HasKey("2023-12-31", At("2024-01-03 00:00")));
  EXPECT_FALSE(daily.HasKey("2024-1-2", At("2024-01-03 00:00")));
  EXPECT_FALSE(daily.HasKey("2024-02-30", At("2024-05-03 00:00")));
}

TEST(PartitionsTest, AnEndOffsetMovesTheLastPartition) {
  EXPECT_EQ(PartitionsDefinition::Daily("2024-01-01", {.end_offset = 2}).LastKey(At("2024-01-05 12:00")), "2024-01-06");
  EXPECT_EQ(PartitionsDefinition::Daily("2024-01-01", {.end_offset = -1}).LastKey(At("2024-01-05 12:00")),
            "2024-01-03");
}

TEST(PartitionsTest, TheEndIsExclusive) {
  const auto daily = PartitionsDefinition::Daily("2024-01-01", {.end = "2024-01-03"});
  EXPECT_THAT(daily.Keys(At("2025-01-01 00:00")), ElementsAre("2024-01-01", "2024-01-02"));
}

TEST(PartitionsTest, WeeksMonthsAndOtherSchedules) {
  EXPECT_THAT(PartitionsDefinition::Weekly("2024-01-01").Keys(At("2024-01-22 00:00")),
              ElementsAre("2024-01-07", "2024-01-14"));
  EXPECT_THAT(PartitionsDefinition::Monthly("2024-01-02", {.day_offset = 3}).Keys(At("2024-04-01 00:00")),
              ElementsAre("2024-01-03", "2024-02-03"));
  EXPECT_THAT(PartitionsDefinition::Cron("0 6,18 * * *", "2024-01-01-00", "%Y-%m-%d-%H").Keys(At("2024-01-02 06:00")),
              ElementsAre("2024-01-01-06", "2024-01-01-18"));
}

TEST(PartitionsTest, ExcludedWindowsAreLeftOut) {
  const auto days =
      PartitionsDefinition::Daily("2024-01-01", {.excluded_crons = {"0 0 * * 6,0"}, .excluded_times = {"2024-01-09"}});
  EXPECT_THAT(days.Keys(At("2024-01-12 00:00")), ElementsAre("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04",
                                                             "2024-01-05", "2024-01-08", "2024-01-10", "2024-01-11"));
  EXPECT_FALSE(days.HasKey("2024-01-06", At("2024-02-01 00:00")));
  EXPECT_FALSE(days.HasKey("2024-01-09", At("2024-02-01 00:00")));
  EXPECT_EQ(days.Count(At("2024-01-12 00:00")), 8);
}

TEST(PartitionsTest, TheRepeatedHourHasTwoKeys) {
  const auto hours = PartitionsDefinition::Hourly("2024-10-27-00:00", {.timezone = "Europe/Berlin"});
  const auto context = At("2024-10-27 03:00");
  EXPECT_THAT(hours.Keys(context), ElementsAre("2024-10-27-00:00", "2024-10-27-01:00", "2024-10-27-02:00",
                                               "2024-10-27-02:00+0100", "2024-10-27-03:00"));
  EXPECT_EQ(hours.Count(context), 5);
  EXPECT_EQ(hours.WindowOf("2024-10-27-02:00")->start, Utc("2024-10-27 00:00"));
  EXPECT_EQ(hours.WindowOf("2024-10-27-02:00+0100")->start, Utc("2024-10-27 01:00"));
}

TEST(PartitionsTest, ADayWithAChangeOfClocksIsOneWindow) {
  const auto daily = PartitionsDefinition::Daily("2024-01-01", {.timezone = "America/New_York"});
  EXPECT_EQ(daily.WindowOf("2024-03-10"), (TimeWindow{Utc("2024-03-10 05:00"), Utc("2024-03-11 04:00")}));
  EXPECT_EQ(daily.WindowOf("2024-11-03"), (TimeWindow{Utc("2024-11-03 04:00"), Utc("2024-11-04 05:00")}));
}

TEST(PartitionsTest, RangesIncludeBothEnds) {
  const auto context = At("2024-02-01 00:00");
  const auto daily = PartitionsDefinition::Daily("2024-01-01");
  EXPECT_THAT(daily.KeysInRange("2024-01-30", "2024-01-31", context), ElementsAre("2024-01-30", "2024-01-31"));
  EXPECT_THROW(daily.KeysInRange("2023-01-30", "2024-01-31", context), Error);
  const auto letters = PartitionsDefinition::Static({"a", "b", "c"});
  EXPECT_THAT(letters.KeysInRange("b", "c", context), ElementsAre("b", "c"));
  EXPECT_THROW(letters.KeysInRange("b", "x", context), Error);
  EXPECT_THAT(ParseKeyRange("a...c"), testing::Optional(Pair("a", "c")));
  EXPECT_EQ(ParseKeyRange("a..c"), std::nullopt);
}

TEST(PartitionsTest, AProductJoinsKeysInTheOrderOfItsNames) {
  const auto context = At("2024-01-03 00:00");
  const auto product = PartitionsDefinition::Multi(
      {{"region", PartitionsDefinition::Static({"eu", "us"})}, {"day", PartitionsDefinition::Daily("2024-01-01")}});
  EXPECT_THAT(product.Keys(context), ElementsAre("2024-01-01|eu", "2024-01-01|us", "2024-01-02|eu", "2024-01-02|us"));
  EXPECT_EQ(product.Count(context), 4);
  EXPECT_TRUE(product.HasKey("2024-01-02|us", context));
  EXPECT_FALSE(product.HasKey("us|2024-01-02", context));
  EXPECT_FALSE(product.HasKey("2024-01-02", context));
  EXPECT_THAT(product.TagsForKey("2024-01-02|us"),
              ElementsAre(Pair("dagster/partition", "2024-01-02|us"), Pair("dagster/partition/day", "2024-01-02"),
                          Pair("dagster/partition/region", "us")));
  EXPECT_EQ(product.WindowOf("2024-01-02|us")->start, Utc("2024-01-02 00:00"));
  EXPECT_THAT(product.KeysInRange("2024-01-01|us", "2024-01-02|us", context),
              ElementsAre("2024-01-01|us", "2024-01-02|us"));
}

TEST(PartitionsTest, DynamicKeysComeFromTheSource) {
  const FakeDynamicPartitions source({{"tenants", {"t2", "t1"}}});
  const auto tenants = PartitionsDefinition::Dynamic("tenants");
  const auto context = At("2024-01-01 00:00", &source);
  EXPECT_THAT(tenants.Keys(context), ElementsAre("t2", "t1"));
  EXPECT_TRUE(tenants.HasKey("t1", context));
  EXPECT_THROW(tenants.Keys(At("2024-01-01 00:00")), Error);
}

TEST(PartitionsTest, WrongDefinitionsAreRefused) {
  EXPECT_THROW(PartitionsDefinition::Static({"a", "a"}), Error);
  EXPECT_THROW(PartitionsDefinition::Static({"a...b"}), Error);
  EXPECT_THROW(PartitionsDefinition::Daily("2024-13-01"), Error);
  EXPECT_THROW(PartitionsDefinition::Daily("2024-01-01", {.timezone = "Nowhere"}), Error);
  EXPECT_THROW(PartitionsDefinition::Daily("2024-01-01", {.hour_offset = 24}), Error);
  const auto a = PartitionsDefinition::Static({"a"});
  EXPECT_THROW(PartitionsDefinition::Multi({{"x", a}}), Error);
  EXPECT_THROW(PartitionsDefinition::Multi({{"x", a}, {"x", a}}), Error);
  EXPECT_THROW(PartitionsDefinition::Multi({{"x", a}, {"y", PartitionsDefinition::Static({"a|b"})}}), Error);
}

TEST(PartitionsTest, ASnapshotGivesTheSameDefinition) {
  const auto product = PartitionsDefinition::Multi(
      {{"region", PartitionsDefinition::Static({"eu", "us"})},
       {"day", PartitionsDefinition::Daily("2024-01-01", {.end = "2025-01-01",
                                                          .timezone = "Europe/Berlin",
                                                          .end_offset = 1,
                                                          .excluded_crons = {"0 0 * * 0"},
                                                          .excluded_times = {"2024-05-01"}})}});
  EXPECT_EQ(PartitionsDefinition::FromSnap(product.ToSnap()), product);
  EXPECT_EQ(PartitionsDefinition::FromSnap(PartitionsDefinition::Dynamic("d").ToSnap()).dynamic_name(), "d");
  EXPECT_EQ(PartitionsDefinition::FromSnap(model::StaticPartitionsSnap{{"a", "b", "a"}}),
            PartitionsDefinition::Static({"a", "b"}));
}

TEST(PartitionsTest, AnUnknownPartitionIsNamedWithThoseThereAre) {
  const auto message = [](const PartitionsDefinition& definition) {
    try {
      definition.CheckKey("nope", PartitionsContext{Utc("2024-04-20 12:00")});
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message(PartitionsDefinition::Static({"eu", "us", "apac"})),
            "there is no partition `nope`; the first is `eu`, the last `apac`");
  EXPECT_EQ(message(PartitionsDefinition::Static({})), "there is no partition `nope`, nor any other yet");
}

}  // namespace
}  // namespace tidemill::assets
