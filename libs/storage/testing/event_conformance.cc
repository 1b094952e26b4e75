#include <atomic>
#include <string>
#include <thread>

#include <gmock/gmock.h>

#include <tidemill/base/error.h>

#include "conformance.h"
#include "samples.h"

namespace tidemill::storage::testing {
namespace {

using model::EventType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

TEST_P(StorageConformance, EventsOfARunComeBackInOrderAsTheyWere) {
  const auto ids = events().Append(Group({LogLine("r1", "first"), StepEvent("r1", EventType::kStepStart, "a"),
                                          Materialized("r1", {"x"}), LogLine("r1", "last \xc3\xa9\n\"")}));
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));

  const auto stored = backend_->Open()->events().RunEvents("r1", {});
  EXPECT_THAT(Messages(stored), ElementsAre("first", "STEP_START", "ASSET_MATERIALIZATION", "last \xc3\xa9\n\""));
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(stored.at(i).storage_id, ids[i]);
  EXPECT_EQ(stored[1].entry.dagster_event->step_key, "a");
  EXPECT_EQ(stored[2].entry.timestamp, kStart);
  EXPECT_FALSE(stored[0].entry.dagster_event.has_value());
}

TEST_P(StorageConformance, AnUnknownRunHasNoEventsAndLeavesNoTrace) {
  EXPECT_THAT(events().RunEvents("nobody", {}), IsEmpty());
  EXPECT_EQ(events().GetRunStats("nobody").steps_succeeded, 0);
  EXPECT_THAT(events().GetStepStats("nobody", {}), IsEmpty());
  EXPECT_EQ(events().RepairRun("nobody"), 0);
}

TEST_P(StorageConformance, ACursorALimitAndTypesCutTheLog) {
  const auto ids = events().Append(
      Group({LogLine("r1", "1"), LogLine("r1", "2"), StepEvent("r1", EventType::kStepStart, "a"), LogLine("r1", "4")}));

  EXPECT_THAT(Messages(events().RunEvents("r1", {.after = ids[0], .limit = 2, .types = {}, .descending = false})),
              ElementsAre("2", "STEP_START"));
  EXPECT_THAT(Messages(events().RunEvents("r1", {.after = 0, .limit = 2, .types = {}, .descending = true})),
              ElementsAre("4", "STEP_START"));
  EXPECT_THAT(Messages(events().RunEvents("r1", {.after = ids[3], .limit = {}, .types = {}, .descending = true})),
              ElementsAre("STEP_START", "2", "1"));
  EXPECT_THAT(Messages(events().RunEvents(
                  "r1", {.after = 0, .limit = {}, .types = std::set{EventType::kStepStart}, .descending = false})),
              ElementsAre("STEP_START"));
}

TEST_P(StorageConformance, AGroupMayHoldEventsOfSeveralRunsAndOfNone) {
  const auto ids = events().Append(Group({LogLine("r2", "b"), LogLine("r1", "a"), LogLine("r2", "c"),
                                          CheckEvaluated("", {.asset_key = {"x"}, .name = "ok"}, true)}));
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_THAT(Messages(events().RunEvents("r1", {})), ElementsAre("a"));
  EXPECT_THAT(Messages(events().RunEvents("r2", {})), ElementsAre("b", "c"));
  EXPECT_THAT(events().RunEvents("", {}), SizeIs(1));
}

TEST_P(StorageConformance, ARunIdThatIsNoNameIsRefused) {
  EXPECT_THROW(events().Append(Group({LogLine("../escape", "x")})), Error);
}

TEST_P(StorageConformance, AssetEventsAreReadAcrossRuns) {
  events().Append(Group({Materialized("r1", {"x"}, kStart, "p1"), Materialized("r1", {"y"}, kStart + 1)}));
  events().Append(Group({Materialized("r2", {"x"}, kStart + 2, "p2"), LogLine("r2", "noise")}));

  EventQuery query;
  query.asset_key = model::AssetKey("x");
  auto found = events().Events(query);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].entry.run_id, "r2") << "newest first";
  EXPECT_GT(found[0].storage_id, found[1].storage_id);

  query.partitions = {{"p1"}};
  EXPECT_THAT(events().Events(query), SizeIs(1));
  query.partitions.reset();
  query.descending = false;
  query.limit = 1;
  EXPECT_EQ(events().Events(query).at(0).entry.run_id, "r1");
  query.limit.reset();
  query.after_cursor = found[1].storage_id;
  EXPECT_EQ(events().Events(query).at(0).entry.run_id, "r2");
  query.after_cursor.reset();
  query.before_cursor = found[0].storage_id;
  EXPECT_THAT(events().Events(query), SizeIs(1));
  query.before_cursor.reset();
  query.storage_ids = {{found[0].storage_id}};
  EXPECT_THAT(events().Events(query), SizeIs(1));
  query.storage_ids.reset();
  query.after = FromUnixSeconds(kStart + 1.5);
  EXPECT_EQ(events().Events(query).at(0).entry.run_id, "r2");
  query.before = FromUnixSeconds(kStart + 1.7);
  EXPECT_THAT(events().Events(query), IsEmpty());
}

