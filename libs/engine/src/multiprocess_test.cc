// Runs whose steps are processes of their own: the worker executable beside this test.
#include <csignal>
#include <map>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/engine/event_builder.h>
#include <tidemill/engine/run_worker.h>
#include <tidemill/engine/step_host.h>

#include "testing/run_fixture.h"

namespace tidemill::engine {
namespace {

using model::EventType;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using testing::RunFixture;
using ::testing::StartsWith;

/// How the processes of steps are started.
enum class Start { kForked, kSpawned };

class MultiprocessTest : public ::testing::TestWithParam<Start> {
 protected:
  MultiprocessTest() {
    fixture.options.step_command = {TIDEMILL_WORKER, "api", "execute_step"};
    if (GetParam() == Start::kForked) step_host = MakeStepHost(fixture.location(), -1, clock);
    fixture.options.step_host = step_host.get();
  }

  /// Executes while another thread asks the run to end as soon as all `waiting` steps have logged that they wait.
  RunEnd ExecuteAndCancel(const std::string& run, std::size_t waiting) {
    TerminationSignals termination;
    std::thread canceller([&] {
      while (true) {
        std::size_t found = 0;
        for (const auto& entry : fixture.Events(run)) found += entry.user_message == "waiting" ? 1 : 0;
        if (found >= waiting) break;
        std::this_thread::yield();
      }
      model::Run canceling = fixture.Run(run);
      const EventBuilder events(run, canceling.job_name, clock, 1);
      const storage::NewEvent event(
          events.Reported(EventType::kRunCanceling, "Sending run termination request.", model::level::kInfo));
      fixture.storage().events().Append(std::span(&event, 1));
      termination.Raise();
    });
    const RunEnd end = ExecuteRun(fixture.location(), fixture.instance(), run, termination, clock, fixture.options);
    canceller.join();
    return end;
  }

  /// The story of one step, in order.
  std::vector<std::string> StoryOf(const std::string& run, const std::string& step) {
    std::vector<std::string> story;
    for (const std::string& line : fixture.Story(run)) {
      const auto blank = line.find(' ');
      if (blank != std::string::npos && line.substr(blank + 1) == step) story.push_back(line.substr(0, blank));
    }
    return story;
  }

