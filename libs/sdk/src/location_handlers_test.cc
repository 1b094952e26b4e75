#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tidemill/base/file.h>
#include <tidemill/base/hash.h>
#include <tidemill/sdk/location_handlers.h>

#include "testing/sample.h"

namespace tidemill::sdk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const ManualClock kClock(FromUnixSeconds(1704400000));  // 2024-01-04

LocationHandlers HandlersOf(std::function<Definitions()> define) {
  return LocationHandlers({"/opt/pipelines", "/opt"}, std::move(define), kClock);
}

json::Value Ask(LocationHandlers& handlers, std::string_view method, const json::Value& args = {}) {
  return json::Parse(handlers.Handle(method, args));
}

json::Value JobOrigin(const char* job) {
  return json::Object{{"__class__", "ExternalPipelineOrigin"}, {"pipeline_name", job}};
}

TEST(LocationHandlersTest, ListsItsOneRepository) {
  auto handlers = HandlersOf(sample::Pipelines);
  const json::Value reply = Ask(handlers, "ListRepositories");
  EXPECT_EQ(reply.AsObject().At("__class__"), json::Value("ListRepositoriesResponse"));
  EXPECT_EQ(reply.AsObject().At("entry_point"), json::Value(json::Array{"/opt/pipelines"}));
  EXPECT_NE(reply.AsObject().At("repository_code_pointer_dict").Find("__repository__"), nullptr);
}

TEST(LocationHandlersTest, ShowsTheRepositoryAndItsJobs) {
  auto handlers = HandlersOf(sample::Pipelines);
  const json::Value repository = Ask(handlers, "ExternalRepository", json::Object{{"defer_snapshots", true}});
  EXPECT_EQ(repository.AsObject().At("__class__"), json::Value("ExternalRepositoryData"));
  EXPECT_EQ(repository.AsObject().At("external_asset_graph_data").AsArray().size(), 3U);
  EXPECT_TRUE(repository.AsObject().At("external_pipeline_datas").is_null());

  const std::string job = handlers.Handle("ExternalJob", json::Object{{"job_name", "data_pipeline_job"}});
  // Hosts cut the snapshot out of the text.
  EXPECT_THAT(job, StartsWith(R"({"__class__": "ExternalPipelineData")"));
  EXPECT_THAT(job, HasSubstr(R"("pipeline_snapshot": {"__class__": "PipelineSnapshot")"));
}

TEST(LocationHandlersTest, PlansAWholeJobAndAPartOfIt) {
  auto handlers = HandlersOf(sample::Pipelines);
  const auto keys = [](const json::Value& plan) {
    std::vector<std::string> names;
    for (const auto& key : plan.AsObject().At("step_keys_to_execute").AsArray()) names.push_back(key.AsString());
    return names;
  };
  json::Object args{{"pipeline_origin", JobOrigin("data_pipeline_job")},
                    {"pipeline_snapshot_id", "abc"},
                    {"run_config", json::Object{}},
                    {"known_state", nullptr},
                    {"step_keys_to_execute", nullptr},
                    {"solid_selection", json::Array{}},
                    {"asset_selection", nullptr},
                    {"asset_check_selection", nullptr}};
  EXPECT_THAT(keys(Ask(handlers, "ExecutionPlanSnapshot", args)), ElementsAre("raw_data", "processed_data", "report"));
  args.Set("step_keys_to_execute", json::Array{"processed_data"});
  EXPECT_THAT(keys(Ask(handlers, "ExecutionPlanSnapshot", args)), ElementsAre("processed_data"));
  args.Set("step_keys_to_execute", nullptr);
  args.Set("asset_selection", json::Array{json::Object{{"__class__", "AssetKey"}, {"path", json::Array{"report"}}}});
  EXPECT_THAT(keys(Ask(handlers, "ExecutionPlanSnapshot", args)), ElementsAre("report"));
}

TEST(LocationHandlersTest, ShowsAPartOfAJob) {
  auto handlers = HandlersOf(sample::Pipelines);
  const json::Value reply =
      Ask(handlers, "ExternalPipelineSubsetSnapshot",
          json::Object{{"pipeline_origin", JobOrigin("__ASSET_JOB")},
                       {"include_parent_snapshot", true},
                       {"solid_selection", nullptr},
                       {"asset_selection",
                        json::Array{json::Object{{"__class__", "AssetKey"}, {"path", json::Array{"raw_data"}}}}}});
  EXPECT_EQ(reply.AsObject().At("success"), json::Value(true));
  const json::Object& data = reply.AsObject().At("external_pipeline_data").AsObject();
  const json::Object& lineage = data.At("pipeline_snapshot").AsObject().At("lineage_snapshot").AsObject();
  EXPECT_EQ(lineage.At("parent_snapshot_id"),
            json::Value(Sha1Hex(json::Dump(data.At("parent_pipeline_snapshot"), json::Order::kSorted))));
  EXPECT_FALSE(data.At("parent_pipeline_snapshot").is_null());
}

Definitions Partitioned() {
  Definitions defs;
  auto daily = defs.Asset("daily", [] { return true; }).Partitions(PartitionsDefinition::Daily("2024-01-01"));
  defs.Job("daily_job", {daily})
      .ConfigForPartition([](const std::string& key) {
        return json::Object{{"day", key}};
      })
      .TagsForPartition([](const std::string&) {
        return Tags{{"own", "1"}};
      });
  return defs;
}

