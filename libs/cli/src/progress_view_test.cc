#include "progress_view.h"

#include <gmock/gmock.h>

#include "testing/events.h"
#include "text.h"

namespace tidemill::cli {
namespace {

using model::EventType;
using ::testing::ElementsAre;

const Paint kNoPaint(false);

RunProgress Running() {
  RunProgress progress("r", "job", {"raw_data", "processed_data", "report"});
  progress.Apply(EventAt(100, EventType::kRunStart));
  progress.Apply(EventAt(100, EventType::kStepStart, "raw_data"));
  progress.Apply(EventAt(100.25, EventType::kStepSuccess, "raw_data"));
  progress.Apply(EventAt(100.5, EventType::kStepStart, "processed_data"));
  return progress;
}

TEST(ProgressViewTest, ShowsStatesDurationsAndCounts) {
  EXPECT_THAT(RenderProgress(Running(), 102, {80, 24}, kNoPaint),
              ElementsAre("job  run r",                            //
                          "  succeeded  raw_data          250ms",  //
                          "  running    processed_data    1.50s",  //
                          "  waiting    report",                   //
                          "1 of 3 steps, 2.00s: 1 running, 1 succeeded, 1 waiting"));
}

TEST(ProgressViewTest, NoLineReachesTheEdgeOfANarrowTerminal) {
  for (int columns = 1; columns < 60; ++columns) {
    for (const std::string& line : RenderProgress(Running(), 102, {columns, 24}, kNoPaint)) {
      EXPECT_LE(DisplayWidth(line), static_cast<std::size_t>(std::max(columns - 1, 1))) << line;
    }
  }
}

TEST(ProgressViewTest, AShortTerminalKeepsWhatMatters) {
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.push_back("step" + std::to_string(i));
  RunProgress progress("r", "job", keys);
  progress.Apply(EventAt(100, EventType::kRunStart));
  for (int i = 0; i < 50; ++i) progress.Apply(EventAt(101 + i, EventType::kStepSuccess, keys[i]));
  progress.Apply(EventAt(160, EventType::kStepFailure, "step60", FailureOf("no")));
  progress.Apply(EventAt(161, EventType::kStepStart, "step70"));

  EXPECT_THAT(RenderProgress(progress, 162, {80, 8}, kNoPaint),
              ElementsAre("job  run r",                      //
                          "  succeeded  step48",             //
                          "  succeeded  step49",             //
                          "  failed     step60",             //
                          "  running    step70      1.00s",  //
                          "  and 96 more",                   //
                          "51 of 100 steps, 1m2s: 1 running, 1 failed, 50 succeeded, 48 waiting"));
}

TEST(ProgressViewTest, AnyHeightIsKept) {
  for (int rows = 1; rows < 12; ++rows) {
    EXPECT_LE(RenderProgress(Running(), 102, {80, rows}, kNoPaint).size(),
              static_cast<std::size_t>(std::max(rows - 1, 2)));
  }
}

TEST(ProgressViewTest, TheSummaryTellsWhatFailedAndTheRemedy) {
  RunProgress progress = Running();
  progress.Apply(EventAt(103, EventType::kStepFailure, "processed_data", FailureOf("Error: no rows")));
  progress.Apply(EventAt(103, EventType::kStepSkipped, "report"));
  progress.Apply(EventAt(103, EventType::kRunFailure));

  EXPECT_EQ(RenderSummary(progress, kNoPaint),
            "run r failed in 3.00s: 1 failed, 1 skipped, 1 succeeded\n"
            "  processed_data failed:\n"
            "    Error: no rows\n"
            "  see `tidemill run logs r`; `tidemill run reexecute r --from-failure` goes on from there\n");
}

TEST(ProgressViewTest, ChecksThatDidNotPassAreNamed) {
  RunProgress progress = Running();
  model::event::CheckEvaluation check{"raw_data", "fresh", false, {}, {}, model::CheckSeverity::kWarn, {}, {}, {}};
  progress.Apply(EventAt(101, EventType::kAssetCheckEvaluation, "raw_data", check));
  progress.Apply(EventAt(104, EventType::kRunSuccess));

  EXPECT_THAT(RenderSummary(progress, kNoPaint), ::testing::HasSubstr("check raw_data:fresh did not pass (WARN)\n"));
}

TEST(ProgressViewTest, ARetriedStepCountsItsAttempts) {
  RunProgress progress("r", "job", {"a"});
  progress.Apply(EventAt(100, EventType::kRunStart));
  progress.Apply(EventAt(100, EventType::kStepStart, "a"));
  progress.Apply(EventAt(101, EventType::kStepUpForRetry, "a", model::event::StepRetry{}));
  EXPECT_EQ(progress.steps().at(0).state, StepState::kRetrying);
  progress.Apply(EventAt(102, EventType::kStepRestarted, "a"));
  progress.Apply(EventAt(103, EventType::kStepSuccess, "a"));
  EXPECT_EQ(StepLine(progress.steps().at(0), kNoPaint), "a succeeded in 3.00s after 2 attempts");
}

}  // namespace
}  // namespace tidemill::cli
