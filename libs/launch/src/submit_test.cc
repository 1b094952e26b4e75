#include <gmock/gmock.h>

#include <tidemill/launch/submit.h>

#include "launch_fixture.h"

namespace tidemill::launch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::LaunchFixture;

constexpr char kNoQueue[] =
    "run_coordinator:\n  module: dagster.core.run_coordinator\n  class: DefaultRunCoordinator\n";

TEST(SubmitTest, ARunGoesIntoTheQueueAsDagsterPutsItThere) {
  LaunchFixture fixture;
  Request request;
  request.tags = {{"dagster/partition", "2026-01-03"}};
  const model::Run run = fixture.Create(request);

  Submit(fixture.context(), run, fixture.launcher);

  EXPECT_EQ(fixture.Get(run.run_id).status, model::RunStatus::kQueued);
  const std::vector<model::EventLogEntry> events = fixture.Events(run.run_id);
  ASSERT_EQ(events.size(), 1u);
  // As 1.13.27's webserver wrote it for the same run.
  EXPECT_EQ(events[0].level, model::level::kInfo);
  EXPECT_EQ(events[0].user_message, "");
  const model::DagsterEvent& event = *events[0].dagster_event;
  EXPECT_EQ(event.type, model::EventType::kRunEnqueued);
  EXPECT_EQ(event.message, std::nullopt);
  EXPECT_EQ(event.pid, std::nullopt);
  const auto& data = std::get<model::event::RunEnqueued>(event.data);
  EXPECT_EQ(data.code_location_name, "warehouse");
  EXPECT_EQ(data.repository_name, "__repository__");
  EXPECT_EQ(data.partition_key, "2026-01-03");
  EXPECT_THAT(fixture.launcher.launched, IsEmpty());
}

TEST(SubmitTest, WithoutAQueueTheRunIsLaunchedAtOnce) {
  LaunchFixture fixture(kNoQueue);
  const model::Run run = fixture.Create();

  Submit(fixture.context(), run, fixture.launcher);

  EXPECT_THAT(fixture.Story(run.run_id), ElementsAre("PIPELINE_STARTING"));
  EXPECT_THAT(fixture.launcher.launched, ElementsAre(run.run_id));
}

TEST(SubmitTest, ARunThatCannotBeLaunchedHasFailedWithTheReason) {
  LaunchFixture fixture(kNoQueue);
  const model::Run run = fixture.Create();
  fixture.launcher.failure.emplace(Code::kInternal, "no such executable");

  EXPECT_THROW(Submit(fixture.context(), run, fixture.launcher), Error);

  EXPECT_EQ(fixture.Get(run.run_id).status, model::RunStatus::kFailure);
  EXPECT_THAT(fixture.Story(run.run_id),
              ElementsAre("PIPELINE_STARTING", "ENGINE_EVENT: no such executable",
                          "PIPELINE_FAILURE: This run has been marked as failed from outside the execution context."));
}

TEST(SubmitTest, ARunIsSubmittedOnce) {
  LaunchFixture fixture;
  const model::Run run = fixture.Create();
  Submit(fixture.context(), run, fixture.launcher);
  Submit(fixture.context(), fixture.Get(run.run_id), fixture.launcher);
  EXPECT_EQ(fixture.Events(run.run_id).size(), 1u);
}

}  // namespace
}  // namespace tidemill::launch
