#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/sdk/testing.h>

#include "testing/sample.h"

namespace tidemill::sdk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::int64_t One() { return 1; }

TEST(TestingTest, AnAssetIsTestedInThreeLines) {
  const auto result = sdk::testing::Materialize(sample::Pipelines(), {"raw_data", "processed_data", "report"});
  EXPECT_EQ(result.Value<sample::Summary>("processed_data"), (sample::Summary{3, 1.0}));
  EXPECT_THAT(result.succeeded_steps(), ElementsAre("raw_data", "processed_data", "report"));
  const auto* rows = result.FindMetadata("report", "rows");
  ASSERT_NE(rows, nullptr);
  EXPECT_EQ(std::get<metadata::Int>(*rows).value, json::Value(3));
}

TEST(TestingTest, ConfigurationReachesTheFunction) {
  const auto result =
      sdk::testing::Materialize(sample::Pipelines(), {"raw_data"},
                                {.run_config = json::Parse(R"({"ops": {"raw_data": {"config": {"limit": 5}}}})")});
  EXPECT_EQ(result.Value<std::vector<sample::Reading>>("raw_data").size(), 5U);
}

TEST(TestingTest, AnUpstreamValueCanBeGiven) {
  const auto result =
      sdk::testing::Materialize(sample::Pipelines(), {"processed_data"},
                                {.inputs = {{"raw_data", MakeValue(std::vector<sample::Reading>{{7, 2}})}}});
  EXPECT_EQ(result.Value<sample::Summary>("processed_data"), (sample::Summary{1, 2.0}));
}

TEST(TestingTest, AFailureIsAResult) {
  Definitions defs;
  auto bad = defs.Asset("bad", []() -> std::int64_t { throw std::runtime_error("no rows today"); });
  defs.Asset("next", [](std::int64_t value) { return value; }).From(bad);
  const auto result = sdk::testing::Materialize(defs, {"bad", "next"});
  EXPECT_FALSE(result.success());
  EXPECT_THAT(result.error(), HasSubstr("no rows today"));
  EXPECT_THAT(result.succeeded_steps(), ElementsAre());
  EXPECT_THROW(result.Value<std::int64_t>("next"), Error);
}

TEST(TestingTest, ARetryDoesNotWait) {
  Definitions defs;
  defs.Asset("shaky",
             [](AssetContext& context) {
               if (context.retry_number() < 2) throw std::runtime_error("not yet");
               return context.retry_number();
             })
      .Retry({.max_retries = 2, .delay_seconds = 3600});
  const auto result = sdk::testing::Materialize(defs, {"shaky"});
  EXPECT_TRUE(result.success()) << result.error();
  EXPECT_EQ(result.Value<std::int64_t>("shaky"), 2);
}

struct Counter {
  explicit Counter(std::shared_ptr<std::vector<std::string>> log) : log_(std::move(log)) { log_->push_back("made"); }
  ~Counter() { log_->push_back("gone"); }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  void Use() { log_->push_back("used"); }

 private:
  std::shared_ptr<std::vector<std::string>> log_;
};

struct Client {
  std::shared_ptr<Counter> counter;
  std::string name;
};

struct ClientConfig : Config {
  std::string name = "main";
};
BOOST_DESCRIBE_STRUCT(ClientConfig, (), (name))

TEST(TestingTest, AResourceLivesFromBeforeTheFirstStepToAfterTheLast) {
  const auto log = std::make_shared<std::vector<std::string>>();
  Definitions defs;
  defs.Resource("counter", [log] { return std::make_shared<Counter>(log); });
  defs.Resource("client", [](const ClientConfig& config, Resource<Counter> counter) {
    counter->Use();
    return std::make_unique<Client>(Client{nullptr, config.name});
  });
  auto first = defs.Asset("first", [](Resource<Client> client, Resource<Counter> counter) {
    counter->Use();
    return client->name;
  });
  defs.Asset("second", [](const std::string& name) { return name + "!"; }).From(first);
  const auto result = sdk::testing::Materialize(defs, {"first", "second"});
  ASSERT_TRUE(result.success()) << result.error();
  EXPECT_EQ(result.Value<std::string>("second"), "main!");
  EXPECT_THAT(*log, ElementsAre("made", "used", "used", "gone"));
}

TEST(TestingTest, GraphsPassValuesThroughEveryKindOfEdge) {
  Definitions defs;
  auto one = defs.Op("one", One);
  auto twice = defs.Op("twice", [](std::int64_t n) { return 2 * n; });
  auto split = defs.Op("split", [](std::int64_t n) {
    return std::tuple<OptionalOutput<std::int64_t>, OptionalOutput<std::int64_t>>{n, std::nullopt};
  });
  auto total = defs.Op("total", [](const std::vector<std::int64_t>& all) {
    std::int64_t sum = 0;
    for (const auto each : all) sum += each;
    return sum;
  });
  auto four_times = defs.Graph(
      "four_times", [&](GraphBuilder& graph, Ref<std::int64_t> n) { return graph.Call(twice, graph.Call(twice, n)); });
  auto after = defs.Op("after", [] { return std::string("done"); }).After("start");
  defs.Job("job", [&](GraphBuilder& graph) {
    auto [left, right] = graph.Call(split, graph.Call(four_times, graph.Call(one)));
    graph.Call(twice, left).As("left");
    graph.Call(twice, right).As("right");
    auto sum = graph.Call(total, FanIn(left, graph.Call(one)));
    graph.Call(after).After("start", sum);
  });
  const auto result = sdk::testing::RunJob(defs, "job");
  ASSERT_TRUE(result.success()) << result.error();
  EXPECT_EQ(result.OutputValue<std::int64_t>("four_times.twice_2"), 4);
  EXPECT_EQ(result.OutputValue<std::int64_t>("left"), 8);
  EXPECT_THROW(result.OutputValue<std::int64_t>("right"), Error);
  EXPECT_EQ(result.OutputValue<std::int64_t>("total"), 5);
  EXPECT_EQ(result.OutputValue<std::string>("after"), "done");
}

