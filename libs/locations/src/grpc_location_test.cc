#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/dagster_api/limits.h>
#include <tidemill/locations/grpc_location.h>

#include "testing/fake_server.h"

namespace tidemill::locations {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

class GrpcLocationTest : public ::testing::Test {
 protected:
  GrpcLocation Client(CallTimeouts timeouts = {}) {
    return GrpcLocation("mine", json::Object{{"__class__", "GrpcServerRepositoryLocationOrigin"}}, server.target(),
                        timeouts);
  }

  testing::FakeServer server;
};

std::string MessageOf(const std::function<void()>& call, Code code) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "no error";
}

TEST_F(GrpcLocationTest, AsksOverOneChannel) {
  GrpcLocation client = Client();
  EXPECT_EQ(client.ServerId(1s), "first");
  EXPECT_TRUE(client.Info().repositories.empty());
}

TEST_F(GrpcLocationTest, FindsARestartedServerAgain) {
  GrpcLocation client = Client();
  client.ServerId(1s);
  server.Stop();
  MessageOf([&] { client.ServerId(1s); }, Code::kUnavailable);
  server.Start();
  std::string id;
  for (int i = 0; i < 100 && id.empty(); ++i) {
    try {
      id = client.ServerId(1s);
    } catch (const Error&) {
      std::this_thread::sleep_for(20ms);
    }
  }
  EXPECT_EQ(id, "first");
}

TEST_F(GrpcLocationTest, ASlowServerIsADeadline) {
  server.hangs = true;
  GrpcLocation client = Client({.call = 50ms});
  EXPECT_THAT(
      MessageOf([&] { client.Info(); }, Code::kDeadlineExceeded),
      AllOf(HasSubstr("code location mine at unix:"), HasSubstr("ListRepositories: did not answer within 0.1 s")));
}

TEST_F(GrpcLocationTest, AServerThatEndsDuringACallIsNamed) {
  server.hangs = true;
  GrpcLocation client = Client();
  std::thread stopper([this] {
    while (!server.is_hanging) std::this_thread::sleep_for(1ms);
    server.Stop();
  });
  EXPECT_THAT(MessageOf([&] { client.Info(); }, Code::kUnavailable), HasSubstr("ListRepositories: cannot be reached"));
  stopper.join();
}

TEST_F(GrpcLocationTest, NothingListensIsAnErrorAtOnce) {
  server.Stop();
  GrpcLocation client = Client();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(MessageOf([&] { client.Info(); }, Code::kUnavailable), HasSubstr("mine"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(GrpcLocationTest, AnAnswerOverTheLimitIsRefused) {
  server.repository = std::string(dagster_api::kMaxMessageBytes + 1, 'x');
  GrpcLocation client = Client();
  EXPECT_THAT(MessageOf([&] { client.Repository("r"); }, Code::kResourceExhausted), HasSubstr("ExternalRepository"));
}

TEST_F(GrpcLocationTest, GarbageIsNamedAsSuch) {
  GrpcLocation client = Client();
  for (const char* garbage : {"", "[1", "[]", "{}", R"({"__class__": "Other"})"}) {
    server.repositories = garbage;
    server.repository = garbage;
    EXPECT_THAT(MessageOf([&] { client.Info(); }, Code::kInternal),
                HasSubstr("ListRepositories is not of the protocol"))
        << garbage;
    EXPECT_THAT(MessageOf([&] { client.Repository("r"); }, Code::kInternal),
                HasSubstr("ExternalRepository is not of the protocol"))
        << garbage;
  }
}

TEST_F(GrpcLocationTest, AnErrorOfUserCodeComesWhole) {
  server.repositories =
      R"({"__class__": "SerializableErrorInfo", "cause": null, "cls_name": "ImportError", "context": null, )"
      R"("message": "ImportError: no pandas\n", "stack": ["  File \"defs.py\", line 1\n"]})";
  GrpcLocation client = Client();
  try {
    client.Info();
    FAIL() << "no error";
  } catch (const LocationError& error) {
    EXPECT_EQ(error.code(), Code::kUnavailable);
    EXPECT_STREQ(error.what(), "code location mine: ImportError: no pandas");
    EXPECT_EQ(error.info().stack.size(), 1U);
  }
}

TEST_F(GrpcLocationTest, ARunThatDoesNotStartSaysWhy) {
  GrpcLocation client = Client();
  EXPECT_THAT(MessageOf([&] { client.StartRun("r", "j", "id", nullptr); }, Code::kFailedPrecondition),
              HasSubstr("run id did not start: no room"));
}

}  // namespace
}  // namespace tidemill::locations
