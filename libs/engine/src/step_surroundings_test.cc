// What a step meets around it: pools that other runs share, the partitions of its run, and what IO managers are told.
#include <future>
#include <map>
#include <mutex>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include "testing/run_fixture.h"

namespace tidemill::engine {
namespace {

using assets::PartitionsDefinition;
using model::EventType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IntOf;
using ::testing::IsEmpty;
using testing::JobBuilder;
using testing::MakeInt;
using testing::RunFixture;

void YieldInt(StepContext& context, std::int64_t value) {
  Output result;
  result.name = "result";
  result.value = MakeInt(value);
  context.Yield(std::move(result));
}

/// Keeps values in memory, and writes what it was told into the event of each output and input.
class TellingIoManager final : public IoManager {
 public:
  void HandleOutput(OutputContext& context, const AnyValue& value) override {
    model::Metadata told{
        {"partitions", model::metadata::Text{fmt::format("{}", fmt::join(context.partition_keys(), ","))}}};
    for (const auto& [name, entry] : context.definition_metadata()) told.emplace_back("told " + name, entry);
    context.AddMetadata(std::move(told));
    const std::lock_guard lock(mutex_);
    values_.insert_or_assign(context.step().step_key, value);
  }

  AnyValue LoadInput(InputContext& context) override {
    context.AddMetadata(
        {{"partitions", model::metadata::Text{fmt::format("{}", fmt::join(context.partition_keys(), ","))}}});
    const std::lock_guard lock(mutex_);
    return values_.at(context.upstream_output()->step_key);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, AnyValue> values_;
};

void UseTellingIoManager(JobBuilder& job) {
  job.job().resources.at("io_manager").create = [](ResourceInitContext&) {
    return ResourceRef{typeid(IoManager), std::shared_ptr<IoManager>(std::make_shared<TellingIoManager>())};
  };
}

/// Two assets with the same partitions, the second made from the first.
JobDefinition Partitioned() {
  JobBuilder job("partitioned");
  job.Asset("daily", {}, [](StepContext& context) {
    YieldInt(context, static_cast<std::int64_t>(context.info().partitions->keys.size()));
  });
  job.Asset("doubled", {"daily"}, [](StepContext& context) { YieldInt(context, IntOf(context.Input("daily")) * 2); });
  const auto partitions = PartitionsDefinition::Static({"a", "b", "c"});
  job.job().asset_outputs.at({"daily", "result"}).partitions = partitions;
  job.job().asset_outputs.at({"daily", "result"}).metadata = {{"table", model::metadata::Text{"days"}}};
  job.job().asset_outputs.at({"doubled", "result"}).partitions = partitions;
  job.job().asset_inputs.at({"doubled", "daily"}).partitions = partitions;
  UseTellingIoManager(job);
  return job.Build();
}

JobDefinition Pooled() {
  JobBuilder job("pooled");
  job.Op("query", {}, {"result"}, [](StepContext& context) { YieldInt(context, 1); });
  job.op("query").pool = "database";
  job.job().structure.op_defs.back().pool = "database";
  job.Node("one", "query").Node("two", "query");
  return job.Build();
}

class StepSurroundingsTest : public ::testing::Test {
 protected:
  StepSurroundingsTest() {
    fixture.location().Add("partitioned", Partitioned);
    fixture.location().Add("pooled", Pooled);
  }

  std::string RunWithTags(model::Tags tags, RunEnd wanted) {
    model::Run run;
    run.tags = std::move(tags);
    const std::string id = fixture.CreateRun("partitioned", run);
    EXPECT_EQ(fixture.Execute(id), wanted);
    return id;
  }

  /// The partitions of the asset's materializations, in order.
  std::vector<std::string> Materialized(const std::string& run, const std::string& asset) {
    std::vector<std::string> partitions;
    for (const auto& entry : fixture.Events(run)) {
      if (!entry.dagster_event || entry.step_key != asset) continue;
      const auto* made = std::get_if<model::event::StepMaterialization>(&entry.dagster_event->data);
      if (made != nullptr) partitions.push_back(made->materialization.partition.value_or("none"));
    }
    return partitions;
  }

