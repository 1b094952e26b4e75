#include <gmock/gmock.h>

#include <tidemill/storage/stats.h>

#include "testing/samples.h"

namespace tidemill::storage {
namespace {

using model::EventType;
using ::testing::IsEmpty;
using testing::kStart;
using ::testing::Optional;
using ::testing::SizeIs;
using testing::StepEvent;

model::EventLogEntry Marker(std::string_view step, EventType type, std::optional<std::string> start,
                            std::optional<std::string> end, double time) {
  model::EventLogEntry entry = StepEvent("r1", type, step, time);
  model::event::Engine engine;
  engine.marker_start = std::move(start);
  engine.marker_end = std::move(end);
  entry.dagster_event->data = std::move(engine);
  return entry;
}

TEST(RunStatsTest, ASuccessEndsTheRunBeforeAnEarlierFailureDoes) {
  const std::vector<TypeSummary> summaries = {
      {.type = EventType::kRunFailure, .count = 1, .last_timestamp = 5},
      {.type = EventType::kRunSuccess, .count = 1, .last_timestamp = 9},
      {.type = EventType::kStepSuccess, .count = 3, .last_timestamp = 8},
  };
  const RunStats stats = DeriveRunStats(summaries);
  EXPECT_THAT(stats.end_time, Optional(9.0));
  EXPECT_EQ(stats.steps_succeeded, 3);
  EXPECT_EQ(stats.steps_failed, 0);
  EXPECT_EQ(stats.start_time, std::nullopt);
}

TEST(StepStatsTest, ARetryIsTwoAttempts) {
  const auto stats = DeriveStepStats(std::vector<model::EventLogEntry>{
      StepEvent("r1", EventType::kStepStart, "a", kStart), StepEvent("r1", EventType::kStepUpForRetry, "a", kStart + 1),
      StepEvent("r1", EventType::kStepRestarted, "a", kStart + 2),
      StepEvent("r1", EventType::kStepSuccess, "a", kStart + 3)});
  ASSERT_THAT(stats, SizeIs(1));
  EXPECT_THAT(stats[0].status, Optional(std::string("SUCCESS")));
  EXPECT_EQ(stats[0].attempts, 2);
  EXPECT_THAT(stats[0].start_time, Optional(kStart));
  ASSERT_THAT(stats[0].finished_attempts, SizeIs(2));
  EXPECT_THAT(stats[0].finished_attempts[0].end_time, Optional(kStart + 1));
  EXPECT_THAT(stats[0].finished_attempts[1].start_time, Optional(kStart + 2));
}

TEST(StepStatsTest, AStepThatNeverStartedCountsOneAttemptWhenItEnds) {
  const auto stats =
      DeriveStepStats(std::vector<model::EventLogEntry>{StepEvent("r1", EventType::kStepSkipped, "a", kStart)});
  ASSERT_THAT(stats, SizeIs(1));
  EXPECT_THAT(stats[0].status, Optional(std::string("SKIPPED")));
  EXPECT_EQ(stats[0].attempts, 1);
  EXPECT_EQ(stats[0].start_time, std::nullopt);
}

TEST(StepStatsTest, MarkersSpanTheirEventsAndAloneMakeNoStep) {
  const auto stats = DeriveStepStats(
      std::vector<model::EventLogEntry>{Marker("a", EventType::kStepWorkerStarting, "process", std::nullopt, kStart),
                                        Marker("a", EventType::kStepWorkerStarted, std::nullopt, "process", kStart + 1),
                                        StepEvent("r1", EventType::kStepStart, "a", kStart + 2),
                                        Marker("only_markers", EventType::kEngineEvent, "x", std::nullopt, kStart)});
  ASSERT_THAT(stats, SizeIs(1));
  ASSERT_THAT(stats[0].markers, SizeIs(1));
  EXPECT_EQ(stats[0].markers[0].key, "process");
  EXPECT_THAT(stats[0].markers[0].start_time, Optional(kStart));
  EXPECT_THAT(stats[0].markers[0].end_time, Optional(kStart + 1));
  EXPECT_THAT(stats[0].status, Optional(std::string("IN_PROGRESS")));
}

TEST(StepStatsTest, EventsWithoutAStepCountNowhere) {
  EXPECT_THAT(DeriveStepStats(std::vector<model::EventLogEntry>{testing::LogLine("r1", "x"),
                                                                testing::RunEvent("r1", EventType::kRunStart)}),
              IsEmpty());
}

}  // namespace
}  // namespace tidemill::storage
