#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>

#include <tidemill/daemon/run_queue.h>
#include <tidemill/engine/event_builder.h>

#include "launch_fixture.h"

namespace tidemill::daemon {
namespace {

using launch::WorkerState;
using launch::testing::LaunchFixture;
using model::EventType;
using model::RunStatus;
using std::chrono_literals::operator""ms;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A launcher whose workers are only names.
class Workers final : public launch::RunLauncher {
 public:
  void Launch(const model::Run& run) override {
    const std::lock_guard lock(mutex_);
    launched_.push_back(run.run_id);
    if (failures_ > 0) {
      --failures_;
      throw Error(Code::kUnavailable, "nobody answers");
    }
    states_[run.run_id] = WorkerState::kAlive;
  }
  bool Terminate(const model::Run&) override { return false; }
  WorkerState FindWorker(const model::Run& run) override {
    const std::lock_guard lock(mutex_);
    const auto found = states_.find(run.run_id);
    return found == states_.end() ? WorkerState::kGone : found->second;
  }
  void Watch(EndListener listener) override {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
  }

  void Fail(int times) {
    const std::lock_guard lock(mutex_);
    failures_ = times;
  }
  void Set(const std::string& run_id, WorkerState state) {
    const std::lock_guard lock(mutex_);
    states_[run_id] = state;
  }
  void Die(const std::string& run_id, const std::string& how) {
    Set(run_id, WorkerState::kGone);
    const std::lock_guard lock(mutex_);
    listener_(run_id, how);
  }
  std::vector<std::string> launched() const {
    const std::lock_guard lock(mutex_);
    return launched_;
  }

 private:
  mutable std::mutex mutex_;
  EndListener listener_;
  std::vector<std::string> launched_;
  std::map<std::string, WorkerState> states_;
  int failures_ = 0;
};

class RunQueueTest : public ::testing::Test {
 protected:
  void Open(const std::string& dagster_yaml = "") { fixture_ = std::make_unique<LaunchFixture>(dagster_yaml); }
  void Start() {
    queue_ = std::make_unique<RunQueue>(fixture_->context(), workers_, RunQueueOptions{.health_interval = 20ms});
    queue_->Start();
  }
  std::string Enqueue() {
    const model::Run run = fixture_->Create();
    launch::Enqueue(fixture_->context(), run);
    return run.run_id;
  }
  void Report(const std::string& run_id, EventType type) {
    fixture_->Append(engine::EventBuilder(run_id, "daily", fixture_->clock, 1).OfRun(type, ""));
  }
  RunStatus StatusOf(const std::string& run_id) { return fixture_->Get(run_id).status; }
  template <class Condition>
  static bool Eventually(const Condition& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(2ms);
    }
    return true;
  }
  bool Becomes(const std::string& run_id, RunStatus status) {
    return Eventually([&] { return StatusOf(run_id) == status; });
  }
  bool Launches(std::vector<std::string> run_ids) {
    return Eventually([&] { return workers_.launched() == run_ids; });
  }

