#include <gtest/gtest.h>

#include <tidemill/base/clock.h>

namespace tidemill {
namespace {

TEST(ClockTest, SqlTextRoundTrips) {
  const Timestamp time = FromUnixSeconds(1795520637.481692);
  EXPECT_EQ(ToSqlText(time), "2026-11-24 11:43:57.481692");
  EXPECT_EQ(ParseSqlText(ToSqlText(time)), time);
  EXPECT_EQ(ParseSqlText("2026-11-24T11:43:57.5Z"), ParseSqlText("2026-11-24 11:43:57.500000"));
  EXPECT_EQ(ParseSqlText("2026-11-24 11:43:57"), FromUnixSeconds(1795520637));
  for (const char* bad : {"", "2026-11-24", "2026-13-01 00:00:00", "2026-11-24 11:43:57x", "2026-11-24 25:00:00"}) {
    EXPECT_FALSE(ParseSqlText(bad)) << bad;
  }
}

TEST(ClockTest, TimesBeforeTheEpochKeepTheirFraction) {
  EXPECT_EQ(ToSqlText(FromUnixSeconds(-0.25)), "1969-12-31 23:59:59.750000");
}

}  // namespace
}  // namespace tidemill
