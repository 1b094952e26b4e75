#include "progress_output.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <time.h>

#include "testing/events.h"
#include "testing/fake_environment.h"

namespace tidemill::cli {
namespace {

using model::EventType;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ProgressOutputTest : public ::testing::Test {
 protected:
  ProgressOutputTest() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }

  void Feed(ProgressOutput& output, const model::EventLogEntry& entry) {
    progress_.Apply(entry);
    output.Show(entry, progress_);
  }

  FakeEnvironment fake_;
  RunProgress progress_{"r", "job", {"a", "b"}};
};

TEST_F(ProgressOutputTest, APipeGetsALineForEachThing) {
  const auto output = MakeProgressOutput(fake_.environment, false);
  Feed(*output, EventAt(100, EventType::kRunStart));
  Feed(*output, EventAt(100, EventType::kStepStart, "a"));
  Feed(*output, LogAt(100.1, model::level::kInfo, "read 3 rows", "a"));
  Feed(*output, LogAt(100.1, model::level::kDebug, "not worth a line", "a"));
  Feed(*output, EventAt(100.2, EventType::kAssetMaterialization, "a",
                        model::event::StepMaterialization{{"a", {}, {}, "2026-01-01", {}}, {}}));
  Feed(*output, EventAt(100.25, EventType::kStepSuccess, "a"));
  Feed(*output, EventAt(101, EventType::kStepFailure, "b", FailureOf("Error: no")));
  Feed(*output, EventAt(101, EventType::kRunFailure));
  output->Finish(progress_);

  EXPECT_EQ(fake_.out.text(),
            "00:01:40.000 run r of job started\n"
            "00:01:40.000 a started\n"
            "00:01:40.099 a: read 3 rows\n"
            "00:01:40.200 a materialized [2026-01-01]\n"
            "00:01:40.250 a succeeded in 250ms\n"
            "00:01:41.000 b failed\n"
            "run r failed in 1.00s: 1 failed, 1 succeeded\n"
            "  b failed:\n"
            "    Error: no\n"
            "  see `tidemill run logs r`; `tidemill run reexecute r --from-failure` goes on from there\n");
}

TEST_F(ProgressOutputTest, ATerminalIsRedrawnInPlaceOneWriteAFrame) {
  fake_.out.set_terminal(true);
  const auto output = MakeProgressOutput(fake_.environment, false);
  Feed(*output, EventAt(100, EventType::kRunStart));
  output->Refresh(progress_, 100);
  Feed(*output, LogAt(100.1, model::level::kWarning, "few rows", "a"));
  output->Refresh(progress_, 101);

  ASSERT_EQ(fake_.out.writes().size(), 2u);
  EXPECT_THAT(fake_.out.writes()[0], StartsWith("\x1b[?2026h\x1b[1mjob  run r\x1b[0m\x1b[K\n"));
  // Up over the first frame's four lines, then the log line, then the frame again.
  EXPECT_THAT(fake_.out.writes()[1], StartsWith("\x1b[?2026h\x1b[4A\r\x1b[J"));
  EXPECT_THAT(fake_.out.writes()[1], HasSubstr("00:01:40.099 a: \x1b[33mfew rows\x1b[0m\n\x1b[1mjob"));
}

TEST_F(ProgressOutputTest, ANarrowerTerminalHasWrappedTheOldFrame) {
  fake_.out.set_terminal(true);
  fake_.variables["NO_COLOR"] = "1";
  const auto output = MakeProgressOutput(fake_.environment, false);
  output->Refresh(progress_, 100);
  fake_.out.set_size({10, 24});
  output->Refresh(progress_, 100);
  // Widths 10, 14 (twice) and 33 on 10 columns: 1 + 2 + 2 + 4 rows.
  EXPECT_THAT(fake_.out.writes()[1], HasSubstr("\x1b[9A\r"));
}

TEST_F(ProgressOutputTest, NoColorMeansNoColourButStillRedraws) {
  fake_.out.set_terminal(true);
  fake_.variables["NO_COLOR"] = "1";
  const auto output = MakeProgressOutput(fake_.environment, false);
  Feed(*output, EventAt(100, EventType::kStepStart, "a"));
  output->Refresh(progress_, 101);
  EXPECT_THAT(fake_.out.text(), Not(HasSubstr("\x1b[36m")));
  EXPECT_THAT(fake_.out.text(), HasSubstr("\x1b[K"));
}

TEST_F(ProgressOutputTest, JsonKeepsStandardOutputForTheResult) {
  fake_.out.set_terminal(true);
  fake_.err.set_terminal(true);
  const auto live = MakeProgressOutput(fake_.environment, true);
  live->Refresh(progress_, 100);
  EXPECT_EQ(fake_.out.text(), "");
  EXPECT_THAT(fake_.err.text(), HasSubstr("job  run r"));

  fake_.err.set_terminal(false);
  const auto silent = MakeProgressOutput(fake_.environment, true);
  Feed(*silent, EventAt(100, EventType::kRunStart));
  silent->Finish(progress_);
  EXPECT_EQ(fake_.out.text(), "");
}

}  // namespace
}  // namespace tidemill::cli
