#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <tidemill/assets/time_zone.h>

namespace tidemill::assets {

/// A wall-clock reading taken apart.
struct CivilFields {
  int year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int microsecond = 0;
};

inline bool IsLeap(int year) { return std::chrono::year(year).is_leap(); }

inline int DaysInMonth(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeap(year) ? 29 : kDays[month - 1];
}

inline std::int64_t DaysFromCivil(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  return std::chrono::local_days(date).time_since_epoch().count();
}

inline CivilFields Split(LocalTime wall) {
  const auto days = std::chrono::floor<std::chrono::days>(wall);
  const std::chrono::year_month_day date(days);
  const std::int64_t micros = (wall - days).count();
  const auto seconds = static_cast<int>(micros / 1'000'000);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          seconds / 3600,
          seconds / 60 % 60,
          seconds % 60,
          static_cast<int>(micros % 1'000'000)};
}

inline LocalTime Join(const CivilFields& f) {
  const std::int64_t seconds =
      DaysFromCivil(f.year, f.month, f.day) * 86'400 + f.hour * 3600LL + f.minute * 60LL + f.second;
  return LocalTime(std::chrono::microseconds(seconds * 1'000'000 + f.microsecond));
}

/// The same day and time `months` later, or the last day of that month where it has no such day.
inline LocalTime AddMonths(LocalTime wall, int months) {
  CivilFields f = Split(wall);
  const int index = f.year * 12 + f.month - 1 + months;
  f.year = index >= 0 ? index / 12 : (index - 11) / 12;
  f.month = index - f.year * 12 + 1;
  f.day = std::min(f.day, DaysInMonth(f.year, f.month));
  return Join(f);
}

/// 0 is Sunday, as in cron.
inline int CronWeekday(LocalTime wall) {
  const std::chrono::weekday day(std::chrono::floor<std::chrono::days>(wall));
  return static_cast<int>(day.c_encoding());
}

}  // namespace tidemill::assets
