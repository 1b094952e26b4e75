#include <condition_variable>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <tidemill/base/uuid.h>
#include <tidemill/daemon/worker_launcher.h>

#include "launch_fixture.h"

namespace tidemill::daemon {
namespace {

using launch::WorkerState;
using ::testing::HasSubstr;

/// Workers are shell scripts that wait, or do what they are told.
class WorkerLauncherTest : public ::testing::Test {
 protected:
  model::Run RunOf(const std::string& script) {
    const std::filesystem::path path = fixture_.home.path() / ("worker-" + NewUuid());
    WriteFileAtomic(path, "#!/bin/sh\n" + script + "\n");
    ::chmod(path.c_str(), 0755);
    model::Run run;
    run.run_id = NewUuid();
    run.job_name = "daily";
    run.job_code_origin =
        json::Object{{"repository_origin", json::Object{{"entry_point", json::Array{path.string()}}}}};
    run.remote_job_origin = json::Object{
        {"external_repository_origin",
         json::Object{{"repository_name", "r"}, {"repository_location_origin", json::Object{{"location_name", "l"}}}}}};
    return run;
  }
  void Listen(WorkerLauncher& launcher) {
    launcher.Watch([this](const std::string& run_id, const std::string& how) {
      const std::lock_guard lock(mutex_);
      ended_[run_id] = how;
      changed_.notify_all();
    });
  }
  std::string EndOf(const std::string& run_id) {
    std::unique_lock lock(mutex_);
    const bool ended = changed_.wait_for(lock, std::chrono::seconds(20), [&] { return ended_.contains(run_id); });
    return ended ? ended_[run_id] : "it goes on";
  }

  launch::testing::LaunchFixture fixture_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::string> ended_;
};

TEST_F(WorkerLauncherTest, TheEndOfAWorkerIsReportedWithItsLastWords) {
  WorkerLauncher launcher(*fixture_.instance);
  Listen(launcher);
  const model::Run run = RunOf("echo \"$1 $2\" >&2; echo oh no >&2; exit 3");
  launcher.Launch(run);
  EXPECT_EQ(EndOf(run.run_id), "it exited with code 3; it wrote: api execute_run\noh no");
  EXPECT_EQ(launcher.FindWorker(run), WorkerState::kGone);
}

TEST_F(WorkerLauncherTest, AWorkerIsTerminated) {
  WorkerLauncher launcher(*fixture_.instance);
  Listen(launcher);
  const model::Run run = RunOf("exec sleep 60");
  EXPECT_FALSE(launcher.Terminate(run));
  launcher.Launch(run);
  EXPECT_EQ(launcher.FindWorker(run), WorkerState::kAlive);
  EXPECT_THROW(launcher.Launch(run), Error) << "it has a worker";
  EXPECT_TRUE(launcher.Terminate(run));
  EXPECT_EQ(EndOf(run.run_id), "it was killed by signal 15 (SIGTERM)");
}

TEST_F(WorkerLauncherTest, AWorkerOutlivesItsLauncherAndIsFoundByTheNext) {
  const model::Run run = RunOf("sleep 60 & wait");
  {
    WorkerLauncher first(*fixture_.instance);
    first.Launch(run);
  }
  WorkerLauncher second(*fixture_.instance);
  EXPECT_EQ(second.FindWorker(run), WorkerState::kAlive);
  EXPECT_THROW(second.Launch(run), Error);
  EXPECT_TRUE(second.Terminate(run));
}

TEST_F(WorkerLauncherTest, AProgramThatIsNotThereIsAnErrorOfTheLaunch) {
  WorkerLauncher launcher(*fixture_.instance);
  model::Run run = RunOf("");
  run.job_code_origin =
      json::Object{{"repository_origin", json::Object{{"entry_point", json::Array{"/no/such/program"}}}}};
  try {
    launcher.Launch(run);
    FAIL() << "launched";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/no/such/program"));
  }
  EXPECT_EQ(launcher.FindWorker(run), WorkerState::kGone);
  run.job_code_origin = nullptr;
  EXPECT_THROW(launcher.Launch(run), Error);
}

}  // namespace
}  // namespace tidemill::daemon
