#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/engine/job_plan.h>
#include <tidemill/engine/run_creation.h>
#include <tidemill/storage/event_storage.h>

#include "testing/run_fixture.h"

namespace tidemill::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::RunFixture;

const assets::PartitionsContext kContext{FromUnixSeconds(1800000000)};

/// A plan of assets, each with one check, and the repository that knows their partitions.
struct Launch {
  model::JobSnap job;
  model::PlanSnap plan;
  model::RepositorySnap repository;
  model::Run run;

  void Asset(const std::string& name, std::optional<model::PartitionsSnap> partitions = {}) {
    model::StepSnap step;
    step.key = name;
    step.node_handle.path = {name};
    step.outputs.resize(2);
    step.outputs[0].properties.asset_key = model::AssetKey(name.c_str());
    step.outputs[1].name = "is_sane";
    step.outputs[1].properties.asset_check_key = {model::AssetKey(name.c_str()), "is_sane"};
    model::AssetNodeSnap node;
    node.asset_key = model::AssetKey(name.c_str());
    node.partitions = partitions;
    model::AssetCheckSnap check;
    check.asset_key = node.asset_key;
    check.name = "is_sane";
    check.partitions = partitions;
    plan.steps.push_back(std::move(step));
    plan.step_keys_to_execute.push_back(name);
    repository.asset_nodes.push_back(std::move(node));
    repository.asset_checks.push_back(std::move(check));
  }

  model::Run Create(RunFixture& fixture) {
    run.job_name = "assets";
    return CreateRun(fixture.storage(), {run, job, nullptr, plan, repository}, kContext, SystemClock());
  }
};

TEST(RunCreationTest, ARangeOfWindowsIsKeptWithTheRunAsDagsterKeepsIt) {
  model::TimeWindowPartitionsSnap daily;
  daily.start = 1704063600;  // 2024-01-01 in Berlin
  daily.timezone = "Europe/Berlin";
  daily.fmt = "%Y-%m-%d";
  daily.cron_schedule = "0 0 * * *";
  daily.end_offset = 1;
  RunFixture fixture;
  Launch launch;
  launch.Asset("d", daily);
  launch.run.tags = {{"dagster/asset_partition_range_start", "2024-01-05"},
                     {"dagster/asset_partition_range_end", "2024-01-07"}};
  // What 1.13.27 stored for the same definition and tags.
  EXPECT_EQ(
      json::Dump(launch.Create(fixture).partitions_subset, json::Order::kSorted),
      R"({"__class__": "TimeWindowPartitionsSubset", "included_time_windows": [{"__class__": "TimeWindow", )"
      R"("end": {"__class__": "TimestampWithTimezone", "timestamp": 1704668400.0, "timezone": "Europe/Berlin"}, )"
      R"("start": {"__class__": "TimestampWithTimezone", "timestamp": 1704409200.0, "timezone": "Europe/Berlin"}}], )"
      R"("num_partitions": 3, "partitions_def": {"__class__": "TimeWindowPartitionsDefinition", )"
      R"("cron_schedule": "0 0 * * *", "end": null, "end_offset": 1, "exclusions": null, "fmt": "%Y-%m-%d", )"
      R"("start": {"__class__": "TimestampWithTimezone", "timestamp": 1704063600.0, "timezone": "Europe/Berlin"}, )"
      R"("timezone": "Europe/Berlin"}})");

  Launch fixed;
  fixed.Asset("s", model::StaticPartitionsSnap{{"a", "b"}});
  fixed.run.tags = {{"dagster/partition", "a"}};
  EXPECT_TRUE(fixed.Create(fixture).partitions_subset.is_null());
}

TEST(RunCreationTest, ARunIsStoredWithItsSnapshotsAndWhatItWillMake) {
  RunFixture fixture;
  Launch launch;
  launch.Asset("b");
  launch.Asset("a");
  launch.plan.steps[0].pool = "gpu";

  const model::Run run = launch.Create(fixture);

  EXPECT_THAT(fixture.Story(run.run_id),
              ElementsAre("ASSET_MATERIALIZATION_PLANNED a", "ASSET_MATERIALIZATION_PLANNED b",
                          "ASSET_CHECK_EVALUATION_PLANNED a", "ASSET_CHECK_EVALUATION_PLANNED b"));
  const model::Run stored = fixture.Run(run.run_id);
  EXPECT_EQ(stored.status, model::RunStatus::kNotStarted);
  EXPECT_TRUE(fixture.storage().runs().HasSnapshot(*stored.job_snapshot_id));
  EXPECT_TRUE(fixture.storage().runs().HasSnapshot(*stored.execution_plan_snapshot_id));
  EXPECT_THAT(stored.run_op_concurrency->all_pools, ElementsAre("gpu"));
  EXPECT_TRUE(stored.run_op_concurrency->has_unconstrained_root_nodes);
}

