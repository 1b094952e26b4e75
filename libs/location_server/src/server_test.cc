#include <atomic>
#include <cstdlib>
#include <thread>

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/dagster_api/dagster_api.grpc.pb.h>
#include <tidemill/dagster_api/limits.h>
#include <tidemill/location_server/server.h>

namespace tidemill::location_server {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// Answers with the method's name and arguments; runs are processes of the shell.
class EchoLocation final : public LocationService {
 public:
  std::string Handle(std::string_view method, const json::Value& args) override {
    if (failure) throw Error(Code::kInvalidArgument, *failure);
    if (!long_answer.empty()) return long_answer;
    return std::string(method) + " " + json::Dump(args);
  }
  std::vector<std::string> RunCommand(const json::Value&) override { return {"sh", "-c", script}; }

  std::optional<std::string> failure;
  std::string long_answer;
  std::string script = "exec sleep 60";
};

/// A server in this process with a client.
class ServerTest : public ::testing::Test {
 protected:
  /// With epoll, a client and a server of one process now and then wait 10 s for each other's events.
  static void SetUpTestSuite() { ::setenv("GRPC_POLL_STRATEGY", "poll", 0); }

  void Start(ServerOptions options = {}) {
    if (options.socket.empty()) {
      options.socket = std::filesystem::path(::testing::TempDir()) / ("server_" + std::to_string(::getpid()));
    }
    options.grace = 0ms;
    const auto open = [this](const json::Value& instance_ref) -> engine::OpenedInstance {
      opened_for = json::Dump(instance_ref);
      throw Error(Code::kUnavailable, "no instance in this test");
    };
    server.emplace(options, location, open, clock);
    thread = std::thread([this] {
      server->Run(stop);
      is_done = true;
    });
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(dagster_api::kMaxMessageBytes);
    stub = api::DagsterApi::NewStub(
        grpc::CreateCustomChannel(server->address(), grpc::InsecureChannelCredentials(), arguments));
  }

  void TearDown() override {
    if (thread.joinable()) {
      const json::Value runs = json::Parse(CurrentRuns());
      for (const auto& run : runs.AsObject().At("current_runs").AsArray()) Cancel(run.AsString());
      Stop();
      thread.join();
    }
    ::close(stop);
  }

  /// What a signal does.
  void Stop() {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(stop, &one, sizeof one), static_cast<ssize_t>(sizeof one));
  }

  std::string StartRun(const std::string& run_id) {
    grpc::ClientContext context;
    api::StartRunRequest request;
    api::StartRunReply reply;
    request.set_serialized_execute_run_args(
        R"({"__class__": "ExecuteExternalPipelineArgs", "instance_ref": {"of": "test"}, "pipeline_run_id": ")" +
        run_id + R"("})");
    EXPECT_TRUE(stub->StartRun(&context, request, &reply).ok());
    return reply.serialized_start_run_result();
  }

  std::string CurrentRuns() {
    grpc::ClientContext context;
    api::GetCurrentRunsReply reply;
    EXPECT_TRUE(stub->GetCurrentRuns(&context, {}, &reply).ok());
    return reply.serialized_current_runs();
  }

  bool Cancel(const std::string& run_id) {
    grpc::ClientContext context;
    api::CancelExecutionRequest request;
    api::CancelExecutionReply reply;
    request.set_serialized_cancel_execution_request(R"({"__class__": "CancelExecutionRequest", "run_id": ")" + run_id +
                                                    R"("})");
    EXPECT_TRUE(stub->CancelExecution(&context, request, &reply).ok());
    return json::Parse(reply.serialized_cancel_execution_result()).AsObject().At("success").AsBool();
  }

  void ShutDown() {
    grpc::ClientContext context;
    api::ShutdownServerReply reply;
    EXPECT_TRUE(stub->ShutdownServer(&context, {}, &reply).ok());
  }

  EchoLocation location;
  SystemClock clock;
  std::string opened_for;
  int stop = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::atomic<bool> is_done = false;
  std::optional<Server> server;
  std::thread thread;
  std::unique_ptr<api::DagsterApi::Stub> stub;
};

TEST_F(ServerTest, EchoesAndKeepsItsId) {
  Start();
  grpc::ClientContext ping, id;
  api::PingRequest request;
  api::PingReply reply;
  api::GetServerIdReply server_id;
  request.set_echo("hello");

  ASSERT_TRUE(stub->Ping(&ping, request, &reply).ok());
  ASSERT_TRUE(stub->GetServerId(&id, {}, &server_id).ok());

  EXPECT_EQ(reply.echo(), "hello");
  EXPECT_EQ(server_id.server_id(), server->server_id());
}

TEST_F(ServerTest, PassesBothFieldsOfARequest) {
  Start();
  grpc::ClientContext context;
  api::ExternalJobRequest request;
  api::ExternalJobReply reply;
  request.set_serialized_repository_origin(R"({"repository_name": "r"})");
  request.set_job_name("j");

  ASSERT_TRUE(stub->ExternalJob(&context, request, &reply).ok());

  EXPECT_EQ(reply.serialized_job_data(),
            R"(ExternalJob {"repository_origin": {"repository_name": "r"}, "job_name": "j"})");
}

