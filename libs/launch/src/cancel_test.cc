#include <gmock/gmock.h>

#include <tidemill/engine/event_builder.h>
#include <tidemill/launch/cancel.h>

#include "launch_fixture.h"

namespace tidemill::launch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LaunchFixture;

class CancelTest : public ::testing::Test {
 protected:
  /// A run that these events have happened to.
  std::string RunWith(std::vector<model::EventType> events) {
    const model::Run run = fixture_.Create();
    const engine::EventBuilder builder(run.run_id, run.job_name, fixture_.clock, 1);
    for (const model::EventType type : events) fixture_.Append(builder.OfRun(type, "happened"));
    return run.run_id;
  }
  std::optional<std::string> Cancel(const std::string& run_id, CancelPolicy policy = CancelPolicy::kAskWorker) {
    return RequestCancel(fixture_.context(), run_id, policy, fixture_.launcher);
  }
  /// What was written after the events above.
  std::vector<std::string> After(const std::string& run_id, std::size_t before) {
    std::vector<std::string> story = fixture_.Story(run_id);
    story.erase(story.begin(), story.begin() + static_cast<std::ptrdiff_t>(before));
    return story;
  }

  LaunchFixture fixture_;
};

constexpr char kMarked[] =
    "PIPELINE_CANCELED: This run has been marked as canceled from outside the execution context.";

TEST_F(CancelTest, AQueuedRunIsCanceledAtOnce) {
  for (const CancelPolicy policy : {CancelPolicy::kAskWorker, CancelPolicy::kMarkAsCanceled}) {
    const std::string run_id = RunWith({model::EventType::kRunEnqueued});
    EXPECT_EQ(Cancel(run_id, policy), std::nullopt);
    EXPECT_EQ(fixture_.Get(run_id).status, model::RunStatus::kCanceled);
    EXPECT_THAT(After(run_id, 1), ElementsAre("PIPELINE_CANCELING: Canceling run from the queue.", kMarked));
  }
  EXPECT_THAT(fixture_.launcher.terminated, IsEmpty());
}

TEST_F(CancelTest, TheWorkerOfARunningRunIsAsked) {
  const std::string run_id = RunWith({model::EventType::kRunStart});
  EXPECT_EQ(Cancel(run_id), std::nullopt);
  EXPECT_EQ(fixture_.Get(run_id).status, model::RunStatus::kCanceling);
  EXPECT_THAT(After(run_id, 1), ElementsAre("PIPELINE_CANCELING: Sending run termination request."));
  EXPECT_THAT(fixture_.launcher.terminated, ElementsAre(run_id));
}

TEST_F(CancelTest, AWorkerThatCannotBeAskedIsSaid) {
  fixture_.launcher.reaches_workers = false;
  const std::string run_id = RunWith({model::EventType::kRunStart});
  EXPECT_EQ(Cancel(run_id), "Unable to terminate run " + run_id);
  EXPECT_THAT(After(run_id, 1), ElementsAre(HasSubstr("PIPELINE_CANCELING"), HasSubstr("cannot be reached")));
}

TEST_F(CancelTest, ARunMarkedAsCanceledIsSoWhateverItsWorkerDoes) {
  for (const bool fails : {false, true}) {
    if (fails) fixture_.launcher.failure.emplace(Code::kUnavailable, "gone");
    const std::string run_id = RunWith({model::EventType::kRunStart});
    EXPECT_EQ(Cancel(run_id, CancelPolicy::kMarkAsCanceled), std::nullopt);
    EXPECT_EQ(fixture_.Get(run_id).status, model::RunStatus::kCanceled);
    EXPECT_THAT(fixture_.Story(run_id).back(), HasSubstr("forcibly marked as canceled"));
  }
}

TEST_F(CancelTest, OnlyQueuedAndStartedRunsCanBeAskedToEnd) {
  const std::string starting = RunWith({model::EventType::kRunStarting});
  EXPECT_EQ(Cancel(starting), "Run " + starting + " could not be terminated due to having status STARTING.");
  EXPECT_EQ(Cancel(starting, CancelPolicy::kMarkAsCanceled), std::nullopt);
  EXPECT_EQ(fixture_.Get(starting).status, model::RunStatus::kCanceled);

  const std::string done = RunWith({model::EventType::kRunSuccess});
  EXPECT_THAT(Cancel(done, CancelPolicy::kMarkAsCanceled).value_or(""), HasSubstr("having status SUCCESS"));
  EXPECT_EQ(fixture_.Events(done).size(), 1u);
  EXPECT_THROW(Cancel("nobody"), Error);
}

}  // namespace
}  // namespace tidemill::launch
