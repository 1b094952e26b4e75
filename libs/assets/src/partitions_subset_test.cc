#include "tidemill/assets/partitions_subset.h"

#include <algorithm>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>

#include "test_times.h"

namespace tidemill::assets {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const PartitionsContext kContext{Utc("2024-04-20 12:00")};

TEST(PartitionsSubsetTest, DaysInARowAreOneStretch) {
  const auto daily = PartitionsDefinition::Daily("2024-03-01", {.timezone = "Europe/Berlin"});
  const auto subset =
      PartitionsSubset::OfKeys(daily, {"2024-04-01", "2024-03-30", "2024-03-31", "2024-03-05"}, kContext);
  EXPECT_EQ(subset.windows()->size(), 2);
  EXPECT_EQ(subset.Count(), 4);
  EXPECT_THAT(subset.KeyRanges(kContext),
              ElementsAre(Pair("2024-03-05", "2024-03-05"), Pair("2024-03-30", "2024-04-01")));
  EXPECT_TRUE(subset.Contains("2024-03-31"));
  EXPECT_FALSE(subset.Contains("2024-03-29"));
  EXPECT_FALSE(subset.Contains("no key"));
}

TEST(PartitionsSubsetTest, KeysThatDoNotExistAreLeftOutAndWrongOnesRefused) {
  const auto daily = PartitionsDefinition::Daily("2024-03-01");
  EXPECT_TRUE(PartitionsSubset::OfKeys(daily, {"2023-01-01", "2024-04-20"}, kContext).empty());
  EXPECT_THROW(PartitionsSubset::OfKeys(daily, {"yesterday"}, kContext), Error);
  EXPECT_THROW(PartitionsSubset::OfWindows(PartitionsDefinition::Static({"a"}), {}), Error);
}

TEST(PartitionsSubsetTest, KeysComeInTheOrderOfTheDefinitionWhereAsked) {
  const auto regions = PartitionsDefinition::Static({"eu", "us", "apac"});
  EXPECT_THAT(PartitionsSubset::All(regions, kContext).KeysInOrder(kContext), ElementsAre("eu", "us", "apac"));
  EXPECT_THAT(PartitionsSubset::OfLooseKeys(regions, {"apac", "aa", "us"}).KeysInOrder(kContext),
              ElementsAre("us", "apac", "aa"));
  const auto daily = PartitionsDefinition::Daily("2024-03-01");
  EXPECT_THAT(PartitionsSubset::OfKeys(daily, {"2024-03-02", "2024-03-01"}, kContext).KeysInOrder(kContext),
              ElementsAre("2024-03-01", "2024-03-02"));
}

TEST(PartitionsSubsetTest, AnExcludedGapDoesNotPart) {
  const auto weekdays = PartitionsDefinition::Daily("2024-04-01", {.excluded_crons = {"0 0 * * 0,6"}});
  const auto subset = PartitionsSubset::OfKeys(weekdays, {"2024-04-05", "2024-04-08"}, kContext);
  EXPECT_EQ(subset.windows()->size(), 1);
  EXPECT_EQ(subset.Count(), 2);
  const auto friday = PartitionsSubset::OfKeys(weekdays, {"2024-04-05"}, kContext);
  const auto monday = PartitionsSubset::OfKeys(weekdays, {"2024-04-08"}, kContext);
  EXPECT_TRUE((subset - friday - monday).empty());
}

TEST(PartitionsSubsetTest, RunsOfAProductGoAlongTheLongerDimension) {
  const auto product = PartitionsDefinition::Multi({{"letter", PartitionsDefinition::Static({"a", "b", "c"})},
                                                    {"number", PartitionsDefinition::Static({"1", "2"})}});
  const auto subset = PartitionsSubset::OfKeys(product, {"a|1", "b|1", "c|1", "c|2"}, kContext);
  EXPECT_THAT(subset.KeyRanges(kContext), ElementsAre(Pair("a|1", "c|1"), Pair("c|2", "c|2")));
  EXPECT_THAT(subset.KeysNotIn(kContext), ElementsAre("a|2", "b|2"));
}

TEST(PartitionsSubsetTest, OperatorsAreThoseOfSets) {
  std::mt19937 random(7);
  const auto definitions = {PartitionsDefinition::Daily("2024-03-01", {.timezone = "America/New_York"}),
                            PartitionsDefinition::Hourly("2024-04-18-00:00", {.excluded_crons = {"0 3-5 * * *"}}),
                            PartitionsDefinition::Static({"a", "b", "c", "d", "e", "f", "g", "h"})};
  for (const auto& definition : definitions) {
    const auto keys = definition.Keys(kContext);
    for (int round = 0; round < 200; ++round) {
      std::set<std::string> left, right;
      for (const auto& key : keys) {
        if (random() % 3 != 0) left.insert(key);
        if (random() % 3 == 0) right.insert(key);
      }
      const auto a = PartitionsSubset::OfKeys(definition, {left.begin(), left.end()}, kContext);
      const auto b = PartitionsSubset::OfKeys(definition, {right.begin(), right.end()}, kContext);
      const auto check = [&](const PartitionsSubset& subset, const auto& wanted) {
        for (const auto& key : keys) EXPECT_EQ(subset.Contains(key), wanted(key)) << key;
        EXPECT_EQ(subset.Count(), std::count_if(keys.begin(), keys.end(), wanted));
        EXPECT_EQ(subset.empty(), subset.Count() == 0);
      };
      check(a | b, [&](const std::string& key) { return left.contains(key) || right.contains(key); });
      check(a & b, [&](const std::string& key) { return left.contains(key) && right.contains(key); });
      check(a - b, [&](const std::string& key) { return left.contains(key) && !right.contains(key); });
      EXPECT_EQ(((a - b) | (a & b)).Keys(), a.Keys());
    }
  }
}

TEST(PartitionsSubsetTest, AllIsOneStretch) {
  const auto hourly = PartitionsDefinition::Hourly("2000-01-01-00:00");
  const auto all = PartitionsSubset::All(hourly, kContext);
  EXPECT_EQ(all.windows()->size(), 1);
  EXPECT_EQ(all.Count(), hourly.Count(kContext));
  EXPECT_THAT(all.KeysNotIn(kContext), IsEmpty());
}

}  // namespace
}  // namespace tidemill::assets
