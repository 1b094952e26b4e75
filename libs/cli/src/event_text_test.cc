#include "event_text.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <time.h>

#include "testing/events.h"

namespace tidemill::cli {
namespace {

using model::EventType;

class EventTextTest : public ::testing::Test {
 protected:
  EventTextTest() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};

TEST_F(EventTextTest, ErrorsShowTheirFramesAndCauses) {
  model::EventLogEntry entry = EventAt(100, EventType::kStepFailure, "a", FailureOf("Error: no"));
  entry.level = model::level::kError;
  entry.user_message = "Execution of step \"a\" failed.";

  EXPECT_EQ(
      EventText(entry, Paint(false)),
      "1970-01-01 00:01:40.000  ERROR     a                 STEP_FAILURE              Execution of step \"a\" failed.\n"
      "    Error occurred while executing op:\n"
      "    Error: no\n"
      "        at work (pipeline.cc:7)\n");
}

TEST_F(EventTextTest, JsonHoldsWhatProgramsNeed) {
  model::EventLogEntry entry =
      EventAt(100.5, EventType::kAssetMaterialization, "a",
              model::event::StepMaterialization{
                  {model::AssetKey({"x", "a"}), {}, {{"rows", model::metadata::Int{3}}}, "p", {}}, {}});
  entry.user_message = "Materialized.";
  EXPECT_EQ(json::Dump(EventJson(7, entry)),
            R"({"storage_id": 7, "timestamp": 100.5, "level": "DEBUG", "event_type": "ASSET_MATERIALIZATION", )"
            R"("step_key": "a", "message": "Materialized.", "asset_key": ["x", "a"], "partition": "p", )"
            R"("metadata": {"rows": 3}, "error": null})");
  EXPECT_EQ(json::Dump(EventJson(8, LogAt(1, model::level::kInfo, "hi")).AsObject().At("event_type")), "null");
}

TEST_F(EventTextTest, LevelsBetweenNamesTakeTheLowerOne) {
  EXPECT_EQ(LevelName(35), "WARNING");
  EXPECT_EQ(LevelName(5), "DEBUG");
  EXPECT_EQ(ParseLevel("ERROR"), model::level::kError);
  EXPECT_EQ(ParseLevel("LOUD"), std::nullopt);
}

}  // namespace
}  // namespace tidemill::cli
