#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>
#include <tidemill/model/instigators.h>
#include <tidemill/model/repository_snap.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::serdes {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

TEST(SnapshotsTest, EmptyFieldsAreLeftOutAsDagsterDoes) {
  model::JobSnap job;
  job.name = "j";
  job.graph_def_name = "j";
  const std::string bare = Encode(job);
  for (const char* name : {"\"metadata\"", "\"owners\"", "\"run_tags\"", "\"automation_condition\""}) {
    EXPECT_THAT(bare, Not(HasSubstr(name)));
  }
  job.run_tags.emplace();  // empty is not null
  job.owners = {{"team:a"}};
  job.metadata = {{"m", model::metadata::Bool{true}}};
  const std::string full = Encode(job);
  EXPECT_THAT(full, HasSubstr(R"("run_tags": {})"));
  EXPECT_THAT(full, HasSubstr(R"("owners": ["team:a"])"));
  EXPECT_THAT(full, HasSubstr(R"("metadata": [{"__class__": "EventMetadataEntry")"));
}

TEST(SnapshotsTest, InputsOfAnOpAreSortedByName) {
  model::JobSnap job;
  job.op_defs.emplace_back();
  job.op_defs[0].inputs.resize(2);
  job.op_defs[0].inputs[0].name = "z";
  job.op_defs[0].inputs[1].name = "a";
  const auto read = Decode<model::JobSnap>(Encode(job));
  EXPECT_EQ(read.op_defs.at(0).inputs.at(0).name, "a");
  EXPECT_EQ(read.op_defs.at(0).inputs.at(1).name, "z");
}

TEST(SnapshotsTest, AnOldJobsGraphHasTheJobsName) {
  model::JobSnap job;
  job.name = "old";
  EXPECT_THAT(Encode(job), HasSubstr(R"("graph_def_name": "old")"));
}

TEST(SnapshotsTest, TheKindOfASetIsKept) {
  model::JobSnap job;
  job.lineage.emplace();
  job.lineage->asset_selection = {model::AssetKey("a")};
  const std::string frozen = SnapshotId(job);
  job.lineage->asset_selection_frozen = false;
  EXPECT_NE(SnapshotId(job), frozen);
  EXPECT_FALSE(Decode<model::JobSnap>(Encode(job)).lineage->asset_selection_frozen);
}

TEST(SnapshotsTest, AStepsHandleFollowsItsKey) {
  model::PlanSnap plan;
  plan.steps.resize(3);
  for (model::StepSnap& step : plan.steps) step.node_handle = model::NodeHandle{{"g", "a"}};
  plan.steps[0].key = "g.a";
  plan.steps[1].key = "g.a[?]";
  plan.steps[2].key = "g.a[k]";
  plan.steps[0].tags = {{"b", "2"}, {"a", "1"}};
  const std::string text = Encode(plan);
  EXPECT_THAT(text, HasSubstr(R"("step_handle": {"__class__": "StepHandle", "key": "g.a", "solid_handle")"));
  EXPECT_THAT(text, HasSubstr(R"("step_handle": {"__class__": "UnresolvedStepHandle", "solid_handle")"));
  EXPECT_THAT(text,
              HasSubstr(R"({"__class__": "ResolvedFromDynamicStepHandle", "key": "g.a[k]", "mapping_key": "k", )"));
  EXPECT_THAT(text, HasSubstr(R"("solid_handle_id": "g.a")"));
  EXPECT_THAT(text, HasSubstr(R"({"__class__": "ExecutionPlanMetadataItemSnap", "key": "a", "value": "1"}, )"
                              R"({"__class__": "ExecutionPlanMetadataItemSnap", "key": "b", "value": "2"}])"));
  EXPECT_EQ(Encode(Decode<model::PlanSnap>(text)), text);
}

TEST(SnapshotsTest, OneCronIsAStringAndSeveralAreAList) {
  model::InstigatorState state;
  state.data = model::ScheduleState{{"0 * * * *"}, {}, {}};
  EXPECT_THAT(Encode(state), HasSubstr(R"("cron_schedule": "0 * * * *")"));
  state.data = model::ScheduleState{{"0 * * * *", "@daily"}, {}, {}};
  EXPECT_THAT(Encode(state), HasSubstr(R"("cron_schedule": ["0 * * * *", "@daily"])"));
}

TEST(SnapshotsTest, OldNamesAreRead) {
  const auto state = Decode<model::InstigatorState>(
      R"({"__class__": "InstigatorState", "status": {"__enum__": "JobStatus.AUTOMATICALLY_RUNNING"}})");
  EXPECT_EQ(state.status, model::InstigatorStatus::kDeclaredInCode);
  const auto heartbeat = Decode<model::DaemonHeartbeat>(
      R"({"__class__": "DaemonHeartbeat", "daemon_type": {"__enum__": "DaemonType.SENSOR"}, "timestamp": 1})");
  EXPECT_EQ(heartbeat.daemon_type, "SENSOR");
}

TEST(SnapshotsTest, AnUnknownPartitionsClassIsAnError) {
  EXPECT_THAT(
      [] {
        Decode<model::AssetNodeSnap>(
            R"({"__class__": "ExternalAssetNode", "partitions_def_data": {"__class__": "PartitionsOfTomorrow"}})");
      },
      ThrowsMessage<Error>("ExternalAssetNode.partitions_def_data: class PartitionsOfTomorrow is not expected here"));
}

}  // namespace
}  // namespace tidemill::serdes
