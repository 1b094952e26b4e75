#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/sdk/definitions.h>

#include "testing/sample.h"

namespace tidemill::sdk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// What is wrong with the definitions.
std::string ErrorOf(const Definitions& defs) {
  try {
    defs.Validate();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing is wrong";
}

engine::JobDefinition JobOf(const Definitions& defs, std::string name) {
  engine::JobSelector selector;
  selector.job_name = std::move(name);
  return defs.Job(selector);
}

const model::NodeInvocationSnap& NodeOf(const engine::JobDefinition& job, std::string_view name) {
  for (const auto& node : job.structure.dependencies.node_invocations) {
    if (node.node_name == name) return node;
  }
  throw std::runtime_error("no node " + std::string(name));
}

/// "input: node.output node.output" for each input.
std::vector<std::string> EdgesOf(const engine::JobDefinition& job, std::string_view node) {
  std::vector<std::string> edges;
  for (const auto& input : NodeOf(job, node).input_dependencies) {
    std::string edge = input.input_name + ":";
    for (const auto& output : input.upstream_outputs) edge += " " + output.node_name + "." + output.output_name;
    edges.push_back(edge);
  }
  return edges;
}

std::int64_t One() { return 1; }
std::int64_t Increment(std::int64_t value) { return value + 1; }

TEST(DefinitionsTest, AnAssetJobConnectsWhatFromSays) {
  const Definitions defs = sample::Pipelines();
  EXPECT_THAT(defs.JobNames(), ElementsAre("__ASSET_JOB", "data_pipeline_job"));
  const auto job = JobOf(defs, "data_pipeline_job");
  EXPECT_THAT(EdgesOf(job, "raw_data"), IsEmpty());
  EXPECT_THAT(EdgesOf(job, "processed_data"), ElementsAre("raw_data: raw_data.result"));
  EXPECT_THAT(EdgesOf(job, "report"), ElementsAre("processed_data: processed_data.result"));
  EXPECT_EQ(job.ops.at("raw_data")->outputs.front().type->dagster_type.key, "List.Any");
  EXPECT_EQ(job.ops.at("report")->outputs.front().type->dagster_type.key, "Any");  // It returns a MaterializeResult.
  EXPECT_TRUE(job.resources.contains("io_manager"));
}

TEST(DefinitionsTest, HandlesStayValidWhenTheDefinitionsMove) {
  Definitions first;
  auto raw = first.Asset("raw", One);
  Definitions defs = std::move(first);
  defs.Asset("next", Increment).From(raw);
  raw.Group("moved");
  EXPECT_EQ(ErrorOf(defs), "nothing is wrong");
  EXPECT_EQ(defs.Repository(true).asset_nodes.at(1).group_name, "moved");
}

TEST(DefinitionsTest, WrongDefinitionsAreNamedWithTheRemedy) {
  {
    Definitions defs;
    defs.Asset("a", One);
    defs.Asset("a", One);
    EXPECT_THAT(ErrorOf(defs), HasSubstr("asset \"a\" is defined twice"));
  }
  {
    Definitions defs;
    defs.Asset("a", One).Deps({"missing"});
    EXPECT_THAT(ErrorOf(defs),
                AllOf(HasSubstr("asset \"a\" depends on the asset \"missing\""), HasSubstr("ExternalAsset")));
  }
  {
    Definitions defs;
    defs.Asset("a", Increment);
    EXPECT_THAT(ErrorOf(defs), AllOf(HasSubstr("asset \"a\" takes 1 inputs"), HasSubstr("tidemill::sdk::Config")));
  }
  {
    Definitions defs;
    auto a = defs.Asset("a", Increment);
    auto b = defs.Asset("b", Increment).From(a);
    a.From(b);
    EXPECT_THAT(ErrorOf(defs), HasSubstr("a"));
    EXPECT_NE(ErrorOf(defs), "nothing is wrong");
  }
  {
    Definitions defs;
    auto a = defs.Asset("a", One);
    auto job = defs.Job("job", {a});
    defs.Schedule("nightly", job, "61 * * * *");
    EXPECT_THAT(ErrorOf(defs), HasSubstr("schedule \"nightly\""));
  }
  {
    Definitions defs;
    auto a = defs.Asset("a", One);
    defs.Schedule("nightly", defs.Job("job", {a}), "0 3 * * *").TimeZone("Europe/Berlni");
    EXPECT_THAT(ErrorOf(defs), AllOf(HasSubstr("schedule \"nightly\""), HasSubstr("Europe/Berlni")));
  }
  {
    Definitions defs;
    defs.Asset("a", One);
    defs.Job("empty", "group:nowhere");
    EXPECT_THAT(ErrorOf(defs), HasSubstr("job \"empty\""));
  }
}

struct Warehouse : Config {
  std::string host = "localhost";
  std::int64_t port = 5432;
};
BOOST_DESCRIBE_STRUCT(Warehouse, (), (host, port))

TEST(DefinitionsTest, AResourceIsFoundByItsTypeOrItsKey) {
  const auto by_type = [](Resource<Warehouse> warehouse) { return warehouse->port; };
  const auto by_key = [](Resource<Warehouse, "replica"> warehouse) { return warehouse->port; };
  {
    Definitions defs;
    defs.Asset("a", by_type);
    EXPECT_THAT(ErrorOf(defs), AllOf(HasSubstr("asset \"a\""), HasSubstr("Warehouse"), HasSubstr("none is defined")));
  }
  {
    Definitions defs;
    defs.Asset("a", by_type);
    defs.Asset("b", by_key);
    defs.Resource("main", Warehouse{});
    EXPECT_THAT(ErrorOf(defs), AllOf(HasSubstr("asset \"b\""), HasSubstr("\"replica\"")));
  }
  {
    Definitions defs;
    defs.Asset("a", by_type);
    defs.Resource("main", Warehouse{});
    defs.Resource("replica", Warehouse{});
    EXPECT_THAT(ErrorOf(defs), AllOf(HasSubstr("several (main, replica)"), HasSubstr("Resource<")));
  }
  {
    Definitions defs;
    defs.Asset("b", by_key);
    defs.Resource("main", Warehouse{});
    defs.Resource("replica", Warehouse{.host = "db"});
    EXPECT_THAT(JobOf(defs, "__ASSET_JOB").ops.at("b")->required_resource_keys, ElementsAre("replica"));
  }
}

TEST(DefinitionsTest, ConfiguredValuesAreTheDefaultOfTheWholeResource) {
  Definitions defs;
  defs.Resource("warehouse", Warehouse{.host = "db"}).Configured({{"port", json::Object{{"env", "PORT"}}}});
  auto op = defs.Op("use_it", [](Resource<Warehouse> warehouse) { return warehouse->port; });
  defs.Job("job", op);
  const auto job = JobOf(defs, "job");
  const config::Field& field = job.resources.at("warehouse").config;
  EXPECT_FALSE(field.is_required);
  EXPECT_EQ(field.default_value, json::Value(json::Object{{"host", "db"}, {"port", json::Object{{"env", "PORT"}}}}));
  EXPECT_EQ(field.type->FindField("host")->default_value, json::Value(Warehouse{}.host));
}

TEST(DefinitionsTest, AnUnknownConfiguredFieldIsNamed) {
  Definitions defs;
  defs.Resource("warehouse", Warehouse{}).Configured({{"hots", "db"}});
  defs.Asset("a", One);
  EXPECT_THAT(ErrorOf(defs),
              AllOf(HasSubstr("resource \"warehouse\""), HasSubstr("\"hots\""), HasSubstr("host, port")));
}

TEST(DefinitionsTest, AGraphIsWrittenDownByItsCalls) {
  Definitions defs;
  auto one = defs.Op("one", One);
  auto add = defs.Op("add", [](std::int64_t a, std::int64_t b) { return a + b; }).InputNames({"a", "b"});
  auto split = defs.Op("split",
                       [](std::int64_t n) {
                         return std::tuple<std::int64_t, OptionalOutput<std::string>>{n, {}};
                       })
                   .OutputNames({"x", "y"});
  auto total = defs.Op("total", [](const std::vector<std::int64_t>& all) { return all.size(); });
  auto after = defs.Op("after", [] {}).After("start");
  auto nested = defs.Graph(
      "nested", [&](GraphBuilder& graph, Ref<std::int64_t> n) { return graph.Call(add, n, graph.Call(one)); });
  defs.Job("job", [&](GraphBuilder& graph) {
    auto first = graph.Call(one);
    auto [x, y] = graph.Call(split, graph.Call(nested, first));
    graph.Call(total, FanIn(x, graph.Call(one)));
    graph.Call(after).After("start", y);
  });
  const auto job = JobOf(defs, "job");
  EXPECT_THAT(EdgesOf(job, "nested"), ElementsAre("input: one.result"));
  EXPECT_THAT(EdgesOf(job, "split"), ElementsAre("input: nested.result"));
  EXPECT_THAT(EdgesOf(job, "total"), ElementsAre("input: split.x one_2.result"));
  EXPECT_THAT(EdgesOf(job, "after"), ElementsAre("start: split.y"));
  ASSERT_THAT(job.structure.graph_defs, SizeIs(1));
  const auto& graph = job.structure.graph_defs.front();
  ASSERT_THAT(graph.input_mappings, SizeIs(1));
  EXPECT_EQ(graph.input_mappings.front().mapped_node_name, "add");
  EXPECT_EQ(graph.input_mappings.front().mapped_input_name, "a");
  EXPECT_FALSE(job.ops.at("split")->outputs[1].is_required);
}

TEST(DefinitionsTest, ANodeNameThatIsGivenTwiceIsNamed) {
  Definitions defs;
  auto one = defs.Op("one", One);
  defs.Job("job", [&](GraphBuilder& graph) {
    graph.Call(one).As("same");
    graph.Call(one).As("same");
  });
  EXPECT_THAT(ErrorOf(defs), AllOf(HasSubstr("job \"job\""), HasSubstr("two nodes \"same\"")));
}

TEST(DefinitionsTest, AJobTakesTheSelectedAssetsWithTheirChecks) {
  Definitions defs;
  auto raw = defs.Asset("raw", One).Group("ingest");
  defs.Asset("next", Increment).From(raw);
  defs.AssetCheck("is_one", raw, [](std::int64_t value) { return value == 1; });
  defs.Job("ingest_job", "group:ingest");
  const auto job = JobOf(defs, "ingest_job");
  ASSERT_THAT(job.structure.dependencies.node_invocations, SizeIs(2));
  EXPECT_THAT(EdgesOf(job, "raw_is_one"), ElementsAre("raw: raw.result"));
}

TEST(DefinitionsTest, ABlockingCheckStandsBetweenTheAssets) {
  Definitions defs;
  auto raw = defs.Asset("raw", One);
  defs.Asset("next", Increment).From(raw);
  defs.AssetCheck("is_one", raw, [](std::int64_t value) { return value == 1; }).Blocking();
  EXPECT_THAT(EdgesOf(JobOf(defs, "__ASSET_JOB"), "next"), ElementsAre("raw: raw_is_one.result raw.result"));
}

TEST(DefinitionsTest, AnUnknownJobListsTheJobsThereAre) {
  const Definitions defs = sample::Pipelines();
  try {
    JobOf(defs, "nightly");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("__ASSET_JOB, data_pipeline_job"));
  }
}

