#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/serdes/serdes.h>
#include <tidemill/storage/event_row.h>

#include "testing/samples.h"

namespace tidemill::storage {
namespace {

using model::EventType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kStart;
using ::testing::Optional;
using ::testing::Pair;

TEST(EventRowTest, AnAssetEventFillsAssetAndPartition) {
  const auto entry = testing::Materialized("r1", model::AssetKey({"a", "b"}), kStart + 0.25, "p");
  const EventRow row = RowOf(entry);
  EXPECT_EQ(row.run_id, "r1");
  EXPECT_THAT(row.event_type, Optional(std::string_view("ASSET_MATERIALIZATION")));
  EXPECT_EQ(row.timestamp, "2023-11-14 22:13:20.250000");
  EXPECT_THAT(row.asset_key, Optional(std::string(R"(["a", "b"])")));
  EXPECT_THAT(row.partition, Optional(std::string_view("p")));
}

TEST(EventRowTest, ACheckEventHasNoAssetColumn) {
  const auto entry = testing::CheckEvaluated("r1", {.asset_key = {"a"}, .name = "ok"}, true);
  EXPECT_EQ(RowOf(entry).asset_key, std::nullopt);
  EXPECT_TRUE(IsMirrored(entry));
}

TEST(EventRowTest, TheStepOfADagsterEventIsTheEventsOwn) {
  auto entry = testing::StepEvent("r1", EventType::kStepStart, "a");
  entry.dagster_event->step_key.reset();
  EXPECT_EQ(RowOf(entry).step_key, std::nullopt);
  auto line = testing::LogLine("r1", "x");
  line.step_key = "b";
  EXPECT_THAT(RowOf(line).step_key, Optional(std::string_view("b")));
  EXPECT_EQ(RowOf(line).event_type, std::nullopt);
}

TEST(EventRowTest, AnEventOfAnUnknownClassStillNamesItsAsset) {
  auto entry = testing::RunEvent("", EventType::kFreshnessStateChange);
  entry.dagster_event->data =
      model::event::Unknown{json::Object{{"key", json::Object{{"__class__", "AssetKey"}, {"path", json::Array{"a"}}}}}};
  EXPECT_THAT(RowOf(entry).asset_key, Optional(std::string(R"(["a"])")));
}

TEST(EventRowTest, OnlyVersionsAndDimensionsAreIndexed) {
  const auto entry = testing::Materialized(
      "r1", {"a"}, kStart, "x|y", {{"dagster/data_version", "v"}, {"dagster/partition/day", "x"}, {"other", "z"}});
  EXPECT_THAT(IndexedTags(*entry.dagster_event),
              ElementsAre(Pair("dagster/data_version", "v"), Pair("dagster/partition/day", "x")));
  EXPECT_THAT(IndexedTags(*testing::Planned("r1", {"a"}).dagster_event), IsEmpty());
}

TEST(EventRowTest, ARecordIsReadBack) {
  const NewEvent event(testing::Materialized("r1", {"a"}));
  const auto record = ParseRecord(RecordText(event.text, 7));
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->storage_id, 7);
  EXPECT_EQ(serdes::Encode(record->entry), event.text);
  EXPECT_EQ(ParseRecord(event.text), std::nullopt) << "an entry without a record, as Dagster 0.11 stored";
}

TEST(ApplyStatusEventTest, OnlyStatusAndReasonChangeInTheBody) {
  const std::string body = R"({"__class__": "PipelineRun", "from_the_future": {"b": 1e-07, "a": [1]}, "run_id": "r1", )"
                           R"("status": {"__enum__": "PipelineRunStatus.STARTED"}, "tags": {"z": "1"}})";
  const RunUpdate update = ApplyStatusEvent(body, testing::RunFailed("r1", "STEP_FAILURE", kStart));
  EXPECT_EQ(update.body, R"({"__class__": "PipelineRun", "from_the_future": {"a": [1], "b": 1e-07}, "run_id": "r1", )"
                         R"("status": {"__enum__": "PipelineRunStatus.FAILURE"}, )"
                         R"("tags": {"dagster/failure_reason": "STEP_FAILURE", "z": "1"}})");
  EXPECT_EQ(update.status, model::RunStatus::kFailure);
  EXPECT_THAT(update.end_time, Optional(kStart));
  EXPECT_EQ(update.start_time, std::nullopt);
  EXPECT_THAT(update.failure_reason, Optional(std::string("STEP_FAILURE")));
}

TEST(ApplyStatusEventTest, ABodyThatIsNoRunIsDamage) {
  EXPECT_THROW(ApplyStatusEvent("[]", testing::RunEvent("r1", EventType::kRunStart)), Error);
}

TEST(TagsForStorageTest, TheRunsOwnTagWins) {
  model::Run run = testing::SampleRun("r1", {{".dagster/pool/db", "mine"}, {"team", "a"}});
  run.run_op_concurrency = model::RunOpConcurrency{{}, false, {"db"}};
  EXPECT_THAT(TagsForStorage(run), ElementsAre(Pair(".dagster/pool/db", "mine"), Pair("team", "a")));
}

}  // namespace
}  // namespace tidemill::storage
