#include "tidemill/assets/time_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>

#include "test_times.h"

namespace tidemill::assets {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// One change of a zone's clock: `gap` is skipped or repeated from `at` on, the reading before the change.
struct Change {
  const char* zone;
  const char* utc;
  const char* before;  ///< The reading a second before.
  const char* after;   ///< The reading at the change.
};

class ZoneChangeTest : public testing::TestWithParam<Change> {};

TEST_P(ZoneChangeTest, ReadsClocksOnBothSides) {
  const TimeZone zone = TimeZone::Find(GetParam().zone);
  const Timestamp at = Utc(GetParam().utc);
  EXPECT_EQ(zone.ToCivil(at - seconds(1)).wall, Wall(GetParam().before) + seconds(59));
  EXPECT_EQ(zone.ToCivil(at).wall, Wall(GetParam().after));
}

TEST_P(ZoneChangeTest, EveryMinuteAroundItGoesThereAndBack) {
  const TimeZone zone = TimeZone::Find(GetParam().zone);
  const Timestamp at = Utc(GetParam().utc);
  for (Timestamp time = at - hours(30); time <= at + hours(30); time += minutes(1)) {
    EXPECT_EQ(zone.ToSys(zone.ToCivil(time)), time);
  }
}

TEST_P(ZoneChangeTest, EveryReadingAroundItIsPlainSkippedOrRepeated) {
  const TimeZone zone = TimeZone::Find(GetParam().zone);
  const LocalTime before = Wall(GetParam().before) + minutes(1);
  const LocalTime after = Wall(GetParam().after);
  for (LocalTime wall = before - hours(5); wall <= before + hours(5); wall += minutes(1)) {
    const bool skipped = wall >= before && wall < after;
    const bool repeated = wall >= after && wall < before;
    EXPECT_EQ(zone.Exists(wall), !skipped);
    EXPECT_EQ(zone.DependsOnFold(wall), skipped || repeated);
    const auto first = zone.ToSys({wall, false}), second = zone.ToSys({wall, true});
    EXPECT_EQ(first < second, repeated);
    EXPECT_EQ(first > second, skipped);
    if (!skipped) {
      EXPECT_EQ(zone.ToCivil(first), (CivilTime{wall, false}));
    }
    if (repeated) {
      EXPECT_EQ(zone.ToCivil(second), (CivilTime{wall, true}));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Changes, ZoneChangeTest,
    testing::Values(Change{"Europe/Berlin", "2024-03-31 01:00", "2024-03-31 01:59", "2024-03-31 03:00"},
                    Change{"Europe/Berlin", "2024-10-27 01:00", "2024-10-27 02:59", "2024-10-27 02:00"},
                    Change{"America/New_York", "2024-03-10 07:00", "2024-03-10 01:59", "2024-03-10 03:00"},
                    Change{"America/New_York", "2024-11-03 06:00", "2024-11-03 01:59", "2024-11-03 01:00"},
                    Change{"Australia/Lord_Howe", "2024-10-05 15:30", "2024-10-06 01:59", "2024-10-06 02:30"},
                    Change{"Australia/Lord_Howe", "2024-04-06 15:00", "2024-04-07 01:59", "2024-04-07 01:30"},
                    // Behind the last change that the database lists one by one.
                    Change{"America/New_York", "2061-03-13 07:00", "2061-03-13 01:59", "2061-03-13 03:00"},
                    Change{"Europe/Dublin", "2061-10-30 01:00", "2061-10-30 01:59", "2061-10-30 01:00"}));

TEST(TimeZoneTest, SaysHowMuchOfAnOffsetIsDaylightSaving) {
  const auto saving = [](const char* zone, const char* wall) {
    return TimeZone::Find(zone).DaylightSaving({Wall(wall), false});
  };
  EXPECT_EQ(saving("Europe/Berlin", "2024-07-01 00:00"), hours(1));
  EXPECT_EQ(saving("Europe/Berlin", "2024-01-01 00:00"), hours(0));
  EXPECT_EQ(saving("Australia/Lord_Howe", "2024-01-01 00:00"), minutes(30));
  EXPECT_EQ(saving("Antarctica/Troll", "2024-07-01 00:00"), hours(2));
}

TEST(TimeZoneTest, KnowsUtcInEitherSpelling) {
  EXPECT_EQ(TimeZone::Find("utc").name(), "UTC");
  EXPECT_EQ(TimeZone().ToCivil(Utc("2024-07-01 12:00")).wall, Wall("2024-07-01 12:00"));
}

TEST(TimeZoneTest, NamesAnUnknownZoneAndTheNearest) {
  try {
    TimeZone::Find("Europe/Berln");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidArgument);
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("'Europe/Berln'"), testing::HasSubstr("'Europe/Berlin'")));
  }
  EXPECT_THROW(TimeZone::Find("../../etc/passwd"), Error);
  EXPECT_THROW(TimeZone::Find(""), Error);
}

}  // namespace
}  // namespace tidemill::assets
