#include <string>
#include <thread>

#include <gmock/gmock.h>

#include <tidemill/base/error.h>

#include "conformance.h"
#include "samples.h"

namespace tidemill::storage::testing {
namespace {

using model::AssetCheckKey;
using model::AssetKey;
using model::EventType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;
using ::testing::SizeIs;

const AssetKey kAsset({"team", "orders"});
constexpr std::string_view kVersionTag = "dagster/data_version";

TEST_P(StorageConformance, AMaterializationMakesTheAssetsRecord) {
  EXPECT_THAT(events().AssetKeys(), IsEmpty());
  events().Append(Group({Materialized("r1", kAsset, kStart), Materialized("r1", kAsset, kStart + 1)}));

  EXPECT_THAT(events().AssetKeys(), ElementsAre(kAsset));
  const auto records = events().AssetRecords({{kAsset, AssetKey("unknown")}});
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].asset_key, kAsset);
  EXPECT_THAT(records[0].last_run_id, Optional(std::string("r1")));
  EXPECT_EQ(records[0].last_materialization_timestamp, FromUnixSeconds(kStart + 1));
  ASSERT_TRUE(records[0].last_materialization.has_value());
  EXPECT_EQ(records[0].last_materialization->entry.timestamp, kStart + 1);
  EventQuery query;
  query.asset_key = kAsset;
  query.limit = 1;
  EXPECT_EQ(records[0].last_materialization->storage_id, events().Events(query).at(0).storage_id);
}

TEST_P(StorageConformance, APlannedAssetIsKnownWithoutAMaterialization) {
  events().Append(Group({Materialized("r1", kAsset, kStart)}));
  events().Append(Group({Planned("r2", kAsset, kStart + 1)}));
  const auto record = events().AssetRecords(std::nullopt).at(0);
  EXPECT_THAT(record.last_run_id, Optional(std::string("r2")));
  EXPECT_EQ(record.last_materialization->entry.run_id, "r1");
  EXPECT_EQ(record.last_materialization_timestamp, FromUnixSeconds(kStart + 1));
}

TEST_P(StorageConformance, AnObservationOnlyTouchesTheTime) {
  events().Append(Group({Observed("r1", kAsset, kStart)}));
  const auto record = events().AssetRecords(std::nullopt).at(0);
  EXPECT_EQ(record.last_run_id, std::nullopt);
  EXPECT_FALSE(record.last_materialization.has_value());
  EXPECT_EQ(record.last_materialization_timestamp, FromUnixSeconds(kStart));
}

TEST_P(StorageConformance, AWipedAssetIsGoneUntilItIsSeenAgain) {
  const double later = ToUnixSeconds(SystemClock().Now()) + 3600;
  events().Append(Group(
      {Materialized("r1", kAsset, kStart, "p1"), CheckEvaluated("r1", {.asset_key = kAsset, .name = "ok"}, true)}));
  events().WipeAsset(kAsset);

  EventQuery query;
  query.asset_key = kAsset;
  EXPECT_THAT(events().AssetKeys(), IsEmpty());
  EXPECT_THAT(events().AssetRecords(std::nullopt), IsEmpty());
  EXPECT_THAT(events().Events(query), IsEmpty());
  EXPECT_THAT(events().MaterializedPartitions(kAsset), IsEmpty());
  EXPECT_THAT(events().CheckExecutions({.asset_key = kAsset, .name = "ok"}, 10, std::nullopt), IsEmpty());
  EXPECT_EQ(events().RepairRun("r1"), 0) << "a repair does not bring back what was wiped";
  EXPECT_THAT(events().Events(query), IsEmpty());

  events().Append(Group({Planned("r2", kAsset, later)}));
  ASSERT_THAT(events().AssetRecords(std::nullopt), SizeIs(1));
  EXPECT_FALSE(events().AssetRecords(std::nullopt)[0].last_materialization.has_value());
  events().Append(Group({Materialized("r2", kAsset, later + 1)}));
  EXPECT_EQ(events().AssetRecords(std::nullopt)[0].last_materialization->entry.run_id, "r2");
}

TEST_P(StorageConformance, WipedPartitionsAreGoneTheOthersStay) {
  events().Append(Group({Materialized("r1", kAsset, kStart, "p1", {{std::string(kVersionTag), "v1"}}),
                         Materialized("r1", kAsset, kStart + 1, "p2", {{std::string(kVersionTag), "v2"}})}));
  events().WipeAssetPartitions(kAsset, {"p2"});
  EXPECT_THAT(events().MaterializedPartitions(kAsset), ElementsAre("p1"));
  EXPECT_THAT(events().LatestTagByPartition(kAsset, kVersionTag), ElementsAre(Pair("p1", "v1")));
  EXPECT_EQ(events().AssetRecords(std::nullopt)[0].last_materialization->entry.timestamp, kStart);
  events().WipeAssetPartitions(kAsset, {"p1"});
  EXPECT_FALSE(events().AssetRecords(std::nullopt)[0].last_materialization.has_value());
}