TEST(LocationHandlersTest, AnswersAboutPartitions) {
  auto handlers = HandlersOf(Partitioned);
  const json::Value names = Ask(handlers, "ExternalPartitionNames", json::Object{{"job_name", "daily_job"}});
  EXPECT_EQ(names.AsObject().At("partition_names"), json::Value(json::Array{"2024-01-01", "2024-01-02", "2024-01-03"}));

  const json::Object args{{"job_name", "daily_job"}, {"partition_name", "2024-01-02"}};
  EXPECT_EQ(Ask(handlers, "ExternalPartitionConfig", args).AsObject().At("run_config"),
            json::Value(json::Object{{"day", "2024-01-02"}}));
  const json::Value tags = Ask(handlers, "ExternalPartitionTags", args).AsObject().At("tags");
  EXPECT_EQ(tags.AsObject().At("dagster/partition"), json::Value("2024-01-02"));
  EXPECT_EQ(tags.AsObject().At("own"), json::Value("1"));
  EXPECT_THROW(Ask(handlers, "ExternalPartitionTags", json::Object{{"job_name", "daily_job"}, {"partition_name", "x"}}),
               Error);
}

TEST(LocationHandlersTest, EvaluatesSchedulesAndSensors) {
  auto handlers = HandlersOf([] {
    Definitions defs = sample::Pipelines();
    auto job = defs.Job("job", "raw_data");
    defs.Schedule("plain", job, "@daily");
    defs.Schedule("picky", job, "@daily").Evaluate([](const ScheduleContext&) { return SkipReason{"a holiday"}; });
    defs.Sensor("counter", job, [](const SensorContext& context) {
      return SensorResult{.run_requests = {{.run_key = "once"}}, .cursor = context.cursor.value_or("") + "x"};
    });
    return defs;
  });
  const auto schedule = [&](const char* name) {
    return Ask(handlers, "SyncExternalScheduleExecution",
               json::Object{{"schedule_name", name}, {"scheduled_execution_timestamp", 1704400000.0}});
  };
  const json::Value request = schedule("plain").AsObject().At("run_requests").AsArray().at(0);
  EXPECT_EQ(request.AsObject().At("tags"), json::Value(json::Object{{"dagster/schedule_name", "plain"}}));
  EXPECT_EQ(schedule("picky").AsObject().At("skip_message"), json::Value("a holiday"));
  const json::Value tick =
      Ask(handlers, "SyncExternalSensorExecution", json::Object{{"sensor_name", "counter"}, {"cursor", "x"}});
  EXPECT_EQ(tick.AsObject().At("cursor"), json::Value("xx"));
  EXPECT_EQ(tick.AsObject().At("run_requests").AsArray().at(0).AsObject().At("run_key"), json::Value("once"));
}

/// Lines that the location answers to the lines of a host.
std::vector<std::string> Talk(LocationHandlers& handlers, std::string_view lines) {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  FileDescriptor host(ends[0]);
  FileDescriptor location(ends[1]);
  std::thread server([&] {
    ServeLines(handlers, location.get(), location.get());
    location.Close();
  });
  EXPECT_EQ(::write(host.get(), lines.data(), lines.size()), static_cast<ssize_t>(lines.size()));
  ::shutdown(host.get(), SHUT_WR);
  std::string text;
  char bytes[4096];
  for (ssize_t count = 0; (count = ::read(host.get(), bytes, sizeof bytes)) > 0;) text.append(bytes, bytes + count);
  server.join();
  std::vector<std::string> answers;
  for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
    answers.push_back(text.substr(0, end));
  }
  return answers;
}

TEST(LocationHandlersTest, EachLineGetsOneAnswer) {
  auto handlers = HandlersOf(sample::Pipelines);
  const auto answers = Talk(handlers, R"({"method": "ListRepositories", "args": null}
{"method": "Launch"}
no json
{"method": "ExternalJob", "args": {"job_name": "nightly"}}
)");
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_THAT(answers[0], StartsWith(R"({"result": {"__class__": "ListRepositoriesResponse")"));
  EXPECT_THAT(answers[1], AllOf(StartsWith(R"({"error": {"__class__": "SerializableErrorInfo")"), HasSubstr("Launch")));
  EXPECT_THAT(answers[2], StartsWith(R"({"error": )"));
  EXPECT_THAT(answers[3], AllOf(HasSubstr("NotFound"), HasSubstr("nightly")));
}

TEST(LocationHandlersTest, DefinitionsThatCannotBeLoadedAnswerEveryRequest) {
  int loads = 0;
  auto handlers = HandlersOf([&loads]() -> Definitions {
    ++loads;
    throw std::runtime_error("the warehouse is not configured");
  });
  const auto answers = Talk(handlers, "{\"method\": \"ListRepositories\"}\n{\"method\": \"ExternalRepository\"}\n");
  ASSERT_EQ(answers.size(), 2U);
  for (const auto& answer : answers) EXPECT_THAT(answer, HasSubstr("the warehouse is not configured"));
  EXPECT_EQ(loads, 1);
}

}  // namespace
}  // namespace tidemill::sdk
