#include "cron_search.h"

#include <algorithm>
#include <cstdlib>

#include "calendar.h"

namespace tidemill::assets {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kMaxYears = 50;

/// One search: moves `at_` field by field, from the month down to the minute, until every field fits.
class Search {
 public:
  Search(const CronFields& cron, bool backward, bool any_day, bool any_weekday)
      : cron_(cron), backward_(backward), any_day_(any_day), any_weekday_(any_weekday) {}

  std::optional<LocalTime> Run(LocalTime from) {
    if (backward_) {
      const LocalTime start(std::chrono::ceil<seconds>(from.time_since_epoch()));
      const bool on_minute = start == std::chrono::floor<minutes>(start);
      at_ = start - seconds(on_minute ? 60 : 1);
    } else {
      at_ = LocalTime(std::chrono::floor<seconds>(from.time_since_epoch())) + minutes(1);
    }
    Read();
    const int first_year = now_.year;
    while (std::abs(now_.year - first_year) <= kMaxYears) {
      if (MoveMonth() || MoveDay() || MoveWeekday() || MoveHour() || MoveMinute()) {
        Read();
        continue;
      }
      return LocalTime(std::chrono::floor<minutes>(at_));
    }
    return std::nullopt;
  }

 private:
  void Read() { now_ = Split(at_); }

  const CronField& field(int index) const { return cron_.fields[static_cast<std::size_t>(index)]; }

  /// How far it is from `x` to the nearest allowed value in the direction of the search; `range` is the length of the
  /// cycle, for a day of the month the length of the month that the search would leave or enter.
  int Distance(int x, const CronField& allowed, int range) const {
    return backward_ ? DistanceBack(x, allowed, range) : DistanceAhead(x, allowed, range);
  }

  static int DistanceAhead(int x, const CronField& allowed, int range) {
    for (const int value : allowed.values) {
      if (value <= range && value >= x) return value - x;
    }
    if (allowed.last_day && range >= x) return range - x;
    return (allowed.values.empty() ? range : allowed.values.front()) - x + range;
  }

  static int DistanceBack(int x, const CronField& allowed, int range) {
    const auto& values = allowed.values;
    for (auto it = values.rbegin(); it != values.rend(); ++it) {
      if (*it <= x) return *it - x;
    }
    if (allowed.last_day) return -x;
    int candidate = values.back();
    for (auto it = values.rbegin(); it != values.rend(); ++it) {
      if (*it <= range) {
        candidate = *it;
        break;
      }
    }
    return candidate > range ? -range : candidate - x - range;
  }

  /// The first or, going backward, the last second of the day that `day_shift` leads to.
  void MoveDays(int day_shift) {
    const auto midnight = std::chrono::floor<days>(at_) + days(day_shift);
    at_ = backward_ ? LocalTime(midnight) + days(1) - seconds(1) : LocalTime(midnight);
  }

  bool MoveMonth() {
    const CronField& months = field(CronFields::kMonth);
    if (months.star) return false;
    const int shift = Distance(now_.month, months, 12);
    if (shift == 0) return false;
    CivilFields moved = Split(AddMonths(at_, shift));
    moved.day = backward_ ? DaysInMonth(moved.year, moved.month) : 1;
    at_ = Join(moved);
    MoveDays(0);
    return true;
  }

  bool MoveDay() {
    const CronField& allowed = field(CronFields::kDay);
    if (any_day_ || allowed.star) return false;
    const int length = DaysInMonth(now_.year, now_.month);
    if (allowed.last_day && now_.day == length) return false;
    // Going backward croniter takes the month before with the days of a common year.
    const int range = backward_ ? DaysInMonth(2001, now_.month == 1 ? 12 : now_.month - 1) : length;
    const int shift = Distance(now_.day, allowed, range);
    if (shift == 0) return false;
    MoveDays(shift);
    return true;
  }

  bool MoveWeekday() {
    if (!cron_.nth_weekdays.empty()) return MoveNthWeekday();
    const CronField& allowed = field(CronFields::kWeekday);
    if (any_weekday_ || allowed.star) return false;
    const int shift = Distance(CronWeekday(at_), allowed, 7);
    if (shift == 0) return false;
    MoveDays(shift);
    return true;
  }

  /// The days of this month on which a marked weekday fires, seen from today in the direction of the search.
  std::vector<int> NthCandidates() const {
    std::vector<int> candidates;
    const auto add = [&](int day) {
      if (backward_ ? day <= now_.day : day >= now_.day) candidates.push_back(day);
    };
    const int length = DaysInMonth(now_.year, now_.month);
    const int weekday_of_first = (CronWeekday(at_) - (now_.day - 1) % 7 + 7) % 7;
    for (const auto& [weekday, wanted] : cron_.nth_weekdays) {
      const int first = 1 + (weekday - weekday_of_first + 7) % 7;
      for (int n = 1; n <= 5 && first + 7 * (n - 1) <= length; ++n) {
        const int day = first + 7 * (n - 1);
        if (wanted.nth[static_cast<std::size_t>(n)] || (wanted.last && day + 7 > length)) add(day);
      }
    }
    return candidates;
  }

  bool MoveNthWeekday() {
    const auto candidates = NthCandidates();
    if (candidates.empty()) {
      MoveDays(backward_ ? -now_.day : DaysInMonth(now_.year, now_.month) - now_.day + 1);
      return true;
    }
    const int shift = (backward_ ? *std::max_element(candidates.begin(), candidates.end())
                                 : *std::min_element(candidates.begin(), candidates.end())) -
                      now_.day;
    if (shift == 0) return false;
    MoveDays(shift);
    return true;
  }

  bool MoveHour() {
    const CronField& allowed = field(CronFields::kHour);
    if (allowed.star) return false;
    const int shift = Distance(now_.hour, allowed, 24);
    if (shift == 0) return false;
    const auto hour = std::chrono::floor<hours>(at_) + hours(shift);
    at_ = backward_ ? LocalTime(hour) + hours(1) - seconds(1) : LocalTime(hour);
    return true;
  }

  bool MoveMinute() {
    const CronField& allowed = field(CronFields::kMinute);
    if (allowed.star) return false;
    const int shift = Distance(now_.minute, allowed, 60);
    if (shift == 0) return false;
    const auto minute = std::chrono::floor<minutes>(at_) + minutes(shift);
    at_ = backward_ ? LocalTime(minute) + minutes(1) - seconds(1) : LocalTime(minute);
    return true;
  }

  const CronFields& cron_;
  const bool backward_;
  const bool any_day_;
  const bool any_weekday_;
  LocalTime at_{};
  CivilFields now_;
};

std::optional<LocalTime> Match(const CronFields& cron, LocalTime from, bool backward) {
  const bool either_day = !cron.fields[CronFields::kDay].star && !cron.fields[CronFields::kWeekday].star;
  if (!either_day) return Search(cron, backward, false, false).Run(from);
  const auto by_day = Search(cron, backward, false, true).Run(from);
  const auto by_weekday = Search(cron, backward, true, false).Run(from);
  if (!by_day || !by_weekday) return std::nullopt;
  return backward ? std::max(*by_day, *by_weekday) : std::min(*by_day, *by_weekday);
}

}  // namespace

std::optional<LocalTime> NextMatch(const CronFields& cron, LocalTime from) { return Match(cron, from, false); }

std::optional<LocalTime> PreviousMatch(const CronFields& cron, LocalTime from) { return Match(cron, from, true); }

}  // namespace tidemill::assets