  RunFixture fixture;
};

std::string TextOf(const model::Metadata& metadata, const std::string& name) {
  for (const auto& [key, entry] : metadata) {
    if (key == name) return std::get<model::metadata::Text>(entry).text;
  }
  return "there is none";
}

TEST_F(StepSurroundingsTest, APartitionReachesTheStepItsEventsAndItsIoManager) {
  const std::string run = RunWithTags({{std::string(model::tag::kPartition), "b"}}, RunEnd::kSucceeded);

  EXPECT_THAT(Materialized(run, "daily"), ElementsAre("b"));
  EXPECT_THAT(Materialized(run, "doubled"), ElementsAre("b"));
  const auto handled = fixture.Find(run, EventType::kHandledOutput, "daily");
  EXPECT_EQ(TextOf(std::get<model::event::HandledOutput>(handled.dagster_event->data).metadata, "partitions"), "b");
  const auto loaded = fixture.Find(run, EventType::kLoadedInput, "doubled");
  EXPECT_EQ(TextOf(std::get<model::event::LoadedInput>(loaded.dagster_event->data).metadata, "partitions"), "b");
  EXPECT_THAT(fixture.storage().events().MaterializedPartitions("doubled"), ElementsAre("b"));
}

TEST_F(StepSurroundingsTest, ARangeIsOneStepWithAMaterializationEach) {
  const std::string run = RunWithTags(
      {{std::string(model::tag::kPartitionRangeStart), "a"}, {std::string(model::tag::kPartitionRangeEnd), "b"}},
      RunEnd::kSucceeded);

  EXPECT_THAT(Materialized(run, "daily"), ElementsAre("a", "b"));
  EXPECT_THAT(Materialized(run, "doubled"), ElementsAre("a", "b"));
  const auto loaded = fixture.Find(run, EventType::kLoadedInput, "doubled");
  EXPECT_EQ(TextOf(std::get<model::event::LoadedInput>(loaded.dagster_event->data).metadata, "partitions"), "a,b");
}

TEST_F(StepSurroundingsTest, AnUnknownPartitionFailsTheStepAndIsNamed) {
  const std::string run = RunWithTags({{std::string(model::tag::kPartition), "z"}}, RunEnd::kFailed);

  const auto failed = fixture.Find(run, EventType::kStepFailure, "daily");
  EXPECT_THAT(std::get<model::event::StepFailure>(failed.dagster_event->data).error->message, HasSubstr("`z`"));
}

TEST_F(StepSurroundingsTest, AnIoManagerIsToldTheMetadataOfTheAssetsDefinition) {
  const std::string run = RunWithTags({{std::string(model::tag::kPartition), "a"}}, RunEnd::kSucceeded);

  const auto handled = fixture.Find(run, EventType::kHandledOutput, "daily");
  EXPECT_EQ(TextOf(std::get<model::event::HandledOutput>(handled.dagster_event->data).metadata, "told table"), "days");
}

TEST_F(StepSurroundingsTest, AStepWaitsForItsPoolAndGivesItsSlotBack) {
  storage::EventStorage& events = fixture.storage().events();
  events.SetPoolLimit("database", 1);
  ASSERT_TRUE(events.ClaimSlot("database", "another-run", "step", 0));
  const std::string run = fixture.CreateRun("pooled");

  auto end = std::async(std::launch::async, [&] { return fixture.Execute(run); });
  const auto is_blocked = [&] {
    for (const auto& entry : fixture.Events(run)) {
      if (entry.user_message.find("blocked by limit for pool database") != std::string::npos) return true;
    }
    return false;
  };
  while (!is_blocked()) std::this_thread::yield();
  EXPECT_THAT(fixture.Story(run), ::testing::Not(::testing::Contains("STEP_START one")));
  events.FreeSlots("another-run", std::nullopt);

  EXPECT_EQ(end.get(), RunEnd::kSucceeded);
  ASSERT_EQ(events.Pools().size(), 1u);
  EXPECT_THAT(events.Pools().front().claims, IsEmpty());
}

}  // namespace
}  // namespace tidemill::engine
