#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/engine/asset_versions.h>
#include <tidemill/engine/run_worker.h>

#include "testing/run_fixture.h"

namespace tidemill::engine {
namespace {

using model::EventType;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RunFixture;
using ::testing::StartsWith;

template <class Data>
const Data& DataOf(const model::EventLogEntry& entry) {
  return std::get<Data>(entry.dagster_event->data);
}

TEST(RunWorkerTest, AJobOfOpsTellsTheStoryThatDagsterTells) {
  RunFixture fixture;
  const std::string run = fixture.CreateRun("sum");

  EXPECT_EQ(fixture.Execute(run), RunEnd::kSucceeded);

  EXPECT_THAT(fixture.Story(run, true),
              ElementsAre("PIPELINE_START", "ENGINE_EVENT", "RESOURCE_INIT_STARTED", "RESOURCE_INIT_SUCCESS",
                          "LOGS_CAPTURED", "STEP_START one", "STEP_OUTPUT one", "LOG one", "HANDLED_OUTPUT one",
                          "STEP_SUCCESS one", "STEP_START two", "STEP_OUTPUT two", "LOG two", "HANDLED_OUTPUT two",
                          "STEP_SUCCESS two", "STEP_START add", "LOG add", "LOADED_INPUT add", "LOG add",
                          "LOADED_INPUT add", "STEP_INPUT add", "STEP_INPUT add", "STEP_OUTPUT add", "LOG add",
                          "HANDLED_OUTPUT add", "STEP_SUCCESS add", "ENGINE_EVENT", "PIPELINE_SUCCESS"));
  EXPECT_EQ(fixture.Run(run).status, model::RunStatus::kSuccess);
  EXPECT_EQ(ReadFile(fixture.home() / "storage" / run / "add" / "result"), "2");

  EXPECT_EQ(fixture.Find(run, EventType::kStepInput, "add").user_message,
            "Got input \"a\" of type \"Int\". (Type check passed).");
  const auto loaded = fixture.Find(run, EventType::kLoadedInput, "add");
  EXPECT_EQ(loaded.user_message,
            "Loaded input \"a\" using input manager \"io_manager\", from output \"result\" of step "
            "\"one\"");
  const auto captured = fixture.Find(run, EventType::kLogsCaptured);
  EXPECT_THAT(DataOf<model::event::LogsCaptured>(captured).step_keys, ElementsAre("one", "two", "add"));
  EXPECT_TRUE(std::filesystem::exists(fixture.home() / "storage" / run / "compute_logs" /
                                      (DataOf<model::event::LogsCaptured>(captured).log_key + ".complete")));
}

TEST(RunWorkerTest, AFailureKeepsTheUsersExceptionAndAbandonsWhatIsBehind) {
  RunFixture fixture;
  const std::string run = fixture.CreateRun("failing");

  EXPECT_EQ(fixture.Execute(run), RunEnd::kFailed);

  const auto failed = fixture.Find(run, EventType::kStepFailure, "boom");
  EXPECT_EQ(failed.level, model::level::kError);
  const auto& data = DataOf<model::event::StepFailure>(failed);
  EXPECT_EQ(data.error_source, model::ErrorSource::kUserCodeError);
  EXPECT_EQ(data.error->message,
            "dagster._core.errors.DagsterExecutionStepExecutionError: Error occurred while executing op "
            "\"boom\":\n");
  ASSERT_NE(data.error->cause, nullptr);
  EXPECT_EQ(data.error->cause->message, "std::runtime_error: boom\n");
  EXPECT_THAT(data.error->cause->stack, Not(IsEmpty()));
  ASSERT_NE(data.error->cause->cause, nullptr);
  EXPECT_EQ(data.error->cause->cause->message, "std::out_of_range: no such row\n");

  const auto story = fixture.Story(run);
  EXPECT_THAT(story, Contains("STEP_SUCCESS one")) << "what does not need the failed step runs";
  EXPECT_THAT(story, Not(Contains(StartsWith("STEP_START after"))));
  std::vector<std::string> errors;
  for (const auto& entry : fixture.Events(run)) {
    if (!entry.dagster_event && entry.level == model::level::kError) errors.push_back(entry.user_message);
  }
  EXPECT_THAT(errors, ElementsAre("Dependencies for step after failed: ['boom']. Not executing.",
                                  "Dependencies for step last were not executed: ['after']. Not executing."));
  const auto end = fixture.Find(run, EventType::kRunFailure);
  EXPECT_EQ(end.user_message, "Execution of run for \"failing\" failed. Steps failed: ['boom'].");
  EXPECT_EQ(DataOf<model::event::RunFailure>(end).failure_reason, "STEP_FAILURE");
  EXPECT_EQ(DataOf<model::event::RunFailure>(end).first_step_failure_event->step_key, "boom");
  EXPECT_EQ(fixture.Run(run).status, model::RunStatus::kFailure);
}

TEST(RunWorkerTest, ASkippedBranchLeavesTheFanInWithTheOther) {
  RunFixture fixture;
  const std::string run = fixture.CreateRun("branches");

  EXPECT_EQ(fixture.Execute(run), RunEnd::kSucceeded);

  EXPECT_THAT(fixture.Story(run), Contains("STEP_SKIPPED right"));
  std::vector<std::string> notes;
  for (const auto& entry : fixture.Events(run)) {
    if (!entry.dagster_event && entry.level == model::level::kInfo) notes.push_back(entry.user_message);
  }
  EXPECT_THAT(notes, ElementsAre("Skipping step right due to skipped dependencies: ['choose.right']."));
  EXPECT_EQ(ReadFile(fixture.home() / "storage" / run / "collect" / "result"), "1");
}

TEST(RunWorkerTest, ARetryRestartsTheStepWithoutANewStart) {
  RunFixture fixture;
  const std::string run = fixture.CreateRun("flaky");

  EXPECT_EQ(fixture.Execute(run), RunEnd::kSucceeded);

  std::vector<std::string> story;
  for (const std::string& line : fixture.Story(run)) {
    if (line.ends_with(" flaky")) story.push_back(line);
  }
  EXPECT_THAT(story, ElementsAre("STEP_START flaky", "STEP_UP_FOR_RETRY flaky", "STEP_RESTARTED flaky",
                                 "STEP_UP_FOR_RETRY flaky", "STEP_RESTARTED flaky", "STEP_OUTPUT flaky",
                                 "HANDLED_OUTPUT flaky", "STEP_SUCCESS flaky"));
  const auto retry = fixture.Find(run, EventType::kStepUpForRetry);
  EXPECT_EQ(retry.user_message, "Execution of step \"flaky\" failed and has requested a retry.");
  EXPECT_EQ(DataOf<model::event::StepRetry>(retry).error->cause->message, "std::runtime_error: not yet\n");
}

TEST(RunWorkerTest, TooManyRetriesFail) {
  RunFixture fixture;
  const std::string run = fixture.CreateRun("flaky-once");

  EXPECT_EQ(fixture.Execute(run), RunEnd::kFailed);

  const auto failed = fixture.Find(run, EventType::kStepFailure);
  EXPECT_EQ(DataOf<model::event::StepFailure>(failed).error->message, "Exceeded max_retries of 1\n");
}

TEST(RunWorkerTest, AssetsCarryVersionsAndPointers) {
  RunFixture fixture;
  const std::string run = fixture.CreateRun("assets");

  EXPECT_EQ(fixture.Execute(run), RunEnd::kSucceeded);

  const auto raw = fixture.Find(run, EventType::kAssetMaterialization, "raw_data");
  const auto processed = fixture.Find(run, EventType::kAssetMaterialization, "processed_data");
  const auto& raw_event = DataOf<model::event::StepMaterialization>(raw).materialization;
  const auto& event = DataOf<model::event::StepMaterialization>(processed).materialization;
  EXPECT_EQ(raw.user_message, "Materialized value raw_data.");
  EXPECT_EQ(raw_event.metadata.at(0).first, "rows");
  EXPECT_EQ(raw_event.metadata.at(1).first, "path");
  const std::string raw_version = LogicalDataVersion(run, {});
  EXPECT_EQ(*model::FindTag(raw_event.tags, "dagster/code_version"), run);
  EXPECT_EQ(*model::FindTag(raw_event.tags, "dagster/data_version"), raw_version);
  EXPECT_EQ(*model::FindTag(event.tags, "dagster/input_data_version/raw_data"), raw_version);
  EXPECT_EQ(*model::FindTag(event.tags, "dagster/data_version"), LogicalDataVersion(run, {{"raw_data", raw_version}}));
  const auto record = fixture.storage().events().AssetRecords(std::vector<model::AssetKey>{"raw_data"}).at(0);
  EXPECT_EQ(*model::FindTag(event.tags, "dagster/input_event_pointer/raw_data"),
            std::to_string(record.last_materialization->storage_id));
  EXPECT_THAT(fixture.Story(run), Not(Contains("HANDLED_OUTPUT report"))) << "a MaterializeResult stores no value";
  EXPECT_THAT(fixture.Story(run), Contains("ASSET_MATERIALIZATION report"));
}

TEST(RunWorkerTest, WhatStepsPrintIsInTheComputeLogs) {
  RunFixture fixture;
  const std::string run = fixture.CreateRun("assets");
  fixture.Execute(run);
  const auto captured = fixture.Find(run, EventType::kLogsCaptured);
  const std::string& key = DataOf<model::event::LogsCaptured>(captured).log_key;
  EXPECT_EQ(key.size(), 8u);
  EXPECT_EQ(ReadFile(fixture.home() / "storage" / run / "compute_logs" / (key + ".out")), "printed by raw_data\n");
}

TEST(RunWorkerTest, ACheckNamesTheMaterializationItLookedAt) {
  RunFixture fixture;
  const std::string run = fixture.CreateRun("checked");

  EXPECT_EQ(fixture.Execute(run), RunEnd::kSucceeded);

  const auto evaluated = fixture.Find(run, EventType::kAssetCheckEvaluation, "has_rows");
  const auto& data = DataOf<model::event::CheckEvaluation>(evaluated);
  EXPECT_TRUE(data.passed);
  EXPECT_EQ(evaluated.user_message, "Asset check 'has_rows' on 'source' passed. Description: 'rows counted'");
  const auto record = fixture.storage().events().AssetRecords(std::vector<model::AssetKey>{"source"}).at(0);
  EXPECT_EQ(data.target_materialization->storage_id, record.last_materialization->storage_id);
  EXPECT_EQ(data.target_materialization->run_id, run);
  EXPECT_THAT(fixture.Story(run), Contains("STEP_SUCCESS target"));
}

TEST(RunWorkerTest, AFailedBlockingCheckHoldsBackWhatIsBehind) {
  RunFixture fixture;
  const std::string run = fixture.CreateRun("unchecked");

  EXPECT_EQ(fixture.Execute(run), RunEnd::kFailed);

  const auto failed = fixture.Find(run, EventType::kStepFailure, "has_rows");
  EXPECT_EQ(DataOf<model::event::StepFailure>(failed).error->message,
            "dagster._core.errors.DagsterAssetCheckFailedError: 1 blocking asset check failed with ERROR "
            "severity:\nsource: has_rows\n");
  EXPECT_THAT(fixture.Story(run), Not(Contains("STEP_START target")));
}

TEST(RunWorkerTest, AnUnknownRunIsAnErrorAndAFinishedOneIsLeftAlone) {
  RunFixture fixture;
  EXPECT_THROW(fixture.Execute("no-such-run"), Error);
  const std::string run = fixture.CreateRun("sum");
  fixture.Execute(run);
  const std::size_t before = fixture.Events(run).size();

  EXPECT_EQ(fixture.Execute(run), RunEnd::kNotStarted);

  const auto events = fixture.Events(run);
  ASSERT_EQ(events.size(), before + 1);
  EXPECT_EQ(events.back().dagster_event->message,
            "This worker executes nothing: the run had already ended, with SUCCESS.");
}

TEST(RunWorkerTest, AnUnknownJobFailsTheRun) {
  RunFixture fixture;
  const std::string run = fixture.CreateRun("gone");
  EXPECT_EQ(fixture.Execute(run), RunEnd::kFailed);
  EXPECT_EQ(fixture.Run(run).status, model::RunStatus::kFailure);
  const auto why = fixture.Find(run, EventType::kEngineEvent);
  EXPECT_THAT(DataOf<model::event::Engine>(why).error->message, EndsWith("there is no job gone\n"));
}

TEST(RunWorkerTest, OnlyTheChosenStepsRun) {
  RunFixture fixture;
  model::Run chosen;
  chosen.step_keys_to_execute = {"two"};
  const std::string run = fixture.CreateRun("sum", chosen);
  EXPECT_EQ(fixture.Execute(run), RunEnd::kSucceeded);
  EXPECT_THAT(fixture.Story(run), Contains("STEP_SUCCESS two"));
  EXPECT_THAT(fixture.Story(run), Not(Contains("STEP_START one")));
}

}  // namespace
}  // namespace tidemill::engine