TEST_F(ServerTest, AFailureIsAnAnswerOfTheRpcsOwnClass) {
  location.failure = "the sensor is broken";
  Start();
  grpc::ClientContext context, plan;
  api::ExternalSensorExecutionRequest request;
  api::ExternalSensorExecutionReply reply;
  request.set_serialized_external_sensor_execution_args("{}");
  api::ExecutionPlanSnapshotRequest garbage;
  api::ExecutionPlanSnapshotReply plan_reply;
  garbage.set_serialized_execution_plan_snapshot_args("{ this is no JSON");

  ASSERT_TRUE(stub->SyncExternalSensorExecution(&context, request, &reply).ok());
  ASSERT_TRUE(stub->ExecutionPlanSnapshot(&plan, garbage, &plan_reply).ok());

  EXPECT_THAT(reply.serialized_sensor_result(), StartsWith(R"({"__class__": "ExternalSensorExecutionErrorData")"));
  EXPECT_THAT(reply.serialized_sensor_result(), HasSubstr("the sensor is broken"));
  EXPECT_THAT(plan_reply.serialized_execution_plan_snapshot(),
              StartsWith(R"({"__class__": "ExecutionPlanSnapshotErrorData")"));
}

TEST_F(ServerTest, StreamsLongAnswersInNumberedPieces) {
  location.long_answer = std::string(2 * dagster_api::kChunkCharacters, 'a') + "b";
  Start();
  grpc::ClientContext context;
  api::ExternalScheduleExecutionRequest request;
  api::StreamingChunkEvent event;
  std::string text;
  std::vector<int> numbers;

  request.set_serialized_external_schedule_execution_args("{}");
  const auto stream = stub->ExternalScheduleExecution(&context, request);
  while (stream->Read(&event)) {
    text += event.serialized_chunk();
    numbers.push_back(event.sequence_number());
  }

  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(text, location.long_answer);
  EXPECT_THAT(numbers, ElementsAre(0, 1, 2));
}

TEST_F(ServerTest, StartsARunOnceAndCancelsIt) {
  Start();
  EXPECT_THAT(StartRun("r1"), HasSubstr(R"("success": true)"));
  EXPECT_THAT(StartRun("r1"), HasSubstr("run r1 is being executed already"));
  EXPECT_THAT(CurrentRuns(), HasSubstr(R"("current_runs": ["r1"])"));

  EXPECT_TRUE(Cancel("r1"));
  EXPECT_FALSE(Cancel("r2"));
}

TEST_F(ServerTest, ADeadProcessIsNoticedAtOnceAndItsRunIsLookedUp) {
  location.script = "kill -KILL $$";
  Start();
  const auto start = std::chrono::steady_clock::now();

  EXPECT_THAT(StartRun("r1"), HasSubstr(R"("success": true)"));
  while (CurrentRuns().find("r1") != std::string::npos && std::chrono::steady_clock::now() - start < 1s) {
    std::this_thread::sleep_for(1ms);
  }

  EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
  ShutDown();
  thread.join();
  EXPECT_EQ(opened_for, R"({"of": "test"})");
}

TEST_F(ServerTest, ShutdownRefusesNewRunsAndWaitsForThoseThereAre) {
  Start();
  StartRun("r1");

  ShutDown();

  EXPECT_THAT(StartRun("r2"), HasSubstr("the server is shutting down"));
  EXPECT_FALSE(is_done);
  EXPECT_TRUE(Cancel("r1"));
  thread.join();
  EXPECT_TRUE(is_done);
}

TEST_F(ServerTest, ASecondSignalEndsTheRuns) {
  location.script = "trap '' TERM; sleep 60";
  Start();
  StartRun("r1");

  Stop();
  while (StartRun("r2").find("shutting down") == std::string::npos) std::this_thread::sleep_for(1ms);
  EXPECT_FALSE(is_done);
  Stop();

  thread.join();
  EXPECT_TRUE(is_done);
}

TEST_F(ServerTest, EndsWithoutHeartbeats) {
  ServerOptions options;
  options.heartbeat_timeout = 50ms;
  Start(options);
  thread.join();
  EXPECT_TRUE(is_done);
}

TEST_F(ServerTest, APortInUseIsAnErrorThatNamesIt) {
  ServerOptions options;
  options.host = "127.0.0.1";
  const auto open = [](const json::Value&) -> engine::OpenedInstance { return {}; };
  const Server first(options, location, open, clock);
  options.port = std::stoi(first.address().substr(first.address().rfind(':') + 1));
  try {
    const Server second(options, location, open, clock);
    FAIL() << "listens on " << second.address();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kUnavailable);
    EXPECT_THAT(error.what(), HasSubstr(first.address()));
  }
}

}  // namespace
}  // namespace tidemill::location_server