struct Tables {
  std::vector<std::string> users;
  OptionalOutput<std::int64_t> mails;
};
BOOST_DESCRIBE_STRUCT(Tables, (), (users, mails))

TEST(DefinitionsTest, MembersOfAStructAreAssets) {
  Definitions defs;
  auto tables = defs.MultiAsset("tables", [] { return Tables{{"ada"}, 1}; });
  defs.Asset("count", [](const std::vector<std::string>& users) { return users.size(); })
      .From(tables.Output<&Tables::users>());
  tables.Asset("mails").Group("mail");
  const auto job = JobOf(defs, "__ASSET_JOB");
  EXPECT_THAT(EdgesOf(job, "count"), ElementsAre("users: tables.users"));
  EXPECT_TRUE(job.ops.at("tables")->outputs[0].is_required);
  EXPECT_FALSE(job.ops.at("tables")->outputs[1].is_required);
  EXPECT_THROW(tables.Output<double>("users"), Error);
  EXPECT_THROW(tables.Asset("nobody"), Error);
}

TEST(DefinitionsTest, TheRepositoryShowsSchedulesSensorsAndResources) {
  Definitions defs = sample::Pipelines();
  auto job = defs.Job("other", "raw_data");
  defs.Schedule("nightly", job, {"0 3 * * *", "0 5 * * 1"}).TimeZone("Europe/Berlin").DefaultRunning();
  defs.Sensor("watch", job, [](const SensorContext&) { return SensorResult{}; })
      .MinimumInterval(std::chrono::minutes(1));
  defs.Resource("warehouse", Warehouse{.host = "db"});
  const auto repository = defs.Repository(true);
  ASSERT_THAT(repository.schedules, SizeIs(1));
  EXPECT_THAT(repository.schedules[0].cron_schedules, ElementsAre("0 3 * * *", "0 5 * * 1"));
  EXPECT_EQ(repository.schedules[0].default_status, model::InstigatorStatus::kRunning);
  ASSERT_THAT(repository.sensors, SizeIs(1));
  EXPECT_EQ(repository.sensors[0].job_name, "other");
  EXPECT_EQ(repository.sensors[0].min_interval_seconds, 60.0);
  ASSERT_THAT(repository.asset_nodes, SizeIs(3));
  EXPECT_THAT(repository.asset_nodes[1].job_names, ElementsAre("__ASSET_JOB", "data_pipeline_job", "other"));
  ASSERT_TRUE(repository.job_refs);
  EXPECT_THAT(*repository.job_refs, SizeIs(3));
}

}  // namespace
}  // namespace tidemill::sdk
