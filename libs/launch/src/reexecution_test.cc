#include <gmock/gmock.h>

#include <tidemill/engine/event_builder.h>
#include <tidemill/launch/reexecution.h>

#include "launch_fixture.h"

namespace tidemill::launch {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::LaunchFixture;
using ::testing::Not;
using ::testing::Pair;

class ReexecutionTest : public ::testing::Test {
 protected:
  /// A run whose step `extract` has succeeded and whose `load` has failed.
  model::Run FailedRun(model::Tags tags = {}) {
    Request request;
    request.tags = std::move(tags);
    const model::Run run = fixture_.Create(request);
    const engine::EventBuilder events(run.run_id, run.job_name, fixture_.clock, 1);
    const auto step = [&](const std::string& key) {
      model::StepSnap snap;
      snap.key = key;
      snap.node_handle.path = {key};
      return engine::StepIdentity(run.run_id, run.job_name, snap);
    };
    fixture_.Append(events.OfRun(model::EventType::kRunStart, ""));
    model::event::StepOutput output;
    output.step_output_handle = {"extract", "result", {}};
    fixture_.Append(events.OfStep(step("extract"), model::EventType::kStepStart, ""));
    fixture_.Append(events.OfStep(step("extract"), model::EventType::kStepOutput, "", output));
    fixture_.Append(events.OfStep(step("extract"), model::EventType::kStepSuccess, "", model::event::StepSuccess{}));
    fixture_.Append(events.OfStep(step("load"), model::EventType::kStepStart, ""));
    fixture_.Append(events.OfStep(step("load"), model::EventType::kStepFailure, "", model::event::StepFailure{}));
    model::event::RunFailure failure;
    failure.failure_reason = "STEP_FAILURE";
    fixture_.Append(events.OfRun(model::EventType::kRunFailure, "", failure));
    return fixture_.Get(run.run_id);
  }
  model::Run Again(const model::Run& parent, const ReexecutionOptions& options) {
    return CreateRun(fixture_.context(), fixture_.location, Reexecute(fixture_.context(), parent, options));
  }

  LaunchFixture fixture_;
};

// The rows are those of 1.13.27's launchRunReexecution for the same parent.
TEST_F(ReexecutionTest, AllStepsAreNotListed) {
  const model::Run parent = FailedRun({{"x", "y"}});
  ReexecutionOptions options;
  options.extra_tags = {{"e", "f"}};

  const model::Run run = Again(parent, options);

  EXPECT_EQ(run.step_keys_to_execute, std::nullopt);
  EXPECT_EQ(run.parent_run_id, parent.run_id);
  EXPECT_EQ(run.root_run_id, parent.run_id);
  EXPECT_THAT(run.tags, ::testing::UnorderedElementsAre(Pair("team", "data"), Pair("x", "y"), Pair("e", "f"),
                                                        Pair("dagster/code_location", "warehouse"),
                                                        Pair("dagster/parent_run_id", parent.run_id),
                                                        Pair("dagster/root_run_id", parent.run_id)));
}

TEST_F(ReexecutionTest, FromFailureTheFailedStepsAreExecuted) {
  const model::Run parent = FailedRun();
  ReexecutionOptions options;
  options.strategy = engine::ReexecutionStrategy::kFromFailure;
  options.with_parent_tags = false;

  const model::Run run = Again(parent, options);

  EXPECT_THAT(run.step_keys_to_execute.value(), ElementsAre("load"));
  EXPECT_THAT(run.tags, Contains(Pair("dagster/is_resume_retry", "true")));
  EXPECT_FALSE(fixture_.jobs->last_plan.known_state.is_null());
  EXPECT_THAT(fixture_.jobs->last_plan.step_keys_to_execute.value(), ElementsAre("load"));
}

TEST_F(ReexecutionTest, ChosenStepsAreExecuted) {
  ReexecutionOptions options;
  options.strategy = engine::ReexecutionStrategy::kChosenSteps;
  options.chosen_steps = {"load"};
  EXPECT_THAT(Again(FailedRun(), options).step_keys_to_execute.value(), ElementsAre("load"));
}

TEST_F(ReexecutionTest, OnlyABackfillThatGoesOnCountsTheNewRun) {
  model::BackfillRecord backfill;
  backfill.backfill_id = "abcdefgh";
  backfill.status = "REQUESTED";
  backfill.action_type = "PARTITION_BACKFILL";
  backfill.body = json::Object{};
  fixture_.instance->storage().runs().AddBackfill(backfill);
  const model::Run parent = FailedRun({{"dagster/backfill", "abcdefgh"}});

  EXPECT_THAT(Again(parent, {}).tags, Contains(Pair("dagster/backfill", "abcdefgh")));

  backfill.status = "COMPLETED_FAILED";
  fixture_.instance->storage().runs().UpdateBackfill(backfill);
  EXPECT_THAT(Again(parent, {}).tags, Not(Contains(Pair("dagster/backfill", "abcdefgh"))));
}

TEST_F(ReexecutionTest, ARunThatHasNotEndedOrHasNoOriginIsRefused) {
  EXPECT_THROW(Reexecute(fixture_.context(), fixture_.Create(), {}), Error);
  Request request;
  request.launcher = Launcher::kCommandLine;
  EXPECT_THROW(Reexecute(fixture_.context(), fixture_.Create(request), {}), Error);
}

}  // namespace
}  // namespace tidemill::launch
