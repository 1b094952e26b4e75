#include "run_text.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <time.h>

#include "testing/events.h"

namespace tidemill::cli {
namespace {

using model::EventType;

class RunTextTest : public ::testing::Test {
 protected:
  RunTextTest() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    record_.run.run_id = "r";
    record_.run.job_name = "job";
    record_.run.status = model::RunStatus::kFailure;
    record_.run.tags = {{"team", "core"}, {"dagster/partition", "eu"}};
    record_.run.asset_selection = {{"a", model::AssetKey({"x", "b"})}};
    record_.create_timestamp = FromUnixSeconds(99);
    record_.start_time = 100;
    record_.end_time = 103;
    progress_.Apply(EventAt(100, EventType::kRunStart));
    progress_.Apply(EventAt(100, EventType::kStepStart, "a"));
    progress_.Apply(EventAt(101, EventType::kAssetMaterialization, "a",
                            model::event::StepMaterialization{{"a", {}, {}, "eu", {}}, {}}));
    progress_.Apply(EventAt(101.5, EventType::kStepSuccess, "a"));
    progress_.Apply(EventAt(102, EventType::kStepFailure, "b", FailureOf("Error: no")));
    progress_.Apply(EventAt(103, EventType::kRunFailure));
  }

  model::RunRecord record_;
  RunProgress progress_{"r", "job", {"a", "b"}};
};

TEST_F(RunTextTest, ShowsARunForPeople) {
  EXPECT_EQ(RunText(record_, progress_, Paint(false)),
            "Run:       r\n"
            "Job:       job\n"
            "Status:    FAILURE\n"
            "Selection: a, x/b\n"
            "Created:   1970-01-01 00:01:39\n"
            "Started:   1970-01-01 00:01:40\n"
            "Ended:     1970-01-01 00:01:43 (3.00s)\n"
            "Tag:       team = core\n"
            "Tag:       dagster/partition = eu\n"
            "\n"
            "STEP  STATE      TIME\n"
            "a     succeeded  1.50s\n"
            "b     failed     -\n"
            "\n"
            "Materialized:\n"
            "  a [eu]\n"
            "\n"
            "run r failed in 3.00s: 1 failed, 1 succeeded\n"
            "  b failed:\n"
            "    Error: no\n"
            "  see `tidemill run logs r`; `tidemill run reexecute r --from-failure` goes on from there\n");
}

TEST_F(RunTextTest, AndForPrograms) {
  const json::Object result = RunResultJson(record_, progress_);
  EXPECT_EQ(json::Dump(result.At("asset_selection")), R"([["a"], ["x", "b"]])");
  EXPECT_EQ(json::Dump(result.At("materializations")), R"([{"asset_key": ["a"], "partition": "eu"}])");
  EXPECT_EQ(
      json::Dump(result.At("steps").AsArray()[0]),
      R"({"key": "a", "status": "SUCCESS", "start_time": 100.0, "end_time": 101.5, "attempts": 1, "error": null})");
  EXPECT_EQ(result.At("status"), json::Value("FAILURE"));
  EXPECT_TRUE(result.At("op_selection").is_null());
}

TEST_F(RunTextTest, ARowHasNoColourWithoutATerminal) {
  EXPECT_THAT(RunRow(record_, Paint(false)),
              ::testing::ElementsAre("r", "FAILURE    ", "1970-01-01 00:01:40", "  3.00s", "eu", "job"));
}

}  // namespace
}  // namespace tidemill::cli
