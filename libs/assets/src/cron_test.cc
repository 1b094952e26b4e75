#include "tidemill/assets/cron.h"

#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>

#include "test_times.h"

namespace tidemill::assets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Ticks(const std::vector<std::string>& crons, std::string_view zone_name, std::string_view from,
                               int count, bool forward = true) {
  const TimeZone zone = TimeZone::Find(zone_name);
  const auto schedule = CronSchedule::Parse(crons);
  auto ticks = forward ? schedule.Forward(In(zone, from), zone) : schedule.Backward(In(zone, from), zone);
  std::vector<std::string> shown;
  for (int i = 0; i < count; ++i) shown.push_back(Show(zone, ticks.Next().value().time));
  return shown;
}

TEST(CronTest, TicksGoForwardFromAndBackwardToATime) {
  EXPECT_THAT(Ticks({"0 0 * * *"}, "UTC", "2024-02-28 00:00", 3),
              ElementsAre("2024-02-28 00:00 +0000", "2024-02-29 00:00 +0000", "2024-03-01 00:00 +0000"));
  EXPECT_THAT(Ticks({"30 6 * * 1-5"}, "UTC", "2024-03-04 06:00", 2, false),
              ElementsAre("2024-03-01 06:30 +0000", "2024-02-29 06:30 +0000"));
}

TEST(CronTest, EitherDayFieldFires) {
  EXPECT_THAT(Ticks({"0 0 13 * fri"}, "UTC", "2024-09-10 00:00", 4),
              ElementsAre("2024-09-13 00:00 +0000", "2024-09-20 00:00 +0000", "2024-09-27 00:00 +0000",
                          "2024-10-04 00:00 +0000"));
}

TEST(CronTest, LastAndNthDays) {
  EXPECT_THAT(Ticks({"0 0 L * *"}, "UTC", "2024-02-01 00:00", 2),
              ElementsAre("2024-02-29 00:00 +0000", "2024-03-31 00:00 +0000"));
  EXPECT_THAT(Ticks({"0 0 * * fri#2"}, "UTC", "2024-02-01 00:00", 2),
              ElementsAre("2024-02-09 00:00 +0000", "2024-03-08 00:00 +0000"));
  EXPECT_THAT(Ticks({"0 0 * * L5"}, "UTC", "2024-02-01 00:00", 2),
              ElementsAre("2024-02-23 00:00 +0000", "2024-03-29 00:00 +0000"));
  EXPECT_THAT(Ticks({"0 12 29 2 *"}, "UTC", "2021-01-01 00:00", 2),
              ElementsAre("2024-02-29 12:00 +0000", "2028-02-29 12:00 +0000"));
}

TEST(CronTest, SeveralStringsFireAtTheUnion) {
  EXPECT_THAT(Ticks({"0 6 * * *", "0 12 1 * *", "0 6 * * 1"}, "UTC", "2024-03-31 07:00", 3),
              ElementsAre("2024-04-01 06:00 +0000", "2024-04-01 12:00 +0000", "2024-04-02 06:00 +0000"));
}

TEST(CronTest, ASkippedTimeFiresAtTheEndOfTheGap) {
  EXPECT_THAT(Ticks({"30 2 * * *"}, "Europe/Berlin", "2024-03-30 00:00", 3),
              ElementsAre("2024-03-30 02:30 +0100", "2024-03-31 03:00 +0200", "2024-04-01 02:30 +0200"));
  EXPECT_THAT(Ticks({"30 2,5 * * *"}, "America/New_York", "2024-03-10 00:00", 3),
              ElementsAre("2024-03-10 03:00 -0400", "2024-03-10 05:30 -0400", "2024-03-11 02:30 -0400"));
  EXPECT_THAT(Ticks({"15 2 * * *"}, "Australia/Lord_Howe", "2024-10-06 00:00", 2),
              ElementsAre("2024-10-06 02:30 +1100", "2024-10-07 02:15 +1100"));
}

TEST(CronTest, ARepeatedTimeFiresOnceAtTheSecondReading) {
  EXPECT_THAT(Ticks({"30 2 * * *"}, "Europe/Berlin", "2024-10-26 12:00", 2),
              ElementsAre("2024-10-27 02:30 +0100", "2024-10-28 02:30 +0100"));
  EXPECT_THAT(Ticks({"45 1 * * *"}, "Australia/Lord_Howe", "2024-04-06 12:00", 2),
              ElementsAre("2024-04-07 01:45 +1030", "2024-04-08 01:45 +1030"));
}

TEST(CronTest, AnHourlyScheduleFiresThroughBothReadings) {
  EXPECT_THAT(Ticks({"0 * * * *"}, "Europe/Berlin", "2024-10-27 01:00", 4),
              ElementsAre("2024-10-27 01:00 +0200", "2024-10-27 02:00 +0200", "2024-10-27 02:00 +0100",
                          "2024-10-27 03:00 +0100"));
  EXPECT_THAT(Ticks({"*/30 * * * *"}, "America/New_York", "2024-11-03 00:30", 6),
              ElementsAre("2024-11-03 00:30 -0400", "2024-11-03 01:00 -0400", "2024-11-03 01:30 -0400",
                          "2024-11-03 01:00 -0500", "2024-11-03 01:30 -0500", "2024-11-03 02:00 -0500"));
  EXPECT_THAT(Ticks({"0 * * * *"}, "Europe/Berlin", "2024-03-31 01:30", 2),
              ElementsAre("2024-03-31 03:00 +0200", "2024-03-31 04:00 +0200"));
}

