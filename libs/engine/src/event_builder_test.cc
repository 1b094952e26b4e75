#include <gmock/gmock.h>

#include <tidemill/engine/asset_versions.h>
#include <tidemill/engine/event_builder.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::engine {
namespace {

TEST(EventBuilderTest, AStepsEventIsWrittenAsDagsterWritesIt) {
  const ManualClock clock(FromUnixSeconds(1795520637.582194));
  const EventBuilder events("5e4b", "opj", clock, 3077);
  model::StepSnap step;
  step.key = "sub.one";
  step.node_handle = model::NodeHandle{{"sub", "one"}};
  const StepIdentity identity("5e4b", "opj", step);

  const std::string text =
      serdes::Encode(events.OfStep(identity, model::EventType::kStepStart, "Started execution of step \"sub.one\"."));

  EXPECT_EQ(
      text,
      R"({"__class__": "EventLogEntry", "dagster_event": {"__class__": "DagsterEvent", "event_specific_data": null, )"
      R"("event_type_value": "STEP_START", "logging_tags": {"job_name": "opj", "op_name": "one", )"
      R"("resource_fn_name": "None", "resource_name": "None", "run_id": "5e4b", "step_key": "sub.one"}, )"
      R"("message": "Started execution of step \"sub.one\".", "pid": 3077, "pipeline_name": "opj", )"
      R"("solid_handle": {"__class__": "SolidHandle", "name": "one", "parent": {"__class__": "SolidHandle", )"
      R"("name": "sub", "parent": null}}, "step_handle": {"__class__": "StepHandle", "key": "sub.one", )"
      R"("solid_handle": {"__class__": "SolidHandle", "name": "one", "parent": {"__class__": "SolidHandle", )"
      R"("name": "sub", "parent": null}}}, "step_key": "sub.one", "step_kind_value": "COMPUTE"}, )"
      R"("error_info": null, "level": 10, "message": "", "pipeline_name": "opj", "run_id": "5e4b", )"
      R"("step_key": "sub.one", "timestamp": 1795520637.582194, )"
      R"("user_message": "Started execution of step \"sub.one\"."})");
}

TEST(EventBuilderTest, FailuresAreErrorsAndReportsHaveNoUserMessage) {
  const ManualClock clock(Timestamp{});
  const EventBuilder events("r", "j", clock, 1);
  EXPECT_EQ(events.OfRun(model::EventType::kRunFailure, "x").level, model::level::kError);
  EXPECT_EQ(events.OfRun(model::EventType::kRunSuccess, "x").level, model::level::kDebug);
  const auto reported = events.Reported(model::EventType::kEngineEvent, "x", model::level::kInfo);
  EXPECT_EQ(reported.user_message, "");
  EXPECT_EQ(reported.dagster_event->message, "x");
  EXPECT_FALSE(reported.dagster_event->pid.has_value());
}

TEST(EventBuilderTest, ListsReadAsPythonPrintsThem) {
  EXPECT_EQ(PythonList({}), "[]");
  EXPECT_EQ(PythonList({"a", "it's", "both ' and \""}), R"(['a', "it's", 'both \' and "'])");
}

// From a run of real Dagster: run id, and the versions of two assets in a row.
TEST(DataVersionTest, IsDagstersHash) {
  const std::string run = "7ccc50d5-03b0-4812-85e8-cc16ad119d82";
  const std::string raw = LogicalDataVersion(run, {});
  EXPECT_EQ(raw, "a120feb69d2835206666b6855abf85f9f32b36de5697fd619182d5897d0fa927");
  EXPECT_EQ(LogicalDataVersion(run, {{"raw_data", raw}}),
            "4fe7bfa79f13956b0365b1e702c8a5f5635f5d07190a0cad39359b435d18ca8b");
}

}  // namespace
}  // namespace tidemill::engine
