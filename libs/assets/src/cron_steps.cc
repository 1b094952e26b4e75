#include "cron_steps.h"

#include <algorithm>

#include "calendar.h"

namespace tidemill::assets {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kLastReliableDay = 28;

bool MayShift(const CivilTime& civil) {
  const int hour = Split(civil.wall).hour;
  return hour >= 1 && hour <= 3;
}

/// The second reading of a repeated time, the end of the gap for a skipped one.
CivilTime Settle(CivilTime civil, const TimeZone& zone) {
  civil = AfterGap(civil, zone);
  if (!civil.fold && MayShift(civil) && zone.DependsOnFold(civil.wall)) civil.fold = true;
  return civil;
}

CivilTime At(CivilTime civil, int hour, int minute, int day, const TimeZone& zone) {
  CivilFields f = Split(civil.wall);
  civil.wall = Join({f.year, f.month, day, hour, minute, 0, 0});
  return Settle(civil, zone);
}

bool Shows(const CivilTime& civil, int hour, int minute) {
  const CivilFields f = Split(civil.wall);
  return f.hour == hour && f.minute == minute;
}

/// Wall-clock arithmetic forgets the fold.
CivilTime Plus(const CivilTime& civil, microseconds by) { return {civil.wall + by, false}; }

bool HasPassed(const CivilTime& candidate, const CivilTime& from, const TimeZone& zone, bool ascending) {
  const Timestamp a = zone.ToSys(candidate);
  const Timestamp b = zone.ToSys(from);
  return ascending ? a <= b : a >= b;
}

CivilTime StepHourly(const RegularSchedule& schedule, CivilTime from, const TimeZone& zone, bool ascending,
                     bool on_boundary) {
  const CivilFields f = Split(from.wall);
  const Timestamp start = zone.ToSys(from);
  if (schedule.minutes.size() == 1 &&
      (on_boundary || (f.minute == schedule.minutes[0] && f.second == 0 && f.microsecond == 0))) {
    return zone.ToCivil(start + (ascending ? hours(1) : hours(-1)));
  }
  const auto whole = ascending ? std::chrono::ceil<minutes>(start) : std::chrono::floor<minutes>(start);
  const int current = Split(zone.ToCivil(whole).wall).minute;
  std::optional<Timestamp> best;
  for (const int minute : schedule.minutes) {
    const int shift = ascending ? (minute - current + 60) % 60 : -((current - minute + 60) % 60);
    Timestamp candidate = whole + minutes(shift);
    if (ascending ? candidate <= start : candidate >= start) candidate += ascending ? hours(1) : hours(-1);
    if (!best || (ascending ? candidate < *best : candidate > *best)) best = candidate;
  }
  return zone.ToCivil(*best);
}

CivilTime StepDaily(const RegularSchedule& schedule, CivilTime from, const TimeZone& zone, bool ascending,
                    bool on_boundary) {
  const int minute = schedule.minutes[0];
  for (;;) {
    CivilTime next = from;
    const CivilFields f = Split(from.wall);
    if (!on_boundary || f.hour != schedule.hour || f.minute != minute || f.second != 0 || f.microsecond != 0) {
      next = At(from, schedule.hour, minute, f.day, zone);
    }
    if (on_boundary || HasPassed(next, from, zone, ascending)) next = Plus(next, days(ascending ? 1 : -1));
    if (!Shows(next, schedule.hour, minute)) next = At(next, schedule.hour, minute, Split(next.wall).day, zone);
    from = Settle(next, zone);
    const auto& weekdays = schedule.weekdays;
    if (weekdays.empty() || std::find(weekdays.begin(), weekdays.end(), CronWeekday(from.wall)) != weekdays.end()) {
      return from;
    }
    on_boundary = true;
  }
}

CivilTime StepWeekly(const RegularSchedule& schedule, CivilTime from, const TimeZone& zone, bool ascending,
                     bool on_boundary) {
  const int minute = schedule.minutes[0];
  CivilTime next = from;
  if (!on_boundary) {
    next = At(from, schedule.hour, minute, Split(from.wall).day, zone);
    const int weekday = CronWeekday(next.wall);
    const int wanted = schedule.weekdays[0];
    if (weekday != wanted) {
      const int shift = ascending ? (wanted - weekday + 7) % 7 : -((weekday - wanted + 7) % 7);
      next = Plus(next, days(shift));
    }
  }
  if (on_boundary || HasPassed(next, from, zone, ascending)) next = Plus(next, days(ascending ? 7 : -7));
  if (!Shows(next, schedule.hour, minute)) next = At(next, schedule.hour, minute, Split(next.wall).day, zone);
  return Settle(next, zone);
}

CivilTime StepMonthly(const RegularSchedule& schedule, CivilTime from, const TimeZone& zone, bool ascending,
                      bool on_boundary) {
  const int minute = schedule.minutes[0];
  CivilTime next = on_boundary ? from : At(from, schedule.hour, minute, schedule.day, zone);
  if (on_boundary || HasPassed(next, from, zone, ascending)) {
    next = {AddMonths(next.wall, ascending ? 1 : -1), false};
  }
  if (!Shows(next, schedule.hour, minute)) next = At(next, schedule.hour, minute, schedule.day, zone);
  return Settle(next, zone);
}

}  // namespace

CivilTime AfterGap(CivilTime civil, const TimeZone& zone) {
  if (!MayShift(civil) || zone.Exists(civil.wall)) return civil;
  const seconds saving = zone.DaylightSaving(Plus(civil, hours(1)));
  return Plus({std::chrono::floor<hours>(civil.wall), false}, saving);
}

std::optional<RegularSchedule> RegularSchedule::Of(const CronFields& cron) {
  if (!cron.nth_weekdays.empty()) return std::nullopt;
  const auto& [minute, hour, day, month, weekday] = cron.fields;
  const bool all_minutes_named = !minute.star && !minute.values.empty();
  const bool all_weekdays_named = !weekday.star && !weekday.values.empty();
  const bool has_time = minute.IsNumber() && hour.IsNumber();

  RegularSchedule schedule;
  if (has_time && day.IsNumber() && month.IsWildcard() && weekday.IsWildcard() && day.values[0] <= kLastReliableDay) {
    schedule.kind = Kind::kMonthly;
    schedule.day = day.values[0];
  } else if (has_time && weekday.IsNumber() && day.IsWildcard() && month.IsWildcard()) {
    schedule.kind = Kind::kWeekly;
  } else if (has_time && day.IsWildcard() && month.IsWildcard() && (weekday.IsWildcard() || all_weekdays_named)) {
    schedule.kind = Kind::kDaily;
  } else if (all_minutes_named && hour.IsWildcard() && day.IsWildcard() && month.IsWildcard() && weekday.IsWildcard()) {
    schedule.kind = Kind::kHourly;
  } else {
    return std::nullopt;
  }
  schedule.minutes = minute.values;
  if (hour.IsNumber()) schedule.hour = hour.values[0];
  if (all_weekdays_named) schedule.weekdays = weekday.values;
  return schedule;
}

CivilTime RegularSchedule::Step(CivilTime from, const TimeZone& zone, bool ascending, bool on_boundary) const {
  switch (kind) {
    case Kind::kHourly:
      return StepHourly(*this, from, zone, ascending, on_boundary);
    case Kind::kDaily:
      return StepDaily(*this, from, zone, ascending, on_boundary);
    case Kind::kWeekly:
      return StepWeekly(*this, from, zone, ascending, on_boundary);
    case Kind::kMonthly:
      break;
  }
  return StepMonthly(*this, from, zone, ascending, on_boundary);
}

}  // namespace tidemill::assets