TEST_P(StorageConformance, RunStatusEventsAreReadAcrossRuns) {
  events().Append(Group({RunEvent("r1", EventType::kRunStart), RunEvent("r1", EventType::kRunSuccess, kStart + 1)}));
  events().Append(Group({RunEvent("r2", EventType::kRunSuccess, kStart + 2)}));
  EventQuery query;
  query.type = EventType::kRunSuccess;
  query.descending = false;
  const auto found = events().Events(query);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].entry.run_id, "r1");
  EXPECT_EQ(found[1].entry.run_id, "r2");
}

TEST_P(StorageConformance, StatusEventsChangeTheRunAndItsTimes) {
  runs().AddRun(SampleRun("r1"));
  events().Append(Group({RunEvent("r1", EventType::kRunEnqueued, kStart)}));
  EXPECT_EQ(runs().GetRun("r1")->run.status, model::RunStatus::kQueued);
  EXPECT_EQ(runs().GetRun("r1")->update_timestamp, FromUnixSeconds(kStart));

  events().Append(
      Group({RunEvent("r1", EventType::kRunStarting, kStart + 1), RunEvent("r1", EventType::kRunStart, kStart + 2.5)}));
  auto record = runs().GetRun("r1");
  EXPECT_EQ(record->run.status, model::RunStatus::kStarted);
  EXPECT_THAT(record->start_time, Optional(kStart + 2.5));
  EXPECT_EQ(record->end_time, std::nullopt);

  events().Append(Group({RunEvent("r1", EventType::kRunSuccess, kStart + 4)}));
  record = runs().GetRun("r1");
  EXPECT_EQ(record->run.status, model::RunStatus::kSuccess);
  EXPECT_THAT(record->start_time, Optional(kStart + 2.5));
  EXPECT_THAT(record->end_time, Optional(kStart + 4));
  EXPECT_EQ(record->update_timestamp, FromUnixSeconds(kStart + 4));
}

TEST_P(StorageConformance, AFailureTagsTheRunWithItsReason) {
  runs().AddRun(SampleRun("r1", {{"team", "data"}}));
  events().Append(Group({RunFailed("r1", "STEP_FAILURE")}));

  const auto record = runs().GetRun("r1");
  EXPECT_EQ(record->run.status, model::RunStatus::kFailure);
  EXPECT_EQ(*model::FindTag(record->run.tags, model::tag::kFailureReason), "STEP_FAILURE");
  EXPECT_EQ(*model::FindTag(record->run.tags, "team"), "data");
  RunFilter filter;
  filter.tags = {{std::string(model::tag::kFailureReason), {"STEP_FAILURE"}}};
  EXPECT_EQ(runs().CountRuns(filter), 1);

  events().Append(Group({RunFailed("r1", "RUN_EXCEPTION")}));
  EXPECT_EQ(runs().CountRuns(filter), 0) << "the tag is replaced, not added";
}

TEST_P(StorageConformance, AStatusEventOfARunWithoutARowIsKeptAsAnEvent) {
  events().Append(Group({RunEvent("ghost", EventType::kRunStart)}));
  EXPECT_THAT(events().RunEvents("ghost", {}), SizeIs(1));
  EXPECT_EQ(runs().GetRun("ghost"), std::nullopt);
}

TEST_P(StorageConformance, StatsCountStepsAndTakeTimesFromEvents) {
  events().Append(Group(
      {RunEvent("r1", EventType::kRunEnqueued, kStart), RunEvent("r1", EventType::kRunStarting, kStart + 1),
       RunEvent("r1", EventType::kRunStart, kStart + 2), StepEvent("r1", EventType::kStepStart, "a", kStart + 3),
       Materialized("r1", {"x"}, kStart + 4), StepEvent("r1", EventType::kStepSuccess, "a", kStart + 5),
       StepEvent("r1", EventType::kStepStart, "b", kStart + 6),
       StepEvent("r1", EventType::kStepFailure, "b", kStart + 7), RunEvent("r1", EventType::kRunFailure, kStart + 8)}));
  const RunStats stats = events().GetRunStats("r1");
  EXPECT_EQ(stats.steps_succeeded, 1);
  EXPECT_EQ(stats.steps_failed, 1);
  EXPECT_EQ(stats.materializations, 1);
  EXPECT_THAT(stats.enqueued_time, Optional(kStart));
  EXPECT_THAT(stats.launch_time, Optional(kStart + 1));
  EXPECT_THAT(stats.start_time, Optional(kStart + 2));
  EXPECT_THAT(stats.end_time, Optional(kStart + 8));

  const auto steps = events().GetStepStats("r1", {});
  ASSERT_THAT(steps, SizeIs(2));
  EXPECT_EQ(steps[0].step_key, "a");
  EXPECT_THAT(steps[0].status, Optional(std::string("SUCCESS")));
  EXPECT_THAT(steps[0].start_time, Optional(kStart + 3));
  EXPECT_THAT(steps[0].end_time, Optional(kStart + 5));
  EXPECT_EQ(steps[0].attempts, 1);
  EXPECT_THAT(steps[1].status, Optional(std::string("FAILURE")));
}

