#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>
#include <tidemill/model/events.h>
#include <tidemill/model/runs.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::serdes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(SerdesTest, AStepSuccessIsWrittenAsDagsterWritesIt) {
  model::EventLogEntry entry;
  entry.run_id = "r1";
  entry.job_name = "j";
  entry.timestamp = 1795520637.5;
  entry.user_message = "Finished.";
  entry.step_key = "a";
  entry.dagster_event.emplace();
  entry.dagster_event->type = model::EventType::kStepSuccess;
  entry.dagster_event->job_name = "j";
  entry.dagster_event->step_handle = model::StepHandle{model::NodeHandle{{"g", "a"}}, "g.a"};
  entry.dagster_event->logging_tags = {{"b", "2"}, {"a", "1"}};
  entry.dagster_event->data = model::event::StepSuccess{12.0};
  EXPECT_EQ(Encode(entry),
            R"({"__class__": "EventLogEntry", "dagster_event": {"__class__": "DagsterEvent", "event_specific_data": )"
            R"({"__class__": "StepSuccessData", "duration_ms": 12.0}, "event_type_value": "STEP_SUCCESS", )"
            R"("logging_tags": {"a": "1", "b": "2"}, "message": null, "pid": null, "pipeline_name": "j", )"
            R"("solid_handle": null, "step_handle": {"__class__": "StepHandle", "key": "g.a", "solid_handle": )"
            R"({"__class__": "SolidHandle", "name": "a", "parent": {"__class__": "SolidHandle", "name": "g", )"
            R"("parent": null}}}, "step_key": null, "step_kind_value": null}, "error_info": null, "level": 10, )"
            R"("message": "", "pipeline_name": "j", "run_id": "r1", "step_key": "a", "timestamp": 1795520637.5, )"
            R"("user_message": "Finished."})");
}

TEST(SerdesTest, AnErrorNamesClassAndField) {
  EXPECT_THAT([] { Decode<model::Run>(R"({"__class__": "PipelineRun", "status": {"__enum__": "S.LOST"}})"); },
              ThrowsMessage<Error>("PipelineRun.status: PipelineRunStatus has no member \"LOST\""));
  EXPECT_THAT(
      [] {
        Decode<model::EventLogEntry>(
            R"({"__class__": "EventLogEntry", "error_info": {"__class__": "SerializableErrorInfo", "message": 1}})");
      },
      ThrowsMessage<Error>(HasSubstr("EventLogEntry.error_info: SerializableErrorInfo.message: JSON value is")));
  EXPECT_THAT([] { Decode<model::Run>(R"({"__class__": "AssetKey", "path": []})"); },
              ThrowsMessage<Error>("class AssetKey where a PipelineRun is expected"));
}

TEST(SerdesTest, UnknownFieldsArePassedOverAndMissingOnesTakeTheirDefault) {
  const auto run = Decode<model::Run>(R"({"later": {"__class__": "New"}, "run_id": "x", "__class__": "PipelineRun"})");
  EXPECT_EQ(run.run_id, "x");
  EXPECT_EQ(run.status, model::RunStatus::kNotStarted);
  EXPECT_FALSE(run.op_selection);
  const auto entry = Decode<model::EventLogEntry>(
      R"({"__class__": "EventLogEntry", "dagster_event": {"__class__": "DagsterEvent", "event_type_value": "LOADED_INPUT", )"
      R"("event_specific_data": {"__class__": "LoadedInputData", "metadata_entries": [{"__class__": "EventMetadataEntry", )"
      R"("entry_data": {"__class__": "BoolMetadataEntryData"}, "label": "b"}]}}})");
  const auto& loaded = std::get<model::event::LoadedInput>(entry.dagster_event->data);
  ASSERT_EQ(loaded.metadata.size(), 1U);
  EXPECT_FALSE(std::get<model::metadata::Bool>(loaded.metadata.front().second).value);
}

TEST(SerdesTest, AnUnreadableEventIsOneOfTheEngineThatKeepsWhatWasStored) {
  for (const std::string_view odd :
       {R"("event_type_value": "STEP_TELEPORTED")", R"("event_type_value": "STEP_START", "pid": "1")"}) {
    const std::string stored = std::string(R"({"__class__": "DagsterEvent", "event_specific_data": null, )") +
                               std::string(odd) + R"(, "message": "beamed up", "pipeline_name": "j", "step_key": "a"})";
    const auto event = Decode<model::DagsterEvent>(stored);
    EXPECT_EQ(event.type, model::EventType::kEngineEvent);
    EXPECT_EQ(event.job_name, "j");
    EXPECT_EQ(event.step_key, "a");
    EXPECT_THAT(event.message, ::testing::Optional(HasSubstr("beamed up")));
    const auto& data = std::get<model::event::Engine>(event.data);
    ASSERT_EQ(data.metadata.size(), 1u);
    EXPECT_EQ(std::get<model::metadata::Json>(data.metadata[0].second).data, json::Parse(stored));
    EXPECT_THAT(data.error->message, HasSubstr("upgrade"));
    EXPECT_EQ(Encode(Decode<model::DagsterEvent>(Encode(event))), Encode(event));
  }
  EXPECT_THROW(Decode<model::DagsterEvent>(R"({"__class__": "AssetKey", "path": []})"), Error);
}

TEST(SerdesTest, AnUnknownEventClassIsRewrittenAsItWas) {
  const std::string data = R"({"__class__": "EventOfTomorrow", "n": [1, 1.0, {"__set__": ["a"]}]})";
  const std::string event =
      R"({"__class__": "DagsterEvent", "event_specific_data": )" + data +
      R"(, "event_type_value": "ASSET_WIPED", "logging_tags": {}, "message": null, "pid": null, )"
      R"("pipeline_name": "", "solid_handle": null, "step_handle": null, "step_key": null, "step_kind_value": null})";
  EXPECT_EQ(Encode(Decode<model::DagsterEvent>(event)), event);
}

TEST(SerdesTest, SetsAreSortedByPythonsText) {
  model::Run run;
  run.asset_selection = {model::AssetKey({"b"}), model::AssetKey({"a", "z"}), model::AssetKey({"a"})};
  run.resolved_op_selection = {"y", "x"};
  const std::string text = Encode(run);
  // "AssetKey(['a', 'z'])" is before "AssetKey(['a'])".
  EXPECT_THAT(text,
              HasSubstr(R"("asset_selection": {"__frozenset__": [{"__class__": "AssetKey", "path": ["a", "z"]}, )"
                        R"({"__class__": "AssetKey", "path": ["a"]}, {"__class__": "AssetKey", "path": ["b"]}]})"));
  EXPECT_THAT(text, HasSubstr(R"("solids_to_execute": {"__frozenset__": ["x", "y"]})"));
}

}  // namespace
}  // namespace tidemill::serdes