  RunFixture fixture;
  SystemClock clock;
  std::unique_ptr<StepHost> step_host;
};

INSTANTIATE_TEST_SUITE_P(, MultiprocessTest, ::testing::Values(Start::kForked, Start::kSpawned),
                         [](const auto& started) { return started.param == Start::kForked ? "Forked" : "Spawned"; });

TEST_P(MultiprocessTest, EachStepIsAProcessAndTheStoryIsDagsters) {
  const std::string run = fixture.CreateRun("assets-mp");

  EXPECT_EQ(fixture.Execute(run), RunEnd::kSucceeded);

  EXPECT_THAT(
      fixture.Story(run, true),
      ElementsAre("PIPELINE_START", "ENGINE_EVENT", "STEP_WORKER_STARTING raw_data", "STEP_WORKER_STARTED raw_data",
                  "RESOURCE_INIT_STARTED raw_data", "RESOURCE_INIT_SUCCESS raw_data", "LOGS_CAPTURED",
                  "STEP_START raw_data", "LOG raw_data", "STEP_OUTPUT raw_data", "LOG raw_data",
                  "ASSET_MATERIALIZATION raw_data", "HANDLED_OUTPUT raw_data", "STEP_SUCCESS raw_data",
                  "STEP_WORKER_STARTING processed_data", "STEP_WORKER_STARTED processed_data",
                  "RESOURCE_INIT_STARTED processed_data", "RESOURCE_INIT_SUCCESS processed_data", "LOGS_CAPTURED",
                  "STEP_START processed_data", "LOG processed_data", "LOADED_INPUT processed_data",
                  "STEP_INPUT processed_data", "STEP_OUTPUT processed_data", "LOG processed_data",
                  "ASSET_MATERIALIZATION processed_data", "HANDLED_OUTPUT processed_data",
                  "STEP_SUCCESS processed_data", "STEP_WORKER_STARTING report", "STEP_WORKER_STARTED report",
                  "RESOURCE_INIT_STARTED report", "RESOURCE_INIT_SUCCESS report", "LOGS_CAPTURED", "STEP_START report",
                  "LOG report", "LOADED_INPUT report", "STEP_INPUT report", "STEP_OUTPUT report",
                  "ASSET_MATERIALIZATION report", "STEP_SUCCESS report", "ENGINE_EVENT", "PIPELINE_SUCCESS"));
  std::set<std::int64_t> pids;
  for (const auto& entry : fixture.Events(run)) {
    if (entry.dagster_event) pids.insert(entry.dagster_event->pid.value());
  }
  EXPECT_EQ(pids.size(), 4u);
  const auto made = fixture.Find(run, EventType::kAssetMaterialization, "processed_data");
  const auto& tags = std::get<model::event::StepMaterialization>(made.dagster_event->data).materialization.tags;
  const auto record = fixture.storage().events().AssetRecords(std::vector<model::AssetKey>{"raw_data"}).at(0);
  EXPECT_EQ(*model::FindTag(tags, "dagster/input_event_pointer/raw_data"),
            std::to_string(record.last_materialization->storage_id));
}

TEST_P(MultiprocessTest, StepsThatNeedNothingOfEachOtherRunTogetherUpToTheLimit) {
  fixture.options.random = [] { return 0.5; };
  model::Run limited;
  limited.run_config = json::Object{{"execution", json::Object{{"config", json::Object{{"max_concurrent", 3}}}}}};
  const std::string run = fixture.CreateRun("wide-100-mp", limited);

  EXPECT_EQ(fixture.Execute(run), RunEnd::kSucceeded);

  std::set<std::string> running;
  std::size_t most = 0;
  std::size_t done = 0;
  for (const auto& entry : fixture.Events(run)) {
    if (!entry.dagster_event) continue;
    if (entry.dagster_event->type == EventType::kStepWorkerStarting) running.insert(*entry.step_key);
    if (entry.dagster_event->type == EventType::kStepSuccess) done += running.erase(*entry.step_key);
    most = std::max(most, running.size());
  }
  EXPECT_EQ(done, 100u);
  EXPECT_GT(most, 1u);
  EXPECT_LE(most, 3u);
}

TEST_P(MultiprocessTest, FailuresSkipsAndRetriesAreThoseOfOneProcess) {
  const std::string failing = fixture.CreateRun("failing-mp");
  EXPECT_EQ(fixture.Execute(failing), RunEnd::kFailed);
  const auto failed = fixture.Find(failing, EventType::kStepFailure, "boom");
  EXPECT_EQ(std::get<model::event::StepFailure>(failed.dagster_event->data).error->cause->message,
            "std::runtime_error: boom\n");
  EXPECT_EQ(fixture.Find(failing, EventType::kRunFailure).user_message,
            "Execution of run for \"failing-mp\" failed. Steps failed: ['boom'].");

  const std::string branches = fixture.CreateRun("branches-mp");
  EXPECT_EQ(fixture.Execute(branches), RunEnd::kSucceeded);
  EXPECT_THAT(fixture.Story(branches), Contains("STEP_SKIPPED right"));
  EXPECT_EQ(ReadFile(fixture.home() / "storage" / branches / "collect" / "result"), "1");

  const std::string flaky = fixture.CreateRun("flaky-mp");
  EXPECT_EQ(fixture.Execute(flaky), RunEnd::kSucceeded);
  EXPECT_THAT(StoryOf(flaky, "flaky"),
              IsSupersetOf({"STEP_START", "STEP_UP_FOR_RETRY", "STEP_RESTARTED", "STEP_SUCCESS"}));

  const std::string unchecked = fixture.CreateRun("unchecked-mp");
  EXPECT_EQ(fixture.Execute(unchecked), RunEnd::kFailed);
  EXPECT_THAT(fixture.Story(unchecked), Not(Contains("STEP_START target")));
}

TEST_P(MultiprocessTest, ACrashIsAFailureThatNamesTheSignal) {
  const std::map<std::string, std::string> expected = {{"crash-segv", "was terminated by signal 11 (SIGSEGV)."},
                                                       {"crash-kill", "was terminated by signal 9 (SIGKILL)."},
                                                       {"crash-exit", "unexpectedly exited with code 3."}};
  for (const auto& [job, text] : expected) {
    const std::string run = fixture.CreateRun(job);

    EXPECT_EQ(fixture.Execute(run), RunEnd::kFailed);

    EXPECT_THAT(StoryOf(run, "crash"),
                ElementsAre("STEP_WORKER_STARTING", "STEP_WORKER_STARTED", "RESOURCE_INIT_STARTED",
                            "RESOURCE_INIT_SUCCESS", "STEP_START", "ENGINE_EVENT", "STEP_FAILURE"));
    const auto failed = fixture.Find(run, EventType::kStepFailure);
    EXPECT_THAT(std::get<model::event::StepFailure>(failed.dagster_event->data).error->message, HasSubstr(text));
    EXPECT_THAT(fixture.Story(run), Contains("STEP_SUCCESS one")) << "the other step is not touched";
    const auto end = fixture.Find(run, EventType::kRunFailure);
    EXPECT_EQ(std::get<model::event::RunFailure>(end.dagster_event->data).failure_reason, "RUN_EXCEPTION");
  }
}

TEST_P(MultiprocessTest, ACancelledRunEndsItsStepsAndSaysSo) {
  const std::string run = fixture.CreateRun("waiting-mp");

  EXPECT_EQ(ExecuteAndCancel(run, 2), RunEnd::kCanceled);

  EXPECT_EQ(fixture.Run(run).status, model::RunStatus::kCanceled);
  const auto failed = fixture.Find(run, EventType::kStepFailure);
  EXPECT_EQ(std::get<model::event::StepFailure>(failed.dagster_event->data).error_source,
            model::ErrorSource::kInterrupt);
  std::vector<std::string> said;
  for (const auto& entry : fixture.Events(run)) {
    if (entry.dagster_event && entry.dagster_event->type == EventType::kEngineEvent)
      said.push_back(*entry.dagster_event->message);
  }
  EXPECT_THAT(said, ElementsAre(StartsWith("Executing steps using multiprocess executor"),
                                "Multiprocess executor: asked to end, so the steps under way are asked too",
                                "Multiprocess executor: all steps that were under way have ended"));
  EXPECT_EQ(fixture.Story(run).back(), "PIPELINE_CANCELED");
}

TEST_P(MultiprocessTest, AStepThatDoesNotHeedTheEndIsKilled) {
  fixture.options.cancel_grace = std::chrono::milliseconds(50);
  const std::string run = fixture.CreateRun("deaf-mp");

  EXPECT_EQ(ExecuteAndCancel(run, 2), RunEnd::kCanceled);

  std::size_t interrupted = 0;
  for (const auto& entry : fixture.Events(run)) {
    if (!entry.dagster_event) continue;
    const auto* failure = std::get_if<model::event::StepFailure>(&entry.dagster_event->data);
    if (failure != nullptr && failure->error_source == model::ErrorSource::kInterrupt) ++interrupted;
  }
  EXPECT_EQ(interrupted, 2u);
}

class RunProcessTest : public ::testing::Test {
 protected:
  RunFixture fixture;
};

/// Starts `api execute_run` of the worker executable.
pid_t StartWorker(const RunFixture& fixture, const std::string& run) {
  const std::string arguments = "{\"pipeline_run_id\": \"" + run + "\", \"set_exit_code_on_failure\": true}";
  const std::string home = "TIDEMILL_TEST_HOME=" + fixture.home().string();
  const pid_t pid = ::fork();
  if (pid == 0) {
    const char* command[] = {TIDEMILL_WORKER,     "api", "execute_run", arguments.c_str(),
                             "--cancel-grace-ms", "50",  nullptr};
    const char* environment[] = {home.c_str(), nullptr};
    ::execve(TIDEMILL_WORKER, const_cast<char**>(command), const_cast<char**>(environment));
    ::_exit(127);
  }
  return pid;
}

/// The command line of a process; empty if it has ended, also if nobody has waited for it yet.
std::string CommandOf(std::int64_t pid) {
  try {
    return ReadFile("/proc/" + std::to_string(pid) + "/cmdline");
  } catch (const Error&) {
    return {};
  }
}

TEST_F(RunProcessTest, NoStepOutlivesAKilledWorker) {
  const std::string run = fixture.CreateRun("deaf-mp");
  const pid_t worker = StartWorker(fixture, run);
  std::set<std::int64_t> steps;
  while (steps.size() < 2 || fixture.Run(run).status != model::RunStatus::kStarted) {
    for (const auto& entry : fixture.Events(run)) {
      if (entry.dagster_event && entry.dagster_event->type == EventType::kStepStart)
        steps.insert(*entry.dagster_event->pid);
    }
    std::this_thread::yield();
  }

  for (const std::int64_t step : steps) EXPECT_EQ(CommandOf(step), CommandOf(worker)) << "it was not forked";
  ::kill(worker, SIGKILL);
  int status = 0;
  ::waitpid(worker, &status, 0);

  for (const std::int64_t step : steps) {
    // Its end is certain, its time is the kernel's: the test would hang, not pass, if it stayed alive.
    while (!CommandOf(step).empty()) std::this_thread::yield();
  }
  EXPECT_EQ(fixture.Run(run).status, model::RunStatus::kStarted) << "the log ends where the worker died";
}

TEST_F(RunProcessTest, AStepOfTheWorkersOwnProcessThatDoesNotHeedTheEndEndsWithIt) {
  const std::string run = fixture.CreateRun("deaf");
  const pid_t worker = StartWorker(fixture, run);
  while (fixture.Events(run).empty() || fixture.Events(run).back().user_message != "waiting") std::this_thread::yield();

  ::kill(worker, SIGTERM);
  int status = 0;
  ::waitpid(worker, &status, 0);

  EXPECT_EQ(WEXITSTATUS(status), 1);
  const auto failed = fixture.Find(run, EventType::kStepFailure);
  EXPECT_EQ(std::get<model::event::StepFailure>(failed.dagster_event->data).error_source,
            model::ErrorSource::kInterrupt);
  EXPECT_EQ(fixture.Run(run).status, model::RunStatus::kFailure) << "nobody had asked to cancel it";
  const auto captured = fixture.Find(run, EventType::kLogsCaptured);
  const std::string& key = std::get<model::event::LogsCaptured>(captured.dagster_event->data).log_key;
  EXPECT_TRUE(std::filesystem::exists(fixture.home() / "storage" / run / "compute_logs" / (key + ".complete")));
}

TEST_F(RunProcessTest, ADescriptorOfTheLauncherIsNotHandedToWhatUserCodeStarts) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe(ends), 0);
  const std::string run = fixture.CreateRun("leaves-a-process");
  int status = 0;
  ::waitpid(StartWorker(fixture, run), &status, 0);
  ASSERT_EQ(WEXITSTATUS(status), 0);

  ::close(ends[1]);
  pollfd closed{ends[0], POLLIN, 0};
  EXPECT_EQ(::poll(&closed, 1, 0), 1) << "the process that the step left behind holds the other end";
  EXPECT_NE(closed.revents & POLLHUP, 0);
  ::close(ends[0]);
  const std::int64_t left_behind = std::stoll(ReadFile(fixture.home() / "storage" / run / "leave" / "result"));
  ASSERT_GT(left_behind, 1);
  EXPECT_EQ(::kill(static_cast<pid_t>(left_behind), SIGKILL), 0) << "it had ended before the test looked";
}

TEST_F(RunProcessTest, TheCommandExecutesARunAndItsExitCodeTellsOfFailure) {
  int status = 0;
  ::waitpid(StartWorker(fixture, fixture.CreateRun("sum-mp")), &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  const std::string failing = fixture.CreateRun("failing");
  ::waitpid(StartWorker(fixture, failing), &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_THAT(fixture.Story(failing).front(), "ENGINE_EVENT");
  EXPECT_THAT(*fixture.Events(failing).front().dagster_event->message, StartsWith("Started process for run (pid: "));
}

}  // namespace
}  // namespace tidemill::engine
