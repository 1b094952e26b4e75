#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/locations/managed_location.h>

#include "testing/fake_server.h"

namespace tidemill::locations {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using Status = LocationState::Status;

ManagedLocationOptions Fast() {
  ManagedLocationOptions options;
  options.server.passes_output_on = false;
  options.server.heartbeat = 20ms;
  options.probe = 5ms;
  options.first_retry = 1ms;
  options.stop_grace = 5s;
  return options;
}

std::string MessageOf(const std::exception_ptr& error) {
  if (!error) return "no error";
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  }
}

/// Waits, five seconds at most, for a state that `wanted` accepts.
template <class F>
LocationState WaitFor(const ManagedLocation& location, F wanted) {
  LocationState state = location.state();
  for (int i = 0; i < 5000 && !wanted(state); ++i) {
    std::this_thread::sleep_for(1ms);
    state = location.state();
  }
  EXPECT_TRUE(wanted(state)) << MessageOf(state.error);
  return state;
}

class ManagedLocationTest : public ::testing::Test {
 protected:
  ManagedLocationTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "managedXXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ManagedLocationTest() override { std::filesystem::remove_all(folder_); }

  /// A shell script in the executable's place, which may go on as the sample location.
  model::LocationSpec Script(const std::string& body) {
    const std::filesystem::path path = folder_ / "pipelines";
    WriteFileAtomic(path,
                    "#!/bin/sh\ncd " + folder_.string() + "\n" + body + "\nexec " TIDEMILL_SAMPLE_LOCATION " \"$@\"\n");
    ::chmod(path.c_str(), 0755);
    return {"", model::ExecutableTarget{path.string()}};
  }

  std::filesystem::path folder_;
};

TEST_F(ManagedLocationTest, LoadsAllThatTheLocationDefines) {
  ManagedLocation managed({"sample", model::ExecutableTarget{TIDEMILL_SAMPLE_LOCATION}}, Fast(), nullptr);
  const LocationState state = managed.WaitUntilSettled();
  ASSERT_EQ(state.status, Status::kLoaded) << MessageOf(state.error);

  const LocationSnapshot& snapshot = state.location->snapshot();
  ASSERT_EQ(snapshot.repositories.size(), 1U);
  EXPECT_EQ(snapshot.repositories[0].snap.job_refs->size(), snapshot.repositories[0].job_texts.size());
  EXPECT_EQ(state.location->Job("__repository__", "data_pipeline_job").name, "data_pipeline_job");
  EXPECT_EQ(state.location->name(), "sample");
}

TEST_F(ManagedLocationTest, AServerThatEndsIsStartedAgain) {
  ManagedLocation managed(Script("echo $$ > pid"), Fast(), nullptr);
  const std::string first_id = managed.WaitUntilSettled().location->snapshot().server_id;

  ::kill(std::stoi(ReadFile(folder_ / "pid")), SIGKILL);

  const LocationState state = WaitFor(managed, [&](const LocationState& now) {
    return now.status == Status::kLoaded && now.location->snapshot().server_id != first_id;
  });
  EXPECT_EQ(state.location->Job("__repository__", "data_pipeline_job").name, "data_pipeline_job");
}

TEST_F(ManagedLocationTest, AServerThatDoesNotStartIsReportedAndTriedAgain) {
  std::mutex mutex;
  std::vector<std::string> errors;
  ManagedLocation managed(Script("echo x >> tries; [ $(wc -l < tries) -ge 3 ] || { echo no library >&2; exit 3; }"),
                          Fast(), [&](const LocationState& state) {
                            const std::lock_guard lock(mutex);
                            if (state.error) errors.push_back(MessageOf(state.error));
                          });
  WaitFor(managed, [](const LocationState& now) { return now.status == Status::kLoaded; });
  const std::lock_guard lock(mutex);
  EXPECT_THAT(errors, Contains(HasSubstr("its server exited with code 3; it wrote:\nno library")).Times(2));
}

TEST_F(ManagedLocationTest, AReloadThatFailsKeepsTheLastGoodSnapshotAndItsServer) {
  ManagedLocation managed(Script("[ ! -e broken ] || exit 3"), Fast(), nullptr);
  const auto good = managed.WaitUntilSettled().location;

  WriteFileAtomic(folder_ / "broken", "");
  managed.Reload();
  const LocationState failed = managed.WaitUntilSettled();

  EXPECT_EQ(failed.status, Status::kFailed);
  EXPECT_EQ(failed.location, good);
  EXPECT_EQ(good->server().ServerId(1s), good->snapshot().server_id);

  std::filesystem::remove(folder_ / "broken");
  WaitFor(managed, [&](const LocationState& now) { return now.status == Status::kLoaded && now.location != good; });
}

TEST_F(ManagedLocationTest, AProgramThatIsNotThereIsNamed) {
  ManagedLocation managed({"", model::ExecutableTarget{"/no/such/pipelines"}}, Fast(), nullptr);
  EXPECT_THAT(MessageOf(managed.WaitUntilSettled().error),
              HasSubstr("code location pipelines: cannot start /no/such/pipelines"));
}

TEST_F(ManagedLocationTest, AHangingServerIsADeadlineAndIsStopped) {
  ManagedLocationOptions options = Fast();
  options.startup = 50ms;
  options.longest_retry = 10s;
  options.first_retry = 10s;
  ManagedLocation managed(Script("echo $$ > pid; exec sleep 60"), options, nullptr);
  EXPECT_THAT(MessageOf(managed.WaitUntilSettled().error), HasSubstr("did not answer within"));
  EXPECT_EQ(::kill(std::stoi(ReadFile(folder_ / "pid")), 0), -1);
}

TEST_F(ManagedLocationTest, FollowsAServerOfSomebodyElse) {
  testing::FakeServer server;
  ManagedLocation managed({"theirs", server.target()}, Fast(), nullptr);
  EXPECT_EQ(managed.WaitUntilSettled().location->snapshot().server_id, "first");

  {
    const std::lock_guard lock(server.mutex);
    server.server_id = "second";
  }
  WaitFor(managed, [](const LocationState& now) { return now.location->snapshot().server_id == "second"; });
  EXPECT_EQ(server.reloads, 0);

  server.Stop();
  EXPECT_NE(WaitFor(managed, [](const LocationState& now) { return now.status == Status::kFailed; }).location, nullptr);
  server.Start();
  WaitFor(managed, [](const LocationState& now) { return now.status == Status::kLoaded; });
  managed.Reload();
  managed.WaitUntilSettled();
  EXPECT_EQ(server.reloads, 1);
}

TEST(ServerCommandTest, IsDagstersOwnForPython) {
  ServerProcessOptions options;
  options.python = "/venv/bin/python";
  options.instance_ref = json::Object{{"__class__", "InstanceRef"}};
  model::PythonTarget target;
  target.target = "/code/defs.py";
  target.working_directory = "/code";
  target.attribute = "defs";
  EXPECT_THAT(
      ServerCommand({"rich", target}, "/run/s", options),
      ::testing::ElementsAre("/venv/bin/python", "-m", "dagster", "api", "grpc", "--lazy-load-user-code", "--socket",
                             "/run/s", "--heartbeat", "--heartbeat-timeout", "45", "--log-level", "info",
                             "--inject-env-vars-from-instance", "--instance-ref", R"({"__class__": "InstanceRef"})",
                             "--location-name", "rich", "-f", "/code/defs.py", "-d", "/code", "-a", "defs"));
}

}  // namespace
}  // namespace tidemill::locations
