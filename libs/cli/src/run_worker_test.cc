#include "run_worker.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/serdes/serdes.h>

#include "exit_code.h"
#include "testing/events.h"
#include "testing/fake_environment.h"

namespace tidemill::cli {
namespace {

using ::testing::HasSubstr;

/// Plays a worker as a shell script; `$2` is the descriptor of its acknowledgements.
std::vector<std::string> Script(const std::string& body) { return {"sh", "-c", body, "worker"}; }

std::string Line(std::int64_t storage_id, const model::EventLogEntry& entry) {
  return json::Dump(json::Object{{"storage_id", storage_id}, {"event", serdes::ToJson(entry)}});
}

class RunWorkerTest : public ::testing::Test {
 protected:
  WorkerEnd RunScript(const std::string& body) {
    PlainProgress output(fake_.out, fake_.environment);
    return RunWorker(Script(body), progress_, output, fake_.clock, [this] { ++cancels_; });
  }

  FakeEnvironment fake_;
  RunProgress progress_{"r", "job", {"a"}};
  int cancels_ = 0;
};

TEST_F(RunWorkerTest, AppliesWhatTheWorkerAcknowledges) {
  const std::string lines = Line(1, EventAt(100, model::EventType::kRunStart)) + "\n" +
                            Line(2, EventAt(101, model::EventType::kStepStart, "a")) + "\n" +
                            Line(3, EventAt(102, model::EventType::kRunSuccess));
  const WorkerEnd end = RunScript("cat >&$2 <<'EOF'\n" + lines + "\nEOF\n");

  EXPECT_TRUE(end.status.ok());
  EXPECT_EQ(progress_.status(), model::RunStatus::kSuccess);
  EXPECT_EQ(progress_.Count(StepState::kRunning), 1u);
}

TEST_F(RunWorkerTest, ACrashComesBackWithItsSignalAndLastWords) {
  const WorkerEnd end = RunScript("echo 'terminate called' >&2; kill -SEGV $$");
  EXPECT_EQ(end.status.signal, SIGSEGV);
  EXPECT_EQ(end.last_words, "terminate called");
  EXPECT_EQ(progress_.status(), model::RunStatus::kNotStarted);
}

TEST_F(RunWorkerTest, AChildThatKeepsThePipeDoesNotKeepUs) {
  const WorkerEnd end = RunScript("sleep 30 & echo $! >&2; exit 3");
  EXPECT_EQ(end.status.code, 3);
  ::kill(std::stoi(end.last_words), SIGKILL);
}

TEST_F(RunWorkerTest, TheFirstSignalIsPassedOnTheSecondKills) {
  const WorkerEnd first = RunScript("trap 'exit 7' INT; kill -INT $PPID; while :; do sleep 0.01; done");
  EXPECT_EQ(first.status.code, 7);
  EXPECT_EQ(first.signal, SIGINT);
  EXPECT_EQ(cancels_, 1);
  EXPECT_THAT(fake_.out.text(), HasSubstr("SIGINT: ending the run; once more kills it"));

  const WorkerEnd second = RunScript("trap 'kill -TERM $PPID' TERM; kill -TERM $PPID; while :; do sleep 0.01; done");
  EXPECT_EQ(second.status.signal, SIGKILL);
  EXPECT_EQ(second.signal, SIGKILL);
  EXPECT_EQ(cancels_, 2);
}

TEST_F(RunWorkerTest, AWorkerThatCannotBeStartedIsTheLocationsFault) {
  SilentProgress output;
  try {
    RunWorker({"/no/such/worker"}, progress_, output, fake_.clock, [] {});
    FAIL();
  } catch (const CommandError& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::kLocation);
    EXPECT_THAT(error.what(), HasSubstr("/no/such/worker"));
  }
}

TEST(AcknowledgementTest, WhatIsNotShownIsToldByTheStartOfTheLine) {
  EXPECT_TRUE(MayMatter("{\"type\": \"STEP_SUCCESS\", \"level\": 10, \"event\": {}}"));
  EXPECT_TRUE(MayMatter("{\"type\": \"PIPELINE_START\", \"level\": 10, \"event\": {}}"));
  EXPECT_FALSE(MayMatter("{\"type\": \"STEP_OUTPUT\", \"level\": 10, \"event\": {}}"));
  EXPECT_TRUE(MayMatter("{\"type\": null, \"level\": 20, \"event\": {}}"));
  EXPECT_FALSE(MayMatter("{\"type\": null, \"level\": 10, \"event\": {}}"));
  EXPECT_TRUE(MayMatter("{\"event\": {}}")) << "it has to be read";
}

TEST(AcknowledgementTest, OtherTextIsRefused) {
  EXPECT_THROW(ParseAcknowledgement("hello"), Error);
  EXPECT_THROW(ParseAcknowledgement("{\"storage_id\": 1}"), Error);
}

}  // namespace
}  // namespace tidemill::cli