/// Around every change of the three zones, each schedule's ticks ascend, and going back gives the same ticks.
TEST(CronTest, BackwardMirrorsForwardAroundEveryChange) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> changes = {
      {"Europe/Berlin", {"2024-03-31 01:00", "2024-10-27 01:00"}},
      {"America/New_York", {"2024-03-10 07:00", "2024-11-03 06:00"}},
      {"Australia/Lord_Howe", {"2024-10-05 15:30", "2024-04-06 15:00"}}};
  for (const auto& [name, times] : changes) {
    const TimeZone zone = TimeZone::Find(name);
    for (const char* at : times) {
      for (int minute_of_day = 0; minute_of_day < 5 * 60; minute_of_day += 5) {
        const auto cron = CronSchedule::Parse(fmt::format("{} {} * * *", minute_of_day % 60, minute_of_day / 60));
        std::vector<Timestamp> forward, backward;
        auto ahead = cron.Forward(Utc(at) - std::chrono::days(3), zone);
        for (int i = 0; i < 6; ++i) forward.push_back(ahead.Next().value().time);
        EXPECT_TRUE(std::is_sorted(forward.begin(), forward.end()));
        auto back = cron.Backward(forward.back(), zone);
        for (int i = 0; i < 6; ++i) backward.insert(backward.begin(), back.Next().value().time);
        EXPECT_EQ(forward, backward) << name << " " << cron.texts()[0];
      }
    }
  }
}

TEST(CronTest, NextIsTheFirstLaterTickAndPreviousTheLastEarlier) {
  std::mt19937 random(20241124);
  const char* crons[] = {"*/7 3-20/4 * * *", "5 4 L * *", "0 0 1,15 * 3", "59 23 31 12 *", "* * * feb mon", "@weekly"};
  const char* zones[] = {"UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"};
  for (int i = 0; i < 600; ++i) {
    const auto cron = CronSchedule::Parse(crons[random() % std::size(crons)]);
    const TimeZone zone = TimeZone::Find(zones[random() % std::size(zones)]);
    const Timestamp at = Utc("2020-01-01 00:00") + std::chrono::seconds(random() % (10 * 365 * 86400));
    const Timestamp next = cron.Next(at, zone).value();
    const Timestamp previous = cron.Previous(at, zone).value();
    EXPECT_GT(next, at);
    EXPECT_LT(previous, at);
    EXPECT_EQ(cron.Previous(next + std::chrono::seconds(1), zone), next);
    EXPECT_EQ(cron.Next(previous - std::chrono::seconds(1), zone), previous);
    EXPECT_GE(cron.Next(previous, zone).value(), at);
  }
}

TEST(CronTest, AnImpossibleDateHasNoTick) {
  const auto cron = CronSchedule::Parse("0 0 31 2,4 *");
  EXPECT_EQ(cron.Next(Utc("2024-01-01 00:00"), TimeZone()), std::nullopt);
  EXPECT_EQ(cron.Previous(Utc("2024-01-01 00:00"), TimeZone()), std::nullopt);
}

TEST(CronTest, KnowsTheIntervalOfARegularSchedule) {
  EXPECT_EQ(CronSchedule::Parse("0 * * * *").FixedMinutes(), 60);
  EXPECT_EQ(CronSchedule::Parse("*/15 * * * *").FixedMinutes(), 15);
  EXPECT_EQ(CronSchedule::Parse("5,35 * * * *").FixedMinutes(), 30);
  EXPECT_EQ(CronSchedule::Parse("*/7 * * * *").FixedMinutes(), std::nullopt);
  EXPECT_EQ(CronSchedule::Parse("0 0 * * *").FixedMinutes(), std::nullopt);
}

std::string ParseError(std::string_view text) {
  try {
    CronSchedule::Parse(text);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidArgument);
    return error.what();
  }
}

TEST(CronTest, AnErrorSaysWhichFieldAndWhy) {
  EXPECT_THAT(ParseError("60 * * * *"), HasSubstr("field 1 (minute): '60' is out of range, 0 to 59"));
  EXPECT_THAT(ParseError("* 1-25 * * *"), HasSubstr("field 2 (hour): '1-25' goes beyond 23"));
  EXPECT_THAT(ParseError("* * 0 * *"), HasSubstr("field 3 (day of month): '0' is out of range, 1 to 31"));
  EXPECT_THAT(ParseError("* * * foo *"), HasSubstr("field 4 (month): 'foo' is neither a number nor a name"));
  EXPECT_THAT(ParseError("* * * * fri#6"), HasSubstr("field 5 (day of week)"));
  EXPECT_THAT(ParseError("*/0 * * * *"), HasSubstr("a step of 0"));
  EXPECT_THAT(ParseError("* * * *"), HasSubstr("has 4 fields"));
  EXPECT_THAT(ParseError("0 0 30 2 *"), HasSubstr("February never has that day"));
  EXPECT_THAT(ParseError("h * * * *"), HasSubstr("hashed and random values are not supported"));
  EXPECT_THROW(CronSchedule::Parse(std::vector<std::string>{}), Error);
}

}  // namespace
}  // namespace tidemill::assets
