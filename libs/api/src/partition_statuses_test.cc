#include "partition_statuses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill::api {
namespace {

using assets::PartitionsContext;
using assets::PartitionsDefinition;
using assets::PartitionsSubset;
using ::testing::ElementsAre;

constexpr StatusSubject kAsset = StatusSubject::kAsset;
const PartitionsContext kContext{FromUnixSeconds(1704931200), nullptr};  // 2024-01-11.

SubsetsByStatus Subsets(const PartitionsDefinition& definition, const std::vector<std::string>& in_progress,
                        const std::vector<std::string>& failed, const std::vector<std::string>& made) {
  return {{"MATERIALIZING", PartitionsSubset::OfKeys(definition, in_progress, kContext)},
          {"FAILED", PartitionsSubset::OfKeys(definition, failed, kContext)},
          {"MATERIALIZED", PartitionsSubset::OfKeys(definition, made, kContext)}};
}

std::vector<std::string> Texts(const TimeStatuses<kAsset>& statuses) {
  std::vector<std::string> texts;
  for (const auto& range : statuses.ranges) {
    texts.push_back(range.start_key + ".." + range.end_key + " " + std::string(range.status));
  }
  return texts;
}

TEST(PartitionStatusesTest, WhatHappensNowHidesWhatHappenedBefore) {
  const auto days = PartitionsDefinition::Daily("2024-01-01");
  const auto statuses =
      StatusesOf<kAsset>(Subsets(days, {"2024-01-03"}, {"2024-01-03", "2024-01-04"},
                                 {"2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"}),
                         days, kContext);
  EXPECT_THAT(Texts(std::get<TimeStatuses<kAsset>>(statuses)),
              ElementsAre("2024-01-01..2024-01-02 MATERIALIZED", "2024-01-03..2024-01-03 MATERIALIZING",
                          "2024-01-04..2024-01-04 FAILED", "2024-01-05..2024-01-05 MATERIALIZED"));
}

TEST(PartitionStatusesTest, KeysAreListedByStatus) {
  const auto letters = PartitionsDefinition::Static({"b", "a", "c", "d"});
  const auto statuses = std::get<KeyStatuses<kAsset>>(
      StatusesOf<kAsset>(Subsets(letters, {}, {"a"}, {"a", "c", "b"}), letters, kContext));
  EXPECT_THAT(statuses.keys.at("MATERIALIZED"), ElementsAre("b", "c"));
  EXPECT_THAT(statuses.keys.at("FAILED"), ElementsAre("a"));
  EXPECT_THAT(statuses.without_status, ElementsAre("d"));
}

TEST(PartitionStatusesTest, EqualNeighboursOfTheTimeDimensionAreOneRange) {
  const auto product = PartitionsDefinition::Multi(
      {{"kind", PartitionsDefinition::Static({"x", "y"})}, {"time", PartitionsDefinition::Daily("2024-01-01")}});
  const auto statuses = std::get<MultiStatuses<kAsset>>(StatusesOf<kAsset>(
      Subsets(product, {}, {}, {"x|2024-01-01", "x|2024-01-02", "x|2024-01-04", "x|2024-01-05", "y|2024-01-05"}),
      product, kContext));
  EXPECT_EQ(statuses.primary_dimension, "time");
  std::vector<std::string> ranges;
  for (const auto& range : statuses.ranges) ranges.push_back(range.start_key + ".." + range.end_key);
  EXPECT_THAT(ranges, ElementsAre("2024-01-01..2024-01-02", "2024-01-04..2024-01-04", "2024-01-05..2024-01-05"));
}

}  // namespace
}  // namespace tidemill::api