TEST(RunCreationTest, EachPartitionIsPlanned) {
  RunFixture fixture;
  Launch launch;
  launch.Asset("a", model::StaticPartitionsSnap{{"eu", "us", "apac"}});
  launch.run.tags = {{std::string(model::tag::kPartitionRangeStart), "eu"},
                     {std::string(model::tag::kPartitionRangeEnd), "us"}};

  const model::Run run = launch.Create(fixture);

  std::vector<std::string> partitions;
  for (const model::EventLogEntry& entry : fixture.Events(run.run_id)) {
    if (const auto* planned = std::get_if<model::event::MaterializationPlanned>(&entry.dagster_event->data)) {
      partitions.push_back(planned->partition.value());
    }
  }
  EXPECT_THAT(partitions, ElementsAre("eu", "us"));
  const auto check = fixture.storage().events().CheckExecutions({model::AssetKey("a"), "is_sane"}, 10, {});
  EXPECT_EQ(check.size(), 2u);
}

TEST(RunCreationTest, APartitionThatDoesNotExistIsRefusedBeforeAnythingIsStored) {
  RunFixture fixture;
  Launch launch;
  launch.Asset("a", model::StaticPartitionsSnap{{"eu"}});
  launch.run.tags = {{std::string(model::tag::kPartition), "mars"}};

  try {
    launch.Create(fixture);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidArgument);
    EXPECT_THAT(error.what(), HasSubstr("mars"));
  }
  EXPECT_EQ(fixture.storage().runs().CountRuns({}), 0);
}

/// Stores a run of a test job as a launcher does, with its plan.
model::Run Launched(RunFixture& fixture, const std::string& job_name) {
  const JobDefinition job = fixture.location().Job({job_name, {}, {}, {}});
  const RunConfig config = ProcessRunConfig(job, json::Object{}, nullptr);
  model::Run run;
  run.job_name = job_name;
  return CreateRun(fixture.storage(), {run, job.structure, nullptr, PlanJob(job, config).Snap("job"), {}}, kContext,
                   SystemClock());
}

TEST(ReexecutionTest, FromFailureRunsWhatFailedAndWhatIsBehind) {
  RunFixture fixture;
  const model::Run run = Launched(fixture, "failing");
  EXPECT_EQ(fixture.Execute(run.run_id), RunEnd::kFailed);

  const Reexecution again =
      PlanReexecution(fixture.storage(), fixture.Run(run.run_id), ReexecutionStrategy::kFromFailure);

  EXPECT_EQ(again.parent_run_id, run.run_id);
  EXPECT_EQ(again.root_run_id, run.run_id);
  EXPECT_EQ(*model::FindTag(again.tags, model::tag::kResumeRetry), "true");
  EXPECT_EQ(model::FindTag(again.tags, model::tag::kFailureReason), nullptr);
  for (const storage::StoredEvent& event : fixture.storage().events().RunEvents(run.run_id, {})) {
    if (!event.entry.dagster_event || event.entry.dagster_event->type != model::EventType::kStepSuccess) continue;
    EXPECT_THAT(*again.step_keys_to_execute, ::testing::Not(::testing::Contains(*event.entry.step_key)));
  }
}

TEST(ReexecutionTest, ARunThatGoesOnOrSucceededIsRefused) {
  RunFixture fixture;
  const model::Run run = Launched(fixture, "sum");
  EXPECT_THROW(PlanReexecution(fixture.storage(), fixture.Run(run.run_id), ReexecutionStrategy::kAllSteps), Error);
  fixture.Execute(run.run_id);
  EXPECT_THROW(PlanReexecution(fixture.storage(), fixture.Run(run.run_id), ReexecutionStrategy::kFromFailure), Error);
  const Reexecution all = PlanReexecution(fixture.storage(), fixture.Run(run.run_id), ReexecutionStrategy::kAllSteps);
  EXPECT_FALSE(all.step_keys_to_execute.has_value());
  EXPECT_FALSE(all.known_state.has_value());
}

TEST(AbandonedRunTest, IsRecordedAsFailedOnce) {
  RunFixture fixture;
  const model::Run run = Launched(fixture, "sum");

  const auto end = [&] { return EndAbandonedRun(fixture.storage(), run.run_id, "killed by signal 9", SystemClock()); };
  EXPECT_EQ(end(), model::RunStatus::kFailure);
  EXPECT_EQ(end(), model::RunStatus::kFailure);

  EXPECT_THAT(fixture.Story(run.run_id), ElementsAre("ENGINE_EVENT", "PIPELINE_FAILURE"));
  EXPECT_EQ(*model::FindTag(fixture.Run(run.run_id).tags, model::tag::kFailureReason), "UNEXPECTED_TERMINATION");
}

}  // namespace
}  // namespace tidemill::engine
