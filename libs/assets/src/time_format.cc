#include "time_format.h"

#include <cstdlib>

#include <fmt/format.h>

#include "calendar.h"
#include "names.h"

namespace tidemill::assets {
namespace {

using std::chrono::microseconds;

struct IsoWeek {
  int year, week, weekday;
};

IsoWeek ToIsoWeek(const CivilFields& f) {
  const std::int64_t day = DaysFromCivil(f.year, f.month, f.day);
  const auto weekday = static_cast<int>(((day + 3) % 7 + 7) % 7);  // Monday is 0.
  const LocalTime thursday{std::chrono::days(day - weekday + 3)};
  const int year = Split(thursday).year;
  const auto week = static_cast<int>((day - weekday + 3 - DaysFromCivil(year, 1, 1)) / 7 + 1);
  return {year, week, weekday + 1};
}

std::string FormatOffset(std::chrono::seconds offset) {
  const auto total = std::abs(offset.count());
  std::string text = fmt::format("{}{:02}{:02}", offset.count() < 0 ? '-' : '+', total / 3600, total / 60 % 60);
  if (total % 60 != 0) text += fmt::format("{:02}", total % 60);
  return text;
}

/// One directive; what is not known stays as it is.
std::string FormatDirective(char directive, CivilTime civil, const TimeZone& zone) {
  const CivilFields f = Split(civil.wall);
  const int weekday = CronWeekday(civil.wall);
  const auto day_of_year = static_cast<int>(DaysFromCivil(f.year, f.month, f.day) - DaysFromCivil(f.year, 1, 1)) + 1;
  const int hour12 = f.hour % 12 == 0 ? 12 : f.hour % 12;
  const auto nested = [&](std::string_view format) { return FormatTime(civil, zone, format); };
  switch (directive) {
    case 'Y':
      return fmt::format("{}", f.year);
    case 'm':
      return fmt::format("{:02}", f.month);
    case 'd':
      return fmt::format("{:02}", f.day);
    case 'H':
      return fmt::format("{:02}", f.hour);
    case 'M':
      return fmt::format("{:02}", f.minute);
    case 'S':
      return fmt::format("{:02}", f.second);
    case 'f':
      return fmt::format("{:06}", f.microsecond);
    case 'z':
      return FormatOffset(zone.Offset(civil));
    case 'Z':
      return zone.Abbreviation(civil);
    case 'y':
      return fmt::format("{:02}", f.year % 100);
    case 'C':
      return fmt::format("{:02}", f.year / 100);
    case 'j':
      return fmt::format("{:03}", day_of_year);
    case 'b':
    case 'h':
      return std::string(kMonthNames[f.month - 1].substr(0, 3));
    case 'B':
      return std::string(kMonthNames[f.month - 1]);
    case 'a':
      return std::string(kWeekdayNames[weekday].substr(0, 3));
    case 'A':
      return std::string(kWeekdayNames[weekday]);
    case 'p':
      return f.hour < 12 ? "AM" : "PM";
    case 'I':
      return fmt::format("{:02}", hour12);
    case 'e':
      return fmt::format("{:2}", f.day);
    case 'u':
      return fmt::format("{}", weekday == 0 ? 7 : weekday);
    case 'w':
      return fmt::format("{}", weekday);
    case 'U':
      return fmt::format("{:02}", (day_of_year + 6 - weekday) / 7);
    case 'W':
      return fmt::format("{:02}", (day_of_year + 6 - (weekday + 6) % 7) / 7);
    case 'G':
      return fmt::format("{}", ToIsoWeek(f).year);
    case 'V':
      return fmt::format("{:02}", ToIsoWeek(f).week);
    case 'c':
      return nested("%a %b %e %H:%M:%S %Y");
    case 'x':
    case 'D':
      return nested("%m/%d/%y");
    case 'X':
    case 'T':
      return nested("%H:%M:%S");
    case 'F':
      return nested("%Y-%m-%d");
    case 'R':
      return nested("%H:%M");
    case 'r':
      return nested("%I:%M:%S %p");
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case '%':
      return "%";
    default:
      return {'%', directive};
  }
}

}  // namespace

std::string FormatTime(CivilTime civil, const TimeZone& zone, std::string_view format) {
  std::string text;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      text += format[i];
    } else {
      text += FormatDirective(format[++i], civil, zone);
    }
  }
  return text;
}

}  // namespace tidemill::assets