TEST_P(StorageConformance, EachPartitionHasItsLatestEventAndTag) {
  events().Append(Group({Materialized("r1", kAsset, kStart, "p1", {{std::string(kVersionTag), "old"}, {"other", "x"}}),
                         Materialized("r1", kAsset, kStart + 1, "p2", {{std::string(kVersionTag), "v2"}}),
                         Materialized("r1", kAsset, kStart + 2, "p1", {{std::string(kVersionTag), "new"}}),
                         Materialized("r1", kAsset, kStart + 3), Planned("r1", kAsset, kStart + 4, "p3")}));
  EXPECT_THAT(events().MaterializedPartitions(kAsset), ElementsAre("p1", "p2"));
  const auto latest = events().LatestStorageIdByPartition(kAsset, EventType::kAssetMaterialization);
  ASSERT_THAT(latest, SizeIs(2));
  EXPECT_GT(latest[0].second, latest[1].second) << "p1 came again after p2";
  EXPECT_THAT(events().LatestStorageIdByPartition(kAsset, EventType::kAssetMaterializationPlanned),
              ElementsAre(Pair("p3", ::testing::Gt(0))));
  EXPECT_THAT(events().LatestTagByPartition(kAsset, kVersionTag), ElementsAre(Pair("p1", "new"), Pair("p2", "v2")));
  EXPECT_THAT(events().LatestTagByPartition(kAsset, "other"), IsEmpty()) << "only versions and dimensions are kept";
}

TEST_P(StorageConformance, TheCachedStatusIsKeptUntilTheWipe) {
  events().Append(Group({Materialized("r1", kAsset, kStart)}));
  events().SetCachedStatus(kAsset, R"({"x": 1})");
  EXPECT_THAT(events().AssetRecords(std::nullopt)[0].cached_status, Optional(std::string(R"({"x": 1})")));
}

TEST_P(StorageConformance, APlannedCheckOfUnreadablePartitionsIsRefusedWhole) {
  model::EventLogEntry odd = CheckPlanned("r1", {.asset_key = kAsset, .name = "not_empty"}, kStart);
  std::get<model::event::CheckPlanned>(odd.dagster_event->data).partitions_subset =
      json::Object{{"__class__", "PartitionsOfTomorrow"}};
  const auto group = Group({Materialized("r1", kAsset, kStart), odd});
  for (int attempt = 0; attempt < 2; ++attempt) {
    EXPECT_THAT([&] { events().Append(group); },
                ::testing::ThrowsMessage<Error>(::testing::HasSubstr("PartitionsOfTomorrow")));
    EXPECT_THAT(events().RunEvents("r1", {}), IsEmpty());
    EXPECT_THAT(events().AssetKeys(), IsEmpty());
  }
}

TEST_P(StorageConformance, ACheckIsPlannedThenEvaluated) {
  const AssetCheckKey key{.asset_key = kAsset, .name = "not_empty"};
  EXPECT_EQ(events().LatestCheckExecution(key), std::nullopt);
  events().Append(Group({CheckPlanned("r1", key, kStart)}));
  EXPECT_EQ(events().LatestCheckExecution(key)->status, CheckExecutionStatus::kPlanned);
  events().Append(Group({CheckEvaluated("r1", key, false, kStart + 1)}));
  const auto latest = events().LatestCheckExecution(key);
  EXPECT_EQ(latest->status, CheckExecutionStatus::kFailed);
  EXPECT_EQ(latest->run_id, "r1");
  EXPECT_EQ(latest->event->dagster_event->type, EventType::kAssetCheckEvaluation);
  EXPECT_THAT(events().CheckExecutions(key, 10, std::nullopt), SizeIs(1)) << "one row for plan and evaluation";

  events().Append(Group({CheckEvaluated("r2", key, true, kStart + 2)}));
  const auto all = events().CheckExecutions(key, 10, std::nullopt);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].status, CheckExecutionStatus::kSucceeded) << "newest first";
  EXPECT_THAT(events().CheckExecutions(key, 10, all[0].storage_id), SizeIs(1));
  EXPECT_THAT(events().CheckExecutions(key, 1, std::nullopt), SizeIs(1));
}

TEST_P(StorageConformance, ACheckWithoutARunAddsARowEachTime) {
  const AssetCheckKey key{.asset_key = kAsset, .name = "external"};
  events().Append(Group({CheckEvaluated("", key, true), CheckEvaluated("", key, false)}));
  EXPECT_THAT(events().CheckExecutions(key, 10, std::nullopt), SizeIs(2));
}

