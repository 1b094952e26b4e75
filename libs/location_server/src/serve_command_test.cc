#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/location_server/serve_command.h>

namespace tidemill::location_server {
namespace {

using ::testing::HasSubstr;

ServeArguments Parse(std::vector<std::string> arguments) { return ParseServeArguments(arguments); }

TEST(ServeCommandTest, ReadsItsOptions) {
  const ServeArguments given = Parse({"--port", "4000", "--host", "0.0.0.0", "--heartbeat", "--heartbeat-timeout", "5",
                                      "--fixed-server-id", "id", "--location-name", "mine", "--container-image", "img",
                                      "--container-context", R"({"k8s": {}})", "--instance-ref", R"({"a": 1})"});
  EXPECT_EQ(given.server.port, 4000);
  EXPECT_EQ(given.server.host, "0.0.0.0");
  EXPECT_EQ(given.server.heartbeat_timeout, std::chrono::seconds(5));
  EXPECT_EQ(given.server.server_id, "id");
  EXPECT_EQ(given.location_name, "mine");
  EXPECT_EQ(given.server.container_image, "img");
  EXPECT_NE(given.container_context.Find("k8s"), nullptr);
  EXPECT_NE(given.server.instance_ref.Find("a"), nullptr);
}

TEST(ServeCommandTest, WithoutHeartbeatThereIsNoTimeout) {
  EXPECT_FALSE(Parse({"--heartbeat-timeout", "5"}).server.heartbeat_timeout.has_value());
}

TEST(ServeCommandTest, AWrongOptionIsNamed) {
  const auto message = [](std::vector<std::string> arguments) -> std::string {
    try {
      Parse(std::move(arguments));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message({"--port", "high"}), HasSubstr("--port high: a number from 0 to 65535"));
  EXPECT_THAT(message({"--prot", "1"}), HasSubstr("--prot"));
  EXPECT_THAT(message({"--socket"}), HasSubstr("--socket"));
  EXPECT_THAT(message({"--container-context", "[]"}), HasSubstr("a JSON object is wanted"));
}

}  // namespace
}  // namespace tidemill::location_server
