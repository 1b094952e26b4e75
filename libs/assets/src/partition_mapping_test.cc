#include "tidemill/assets/partition_mapping.h"

#include <algorithm>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>

#include "test_times.h"

namespace tidemill::assets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const PartitionsContext kContext{Utc("2024-04-20 12:00")};

PartitionsSubset Subset(const PartitionsDefinition& definition, const std::vector<std::string>& keys) {
  return PartitionsSubset::OfKeys(definition, keys, kContext);
}

std::vector<std::string> Upstream(const PartitionMapping& mapping, const PartitionsSubset& downstream,
                                  const PartitionsDefinition& upstream) {
  return mapping.Upstream(&downstream, upstream, kContext).subset.Keys();
}

TEST(PartitionMappingTest, AnHourReadsItsDayAndADayItsHours) {
  const auto daily = PartitionsDefinition::Daily("2024-04-01");
  const auto hourly = PartitionsDefinition::Hourly("2024-04-01-00:00");
  const auto mapping = PartitionMapping::TimeWindows();
  EXPECT_THAT(Upstream(mapping, Subset(hourly, {"2024-04-03-07:00"}), daily), ElementsAre("2024-04-03"));
  const auto hours = Upstream(mapping, Subset(daily, {"2024-04-03"}), hourly);
  EXPECT_EQ(hours.size(), 24);
  EXPECT_EQ(hours.front(), "2024-04-03-00:00");
  EXPECT_THAT(mapping.Downstream(Subset(daily, {"2024-04-03"}), hourly, kContext).Keys(), testing::ContainerEq(hours));
}

TEST(PartitionMappingTest, OffsetsCountInDownstreamWindows) {
  const auto daily = PartitionsDefinition::Daily("2024-04-01");
  const auto mapping = PartitionMapping::TimeWindows(-2, -1);
  EXPECT_THAT(Upstream(mapping, Subset(daily, {"2024-04-10"}), daily), ElementsAre("2024-04-08", "2024-04-09"));
  EXPECT_THAT(mapping.Downstream(Subset(daily, {"2024-04-08"}), daily, kContext).Keys(),
              ElementsAre("2024-04-09", "2024-04-10"));
}

TEST(PartitionMappingTest, WhatTheUpstreamAssetLacksIsTold) {
  const auto early = PartitionsDefinition::Daily("2024-04-01");
  const auto late = PartitionsDefinition::Daily("2024-04-05");
  const auto downstream = Subset(early, {"2024-04-04", "2024-04-05"});
  const auto strict = PartitionMapping::TimeWindows().Upstream(&downstream, late, kContext);
  EXPECT_THAT(strict.subset.Keys(), ElementsAre("2024-04-05"));
  EXPECT_THAT(strict.required_but_nonexistent.Keys(), ElementsAre("2024-04-04"));
  const auto lenient = PartitionMapping::TimeWindows(0, 0, true).Upstream(&downstream, late, kContext);
  EXPECT_THAT(lenient.subset.Keys(), ElementsAre("2024-04-05"));
  EXPECT_THAT(lenient.required_but_nonexistent.Keys(), IsEmpty());
  const auto same_key = PartitionMapping::Identity().Upstream(&downstream, late, kContext);
  EXPECT_THAT(same_key.required_but_nonexistent.Keys(), ElementsAre("2024-04-04"));
}

TEST(PartitionMappingTest, AKeyBetweenTheHoursIsNoHour) {
  const auto hourly = PartitionsDefinition::Hourly("2024-04-01-00:00");
  const auto nightly = PartitionsDefinition::Cron("30 2 * * *", "2024-04-01-00:00", "%Y-%m-%d-%H:%M");
  const auto night = Subset(nightly, {"2024-04-03-02:30"});
  const auto read = PartitionMapping::Identity().Upstream(&night, hourly, kContext);
  EXPECT_TRUE(read.subset.empty());
  EXPECT_THAT(read.required_but_nonexistent.Keys(), ElementsAre("2024-04-03-02:30"));
}

TEST(PartitionMappingTest, AllLastAndSpecificServeAssetsWithoutPartitions) {
  const auto letters = PartitionsDefinition::Static({"a", "b", "c"});
  const auto read = [&](const PartitionMapping& mapping) {
    return mapping.Upstream(nullptr, letters, kContext).subset.Keys();
  };
  EXPECT_THAT(read(PartitionMapping::All()), ElementsAre("a", "b", "c"));
  EXPECT_THAT(read(PartitionMapping::Last()), ElementsAre("c"));
  EXPECT_THAT(read(PartitionMapping::Specific({"b"})), ElementsAre("b"));
  EXPECT_THROW(read(PartitionMapping::Identity()), Error);
  EXPECT_TRUE(PartitionMapping::Last().Downstream(Subset(letters, {"a"}), letters, kContext).empty());
  EXPECT_EQ(PartitionMapping::Last().Downstream(Subset(letters, {"c"}), letters, kContext).Count(), 3);
}

TEST(PartitionMappingTest, StaticKeysBothWays) {
  const auto upstream = PartitionsDefinition::Static({"a", "b"});
  const auto downstream = PartitionsDefinition::Static({"x", "y"});
  const auto mapping = PartitionMapping::Static({{"a", {"x"}}, {"b", {"x", "y"}}});
  EXPECT_THAT(Upstream(mapping, Subset(downstream, {"x"}), upstream), ElementsAre("a", "b"));
  EXPECT_THAT(mapping.Downstream(Subset(upstream, {"b"}), downstream, kContext).Keys(), ElementsAre("x", "y"));
  try {
    PartitionMapping::Static({{"z", {"x"}}}).Validate(upstream, &downstream);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidArgument);
    EXPECT_THAT(error.what(), HasSubstr("'z', which is no partition of the upstream asset"));
  }
}