TEST_P(StorageConformance, DynamicPartitionsKeepTheirOrderAndAreUnique) {
  events().AddDynamicPartitions("customers", {"b", "a"});
  events().AddDynamicPartitions("customers", {"a", "c"});
  events().AddDynamicPartitions("other", {"z"});
  EXPECT_THAT(events().DynamicPartitions("customers"), ElementsAre("b", "a", "c"));
  events().DeleteDynamicPartition("customers", "a");
  events().DeleteDynamicPartition("customers", "never");
  EXPECT_THAT(events().DynamicPartitions("customers"), ElementsAre("b", "c"));
  EXPECT_THAT(events().DynamicPartitions("nothing"), IsEmpty());
}

TEST_P(StorageConformance, APoolLendsItsSlotsByPriority) {
  events().SetPoolLimit("db", 1);
  EXPECT_TRUE(events().ClaimSlot("db", "r1", "a", 0));
  EXPECT_TRUE(events().ClaimSlot("db", "r1", "a", 0)) << "a claim may be repeated";
  EXPECT_FALSE(events().ClaimSlot("db", "r1", "b", 0));
  EXPECT_FALSE(events().ClaimSlot("db", "r2", "c", 5));

  const auto pools = events().Pools();
  ASSERT_THAT(pools, SizeIs(1));
  EXPECT_EQ(pools[0].limit, 1);
  ASSERT_THAT(pools[0].claims, SizeIs(3));
  EXPECT_TRUE(pools[0].claims[0].holds_slot);
  EXPECT_FALSE(pools[0].claims[1].holds_slot);

  events().FreeSlots("r1", "a");
  EXPECT_FALSE(events().ClaimSlot("db", "r1", "b", 0)) << "the higher priority goes first";
  EXPECT_TRUE(events().ClaimSlot("db", "r2", "c", 5));
  events().FreeSlots("r2", std::nullopt);
  EXPECT_TRUE(events().ClaimSlot("db", "r1", "b", 0));
}

TEST_P(StorageConformance, APoolsLimitMayGrowAndShrinkUnderItsHolders) {
  events().SetPoolLimit("db", 2);
  EXPECT_TRUE(events().ClaimSlot("db", "r1", "a", 0));
  EXPECT_TRUE(events().ClaimSlot("db", "r1", "b", 0));
  EXPECT_FALSE(events().ClaimSlot("db", "r1", "c", 0));
  events().SetPoolLimit("db", 3);
  EXPECT_TRUE(events().ClaimSlot("db", "r1", "c", 0)) << "who waits gets the new slot";
  events().SetPoolLimit("db", 1);
  events().FreeSlots("r1", "a");
  EXPECT_FALSE(events().ClaimSlot("db", "r2", "d", 0)) << "more than one is still held";
  events().FreeSlots("r1", std::nullopt);
  events().FreeSlots("r2", std::nullopt);
  EXPECT_TRUE(events().ClaimSlot("db", "r3", "e", 0));
  EXPECT_FALSE(events().ClaimSlot("db", "r3", "f", 0));
  EXPECT_THROW(events().SetPoolLimit("db", -1), Error);
  EXPECT_THROW(events().SetPoolLimit("db", 1001), Error);
}

TEST_P(StorageConformance, APoolWithoutALimitDoesNotLimit) {
  EXPECT_TRUE(events().ClaimSlot("free", "r1", "a", 0));
  EXPECT_TRUE(events().ClaimSlot("free", "r1", "b", 0));
  EXPECT_THAT(events().Pools(), IsEmpty());
  events().SetPoolLimit("free", 0);
  EXPECT_FALSE(events().ClaimSlot("free", "r1", "c", 0));
  events().DeletePool("free");
  EXPECT_TRUE(events().ClaimSlot("free", "r1", "d", 0));
}

TEST_P(StorageConformance, NeverMoreHoldersThanSlots) {
  constexpr int kThreads = 4;
  events().SetPoolLimit("db", 2);
  std::vector<std::thread> claimers;
  for (int t = 0; t < kThreads; ++t) {
    claimers.emplace_back([&, t] {
      const auto own = backend_->Open();
      for (int i = 0; i < 10; ++i) {
        const std::string step = std::to_string(i);
        const std::string run = "r" + std::to_string(t);
        if (own->events().ClaimSlot("db", run, step, 0)) {
          int holders = 0;
          const auto pools = own->events().Pools();
          for (const auto& claim : pools.at(0).claims) holders += claim.holds_slot ? 1 : 0;
          EXPECT_LE(holders, 2);
        }
        own->events().FreeSlots(run, std::nullopt);
      }
    });
  }
  for (std::thread& claimer : claimers) claimer.join();
  EXPECT_THAT(events().Pools().at(0).claims, IsEmpty());
}

}  // namespace
}  // namespace tidemill::storage::testing