struct Tables {
  std::vector<std::string> users;
  Output<std::int64_t> mails;
};
BOOST_DESCRIBE_STRUCT(Tables, (), (users, mails))

TEST(TestingTest, AStructBecomesSeveralAssets) {
  Definitions defs;
  auto tables = defs.MultiAsset("tables", [] { return Tables{{"ada", "bob"}, {7, {{"rows", 2}}}}; });
  defs.Asset("count", [](const std::vector<std::string>& users) { return users.size(); })
      .From(tables.Output<&Tables::users>());
  const auto result = sdk::testing::Materialize(defs, {"users", "mails", "count"});
  ASSERT_TRUE(result.success()) << result.error();
  EXPECT_EQ(result.Value<std::int64_t>("mails"), 7);
  EXPECT_EQ(result.Value<std::size_t>("count"), 2U);
  EXPECT_NE(result.FindMetadata("mails", "rows"), nullptr);
}

TEST(TestingTest, ASubsetOfAMultiAssetMakesOnlyThat) {
  Definitions defs;
  auto tables =
      defs.MultiAsset("tables",
                      [](AssetContext& context) {
                        for (const char* name : {"users", "mails"}) {
                          if (context.selected_asset_keys().contains(name))
                            context.Yield(MaterializeResult{.asset_key = name});
                        }
                        if (!context.selected_check_keys().empty()) {
                          context.Yield(CheckResult{.passed = true, .asset_key = "users", .check_name = "unique"});
                        }
                      },
                      {AssetSpec("users"), AssetSpec("mails").Deps({"users"})});
  tables.CanSubset();
  tables.Asset("users").Check("unique");
  const auto part = sdk::testing::Materialize(defs, {"mails"});
  ASSERT_TRUE(part.success()) << part.error();
  EXPECT_EQ(part.FindCheck("users", "unique"), nullptr);
  const auto whole = sdk::testing::Materialize(defs, {"users", "mails"});
  ASSERT_TRUE(whole.success()) << whole.error();
  ASSERT_NE(whole.FindCheck("users", "unique"), nullptr);
}

TEST(TestingTest, ChecksRunAndABlockingOneHoldsBack) {
  Definitions defs;
  auto raw =
      defs.Asset("raw",
                 [] {
                   return Output<std::int64_t>{-1, {}, {}, {}, {CheckResult{.passed = true, .check_name = "inline"}}};
                 })
          .Check("inline");
  defs.AssetCheck(
          "positive", raw,
          [](std::int64_t value) {
            return CheckResult{.passed = value > 0, .description = "must be positive", .metadata = {{"value", value}}};
          })
      .Blocking();
  defs.Asset("next", [](std::int64_t value) { return value; }).From(raw);
  const auto result = sdk::testing::Materialize(defs, {"raw", "next"});
  EXPECT_FALSE(result.success());
  EXPECT_THAT(result.succeeded_steps(), ElementsAre("raw"));
  ASSERT_NE(result.FindCheck("raw", "inline"), nullptr);
  EXPECT_TRUE(result.FindCheck("raw", "inline")->passed);
  ASSERT_NE(result.FindCheck("raw", "positive"), nullptr);
  EXPECT_FALSE(result.FindCheck("raw", "positive")->passed);
  EXPECT_EQ(result.FindCheck("raw", "positive")->description, "must be positive");
}

TEST(TestingTest, APartitionIsKnownToTheFunctionAndItsValueStoredUnderIt) {
  Definitions defs;
  const auto days = PartitionsDefinition::Daily("2024-01-01", {.end = "2024-01-11"});
  auto orders =
      defs.Asset("orders",
                 [](AssetContext& context) {
                   return std::pair(context.partition_key(), ToUnixSeconds(context.partition_time_window().first));
                 })
          .Partitions(days);
  defs.Asset("copy", [](const std::pair<std::string, double>& day) { return day.first; }).From(orders).Partitions(days);
  const auto result = sdk::testing::Materialize(defs, {"orders", "copy"}, {.partition_key = "2024-01-03"});
  ASSERT_TRUE(result.success()) << result.error();
  EXPECT_EQ((result.Value<std::pair<std::string, double>>("orders", "2024-01-03")),
            (std::pair<std::string, double>("2024-01-03", 1704240000)));
  EXPECT_EQ(result.Value<std::string>("copy", "2024-01-03"), "2024-01-03");
}

}  // namespace
}  // namespace tidemill::sdk
