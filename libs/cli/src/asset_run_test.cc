#include "asset_run.h"

#include <gmock/gmock.h>

#include <tidemill/model/runs.h>

#include "exit_code.h"

namespace tidemill::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

model::AssetNodeSnap Asset(const char* name, std::vector<model::AssetKey> parents = {}) {
  model::AssetNodeSnap node;
  node.asset_key = name;
  for (model::AssetKey& parent : parents) node.dependencies.push_back({std::move(parent), {}, {}, {}});
  return node;
}

std::string UsageError(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

class AssetRunTest : public ::testing::Test {
 protected:
  /// raw - daily (partitioned) - weekly summary of one partition each; ext is made by nobody here.
  AssetRunTest() {
    nodes_ = {Asset("raw"), Asset("daily", {"raw"}), Asset("letters"), Asset("ext")};
    nodes_[1].partitions = assets::PartitionsDefinition::Static({"1", "2", "3", "4", "5"}).ToSnap();
    nodes_[2].partitions = assets::PartitionsDefinition::Static({"a", "b"}).ToSnap();
    nodes_[3].execution_type = model::AssetExecutionType::kUnexecutable;
    checks_.push_back({});
    checks_.back().name = "fresh";
    checks_.back().asset_key = "raw";
    checks_.push_back(checks_.back());
    checks_.back().name = "full";
  }

  std::vector<PartitionTags> Plan(const std::string& select, const RunOptions& options) {
    const assets::AssetGraph graph(nodes_, checks_);
    return PlanPartitions(graph, SelectAssets(graph, select), options, {});
  }

  static RunOptions Partition(const char* key) {
    RunOptions options;
    options.partition = key;
    return options;
  }
  static RunOptions Range(const char* range) {
    RunOptions options;
    options.partition_range = range;
    return options;
  }

  std::vector<model::AssetNodeSnap> nodes_;
  std::vector<model::AssetCheckSnap> checks_;
};

TEST_F(AssetRunTest, ASelectionMustMeanSomethingARunCanMake) {
  const assets::AssetGraph graph(nodes_, checks_);
  EXPECT_EQ(SelectAssets(graph, "raw,daily").size(), 2u);
  EXPECT_THAT(UsageError([&] { SelectAssets(graph, "tag:none"); }), HasSubstr("selects no asset"));
  EXPECT_THAT(UsageError([&] { SelectAssets(graph, "ext"); }), HasSubstr("asset ext is external"));
}

TEST_F(AssetRunTest, APartitionIsNeededWhereThereAreSome) {
  EXPECT_THAT(Plan("raw", {}), ElementsAre(::testing::IsEmpty()));
  EXPECT_THAT(Plan("raw,daily", Partition("2")), ElementsAre(ElementsAre(Pair("dagster/partition", "2"))));
  EXPECT_EQ(UsageError([&] { Plan("daily", {}); }),
            "asset daily is partitioned: give --partition (the last one is 5), or --partition-range");
  EXPECT_EQ(UsageError([&] { Plan("raw", Partition("1")); }), "none of the selected assets is partitioned");
  EXPECT_THAT(UsageError([&] { Plan("daily", Partition("9")); }), HasSubstr("9"));
  EXPECT_THAT(UsageError([&] { Plan("daily,letters", Partition("1")); }), HasSubstr("different partitions"));
}

TEST_F(AssetRunTest, ARangeBecomesAsManyRunsAsThePoliciesWant) {
  EXPECT_EQ(Plan("daily", Range("2...4")).size(), 3u);

  nodes_[1].backfill_policy = model::BackfillPolicy{std::nullopt};
  EXPECT_THAT(Plan("daily", Range("2...4")), ElementsAre(ElementsAre(Pair("dagster/asset_partition_range_start", "2"),
                                                                     Pair("dagster/asset_partition_range_end", "4"))));

  nodes_[1].backfill_policy = model::BackfillPolicy{2};
  EXPECT_THAT(
      Plan("daily", Range("1...5")),
      ElementsAre(
          ElementsAre(Pair("dagster/asset_partition_range_start", "1"), Pair("dagster/asset_partition_range_end", "2")),
          ElementsAre(Pair("dagster/asset_partition_range_start", "3"), Pair("dagster/asset_partition_range_end", "4")),
          ElementsAre(Pair("dagster/asset_partition_range_start", "5"),
                      Pair("dagster/asset_partition_range_end", "5"))));
  EXPECT_EQ(UsageError([&] { Plan("daily", Range("2-4")); }), "--partition-range '2-4': FIRST...LAST");
}

TEST_F(AssetRunTest, ChecksAreChosenByAssetOrName) {
  const assets::AssetGraph graph(nodes_, checks_);
  EXPECT_EQ(SelectChecks(graph, {}, {}).size(), 2u);
  EXPECT_THAT(SelectChecks(graph, "raw", {"raw:full"}), ElementsAre(model::AssetCheckKey{"raw", "full"}));
  EXPECT_THAT(SelectChecks(graph, {}, {"fresh"}), ElementsAre(model::AssetCheckKey{"raw", "fresh"}));
  EXPECT_THAT(UsageError([&] { SelectChecks(graph, "daily", {}); }), HasSubstr("no checks"));
  EXPECT_THAT(UsageError([&] { SelectChecks(graph, {}, {"none"}); }), HasSubstr("--check 'none'"));
}

}  // namespace
}  // namespace tidemill::cli