TEST_P(StorageConformance, DeletingARunsEventsRemovesThemEverywhere) {
  events().Append(
      Group({Materialized("r1", {"x"}, kStart, "p", {{"dagster/data_version", "v1"}}), LogLine("r1", "x")}));
  events().Append(Group({Materialized("r2", {"x"}, kStart + 1)}));
  events().DeleteRunEvents("r1");
  EXPECT_THAT(events().RunEvents("r1", {}), IsEmpty());
  EventQuery query;
  query.asset_key = model::AssetKey("x");
  EXPECT_THAT(events().Events(query), SizeIs(1));
  EXPECT_THAT(events().LatestTagByPartition({"x"}, "dagster/data_version"), IsEmpty());
}

TEST_P(StorageConformance, RepairOfAWholeRunChangesNothing) {
  runs().AddRun(SampleRun("r1"));
  events().Append(Group({RunEvent("r1", EventType::kRunStart), Materialized("r1", {"x"}), LogLine("r1", "x"),
                         Materialized("r1", {"x"}), RunEvent("r1", EventType::kRunSuccess)}));
  EXPECT_EQ(events().RepairRun("r1"), 0);
  EventQuery query;
  EXPECT_THAT(events().Events(query), SizeIs(2)) << "equal events are two events";
}

TEST_P(StorageConformance, WritersOfManyRunsDoNotDisturbEachOther) {
  constexpr int kThreads = 4;
  constexpr int kGroups = 25;
  std::vector<std::thread> writers;
  std::atomic<int> failures = 0;
  for (int t = 0; t < kThreads; ++t) {
    writers.emplace_back([&, t] {
      const auto own = backend_->Open();  // As a process of its own would.
      const std::string run_id = "run" + std::to_string(t);
      own->runs().AddRun(SampleRun(run_id));
      for (int g = 0; g < kGroups; ++g) {
        const auto ids =
            own->events().Append(Group({LogLine(run_id, std::to_string(g)), Materialized(run_id, {"shared"}),
                                        RunEvent(run_id, EventType::kRunStart)}));
        if (ids.size() != 3) ++failures;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(failures, 0);
  for (int t = 0; t < kThreads; ++t) {
    const std::string run_id = "run" + std::to_string(t);
    const auto stored = events().RunEvents(run_id, {});
    ASSERT_THAT(stored, SizeIs(3 * kGroups));
    for (int g = 0; g < kGroups; ++g) {
      EXPECT_EQ(stored.at(static_cast<std::size_t>(3 * g)).entry.user_message, std::to_string(g));
    }
    EXPECT_EQ(runs().GetRun(run_id)->run.status, model::RunStatus::kStarted);
  }
  EventQuery query;
  query.asset_key = model::AssetKey("shared");
  EXPECT_THAT(events().Events(query), SizeIs(kThreads * kGroups));
}

TEST_P(StorageConformance, WritersOfOneRunShareItsLog) {
  constexpr int kThreads = 4;
  constexpr int kGroups = 20;
  std::vector<std::thread> writers;
  const auto other = backend_->Open();
  for (int t = 0; t < kThreads; ++t) {
    writers.emplace_back([&, t] {
      EventStorage& log = t % 2 == 0 ? events() : other->events();
      for (int g = 0; g < kGroups; ++g) log.Append(Group({LogLine("r1", "a"), Materialized("r1", {"x"})}));
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_THAT(events().RunEvents("r1", {}), SizeIs(2 * kThreads * kGroups));
  EXPECT_EQ(events().RepairRun("r1"), 0);
}

TEST_P(StorageConformance, AReaderSeesWholeGroupsWhileAWriterWrites) {
  constexpr int kGroups = 60;
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int g = 0; g < kGroups; ++g)
      events().Append(Group({LogLine("r1", "a"), LogLine("r1", "b"), LogLine("r1", "c")}));
    done = true;
  });
  std::size_t seen = 0;
  const auto other = backend_->Open();
  while (!done) {
    const std::size_t now = other->events().RunEvents("r1", {}).size();
    EXPECT_EQ(now % 3, 0u) << "a group is visible as a whole";
    EXPECT_GE(now, seen);
    seen = now;
  }
  writer.join();
  EXPECT_THAT(other->events().RunEvents("r1", {}), SizeIs(3 * kGroups));
}

}  // namespace
}  // namespace tidemill::storage::testing