  std::unique_ptr<LaunchFixture> fixture_;
  Workers workers_;
  std::unique_ptr<RunQueue> queue_;
};

TEST_F(RunQueueTest, AQueuedRunIsClaimedAndLaunched) {
  Open();
  Start();
  const std::string run_id = Enqueue();
  ASSERT_TRUE(Launches({run_id}));
  EXPECT_THAT(fixture_->Story(run_id), ElementsAre("PIPELINE_ENQUEUED", "PIPELINE_STARTING"));
}

TEST_F(RunQueueTest, TheNextRunStartsWhenOneHasEnded) {
  Open("run_queue:\n  max_concurrent_runs: 1\n");
  const std::string first = Enqueue();
  const std::string second = Enqueue();
  Start();
  ASSERT_TRUE(Launches({first}));
  Report(first, EventType::kRunSuccess);
  EXPECT_TRUE(Launches({first, second}));
}

TEST_F(RunQueueTest, ARunThatIsQueuedAfterANewerOneIsSeen) {
  Open("run_queue:\n  max_concurrent_runs: 1\n");
  const model::Run early = fixture_->Create();
  const std::string late = Enqueue();
  const std::string last = Enqueue();
  Start();
  ASSERT_TRUE(Launches({late}));
  launch::Enqueue(fixture_->context(), early);
  Report(late, EventType::kRunSuccess);
  EXPECT_TRUE(Launches({late, early.run_id}));
  Report(early.run_id, EventType::kRunSuccess);
  EXPECT_TRUE(Launches({late, early.run_id, last}));
}

TEST_F(RunQueueTest, ARunWhoseWorkerDiesHasFailedWithTheReason) {
  Open();
  Start();
  const std::string run_id = Enqueue();
  ASSERT_TRUE(Launches({run_id}));
  Report(run_id, EventType::kRunStart);
  workers_.Die(run_id, "it was killed by signal 9 (SIGKILL)");
  ASSERT_TRUE(Becomes(run_id, RunStatus::kFailure));
  EXPECT_THAT(fixture_->Story(run_id), Contains(HasSubstr("killed by signal 9 (SIGKILL)")));
}

TEST_F(RunQueueTest, AWorkerThatNobodyReportsIsMissedAllTheSame) {
  Open();
  Start();
  const std::string run_id = Enqueue();
  ASSERT_TRUE(Launches({run_id}));
  Report(run_id, EventType::kRunStart);
  Report(run_id, EventType::kRunCanceling);
  workers_.Set(run_id, WorkerState::kGone);
  EXPECT_TRUE(Becomes(run_id, RunStatus::kCanceled));
}

TEST_F(RunQueueTest, ALocationThatCannotBeReachedIsTriedAgainAfterAPause) {
  Open("run_queue:\n  max_user_code_failure_retries: 1\n  user_code_failure_retry_delay: 60\n");
  workers_.Fail(2);
  Start();
  const std::string run_id = Enqueue();
  ASSERT_TRUE(Launches({run_id}));
  ASSERT_TRUE(Becomes(run_id, RunStatus::kQueued));
  const std::string other = Enqueue();
  std::this_thread::sleep_for(100ms);
  EXPECT_THAT(workers_.launched(), ElementsAre(run_id)) << "its location is paused";
  queue_->Stop();
  fixture_->clock.Advance(std::chrono::seconds(61));
  Start();
  ASSERT_TRUE(Becomes(run_id, RunStatus::kFailure));
  EXPECT_THAT(fixture_->Story(run_id), Contains(HasSubstr("not by 1 retries")));
}

TEST_F(RunQueueTest, WithoutRetriesARunThatCannotBeLaunchedHasFailed) {
  Open();
  workers_.Fail(1);
  Start();
  const std::string run_id = Enqueue();
  EXPECT_TRUE(Becomes(run_id, RunStatus::kFailure));
}

TEST_F(RunQueueTest, WhatAKilledProcessLeftIsTakenOver) {
  Open();
  const auto leave = [&](std::vector<EventType> events) {
    const std::string run_id = Enqueue();
    for (const EventType type : events) Report(run_id, type);
    return run_id;
  };
  const std::string claimed = leave({EventType::kRunStarting});
  const std::string died_early = leave({EventType::kRunStarting, EventType::kEngineEvent});
  const std::string died_late = leave({EventType::kRunStarting, EventType::kRunStart});
  const std::string alive = leave({EventType::kRunStarting, EventType::kRunStart});
  workers_.Set(alive, WorkerState::kAlive);
  const std::string elsewhere = leave({EventType::kRunStarting, EventType::kRunStart});
  workers_.Set(elsewhere, WorkerState::kUnknown);

  Start();

  EXPECT_TRUE(Launches({claimed}));
  EXPECT_TRUE(Becomes(died_early, RunStatus::kFailure));
  EXPECT_TRUE(Becomes(died_late, RunStatus::kFailure));
  EXPECT_EQ(StatusOf(claimed), RunStatus::kStarting);
  EXPECT_EQ(StatusOf(alive), RunStatus::kStarted);
  EXPECT_EQ(StatusOf(elsewhere), RunStatus::kStarted);
  workers_.Set(alive, WorkerState::kGone);
  EXPECT_TRUE(Becomes(alive, RunStatus::kFailure));
}

TEST_F(RunQueueTest, TheSecondQueueOfAHomeWaitsForTheFirst) {
  Open();
  Start();
  const std::string first = Enqueue();
  ASSERT_TRUE(Launches({first}));
  Workers others;
  RunQueue second(fixture_->context(), others);
  second.Start();
  const std::string run_id = Enqueue();
  ASSERT_TRUE(Launches({first, run_id}));
  second.Stop();
  EXPECT_THAT(others.launched(), IsEmpty());
}

TEST_F(RunQueueTest, ItsHeartbeatIsTheOneOfDagstersDaemon) {
  Open();
  Start();
  ASSERT_TRUE(Eventually([&] { return !fixture_->instance->storage().runs().Heartbeats().empty(); }));
  EXPECT_EQ(fixture_->instance->storage().runs().Heartbeats()[0].daemon_type, "QUEUED_RUN_COORDINATOR");
}

}  // namespace
}  // namespace tidemill::daemon