TEST(PartitionMappingTest, AProductAndItsDimension) {
  const auto daily = PartitionsDefinition::Daily("2024-04-18");
  const auto product =
      PartitionsDefinition::Multi({{"day", daily}, {"region", PartitionsDefinition::Static({"eu", "us"})}});
  const auto mapping = PartitionMapping::MultiToSingle();
  EXPECT_THAT(Upstream(mapping, Subset(daily, {"2024-04-18"}), product), ElementsAre("2024-04-18|eu", "2024-04-18|us"));
  EXPECT_THAT(Upstream(mapping, Subset(product, {"2024-04-19|us"}), daily), ElementsAre("2024-04-19"));
  EXPECT_EQ(PartitionMapping::Default(&daily, &product).ClassName(), "MultiToSingleDimensionPartitionMapping");
}

TEST(PartitionMappingTest, ProductsDimensionByDimension) {
  const auto letters = PartitionsDefinition::Static({"a", "b"});
  const auto upstream =
      PartitionsDefinition::Multi({{"day", PartitionsDefinition::Daily("2024-04-18")}, {"letter", letters}});
  const auto downstream =
      PartitionsDefinition::Multi({{"date", PartitionsDefinition::Daily("2024-04-18")}, {"mark", letters}});
  const auto mapping = PartitionMapping::Multi({{"day", "date", PartitionMapping::TimeWindows(-1, 0)}});
  EXPECT_THAT(Upstream(mapping, Subset(downstream, {"2024-04-19|b"}), upstream),
              ElementsAre("2024-04-18|a", "2024-04-18|b", "2024-04-19|a", "2024-04-19|b"));
  EXPECT_THROW(PartitionMapping::Multi({{"week", "date", PartitionMapping::All()}}).Validate(upstream, &downstream),
               Error);
}

TEST(PartitionMappingTest, TheDefaultFollowsTheKinds) {
  const auto daily = PartitionsDefinition::Daily("2024-04-18");
  const auto letters = PartitionsDefinition::Static({"a", "b"});
  EXPECT_EQ(PartitionMapping::Default(&daily, &daily).ClassName(), "TimeWindowPartitionMapping");
  EXPECT_EQ(PartitionMapping::Default(&letters, &daily).ClassName(), "IdentityPartitionMapping");
  EXPECT_EQ(PartitionMapping::Default(nullptr, &daily).ClassName(), "AllPartitionMapping");
  EXPECT_EQ(PartitionMapping::Of(json::Object{{"__class__", "LastPartitionMapping"}}, &daily, &daily).ClassName(),
            "LastPartitionMapping");
}

TEST(PartitionMappingTest, ItsJsonReadsBack) {
  for (const auto& mapping : {PartitionMapping::Identity(), PartitionMapping::All(), PartitionMapping::Last(),
                              PartitionMapping::Specific({"a"}), PartitionMapping::TimeWindows(-1, 2, true),
                              PartitionMapping::Static({{"a", {"x", "y"}}}), PartitionMapping::MultiToSingle("day"),
                              PartitionMapping::Multi({{"a", "b", PartitionMapping::Last()}})}) {
    EXPECT_EQ(PartitionMapping::FromJson(mapping.ToJson()).ToJson(), mapping.ToJson());
    EXPECT_FALSE(mapping.Description().empty());
  }
  const auto with_set = json::Parse(
      R"({"__class__": "StaticPartitionMapping", "downstream_partition_keys_by_upstream_partition_key":
          {"a": "x", "b": {"__set__": ["y"]}}})");
  EXPECT_EQ(PartitionMapping::FromJson(with_set).ToJson(),
            PartitionMapping::Static({{"a", {"x"}}, {"b", {"y"}}}).ToJson());
  EXPECT_THROW(PartitionMapping::FromJson(json::Object{{"__class__", "MyMapping"}}), Error);
}

/// One key reads another exactly if it is read by it, away from the ends of the sets.
TEST(PartitionMappingTest, UpstreamAndDownstreamAreTwoSidesOfOneRelation) {
  std::mt19937 random(11);
  const std::vector<PartitionsDefinition> definitions = {
      PartitionsDefinition::Daily("2024-03-01", {.timezone = "Europe/Berlin"}),
      PartitionsDefinition::Hourly("2024-03-01-00:00", {.timezone = "Europe/Berlin"}),
      PartitionsDefinition::Weekly("2024-03-01", {.timezone = "Europe/Berlin"}),
      PartitionsDefinition::Cron("0 */6 * * *", "2024-03-01-00", "%Y-%m-%d-%H", {.timezone = "Europe/Berlin"})};
  const auto mapping = PartitionMapping::TimeWindows();
  for (int round = 0; round < 300; ++round) {
    const auto& upstream = definitions[random() % definitions.size()];
    const auto& downstream = definitions[random() % definitions.size()];
    const auto keys = downstream.Keys(kContext);
    const std::string key = keys[keys.size() / 4 + random() % (keys.size() / 2)];
    for (const auto& read : Upstream(mapping, Subset(downstream, {key}), upstream)) {
      EXPECT_TRUE(mapping.Downstream(Subset(upstream, {read}), downstream, kContext).Contains(key))
          << read << " " << key;
    }
  }
}

}  // namespace
}  // namespace tidemill::assets
