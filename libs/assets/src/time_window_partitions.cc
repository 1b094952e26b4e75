#include "tidemill/assets/time_window_partitions.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "calendar.h"
#include "time_format.h"

namespace tidemill::assets {
namespace {

[[noreturn]] void FailKey(std::string_view key, std::string_view fmt) {
  throw Error(Code::kInvalidArgument, fmt::format("'{}' is no partition key: keys have the form {}", key, fmt));
}

std::int64_t DayNumber(const CivilTime& civil) {
  return std::chrono::floor<std::chrono::days>(civil.wall).time_since_epoch().count();
}

}  // namespace

/// Windows in order of time from a moment on, without those that are excluded: going forward those that start at or
/// after it, going backward those that end at or before it.
class TimeWindowPartitions::Windows {
 public:
  Windows(const TimeWindowPartitions& partitions, Timestamp from, bool forward = true)
      : forward_(forward),
        ticks_(forward ? partitions.spec_.cron.Forward(from, partitions.spec_.zone)
                       : partitions.spec_.cron.Backward(from, partitions.spec_.zone)),
        times_(&partitions.excluded_times_) {
    if (partitions.all_excluded_crons_) {
      const auto& crons = *partitions.all_excluded_crons_;
      excluded_ticks_ =
          forward ? crons.Forward(from, partitions.spec_.zone) : crons.Backward(from, partitions.spec_.zone);
      excluded_ = excluded_ticks_->Next();
    }
    edge_ = ticks_.Next();
  }

  std::optional<TickWindow> Next() {
    for (int passed = 0; edge_ && passed < kMostExcluded; ++passed) {
      const auto next = ticks_.Next();
      if (!next) return std::nullopt;
      const CronTick previous = *std::exchange(edge_, next);
      const TickWindow window = forward_ ? TickWindow{previous, *next} : TickWindow{*next, previous};
      if (!IsExcluded(window.start.time)) return window;
    }
    return std::nullopt;
  }

 private:
  // Exclusions may leave no window at all: this many of them in a row are taken for that.
  static constexpr int kMostExcluded = 100'000;

  bool IsExcluded(Timestamp start) {
    while (excluded_ && (forward_ ? excluded_->time < start : excluded_->time > start))
      excluded_ = excluded_ticks_->Next();
    return (excluded_ && excluded_->time == start) || std::binary_search(times_->begin(), times_->end(), start);
  }

  bool forward_;
  CronSchedule::Iterator ticks_;
  const std::vector<Timestamp>* times_;
  std::optional<CronSchedule::Iterator> excluded_ticks_;
  std::optional<CronTick> excluded_;
  std::optional<CronTick> edge_;
};

TimeWindowPartitions::TimeWindowPartitions(Spec spec) : spec_(std::move(spec)) {
  std::vector<std::string> crons;
  for (const auto& exclusion : spec_.exclusions) {
    if (const auto* cron = std::get_if<std::string>(&exclusion)) {
      excluded_crons_.push_back(CronSchedule::Parse(*cron));
      crons.push_back(*cron);
    } else {
      excluded_times_.push_back(std::get<Timestamp>(exclusion));
    }
  }
  std::sort(excluded_times_.begin(), excluded_times_.end());
  if (!crons.empty()) all_excluded_crons_ = CronSchedule::Parse(std::move(crons));
}

bool TimeWindowPartitions::IsBasicDaily() const { return !has_exclusions() && spec_.cron.texts()[0] == "0 0 * * *"; }

bool TimeWindowPartitions::IsBasicHourly() const { return !has_exclusions() && spec_.cron.texts()[0] == "0 * * * *"; }

std::optional<TimeWindowPartitions::TickWindow> TimeWindowPartitions::FirstTicks(Timestamp now) const {
  const auto first = Windows(*this, spec_.start).Next();
  if (!first || (spec_.end && *spec_.end <= spec_.start)) return std::nullopt;
  Timestamp limit = now;
  if (spec_.end_offset != 0) {
    Windows windows(*this, now, spec_.end_offset > 0);
    std::optional<TickWindow> edge;
    // Going forward the first window is that of `now` itself.
    const std::int64_t steps = spec_.end_offset > 0 ? spec_.end_offset + 1 : -spec_.end_offset;
    for (std::int64_t i = 0; i < steps; ++i) {
      edge = windows.Next();
      if (!edge) return std::nullopt;
    }
    limit = edge->start.time;
  }
  return first->end.time <= limit ? first : std::nullopt;
}

std::optional<TimeWindowPartitions::TickWindow> TimeWindowPartitions::LastTicks(Timestamp now) const {
  const auto first = FirstTicks(now);
  if (!first) return std::nullopt;
  if (spec_.end_offset == 0) return Windows(*this, spec_.end ? std::min(*spec_.end, now) : now, false).Next();
  return LastTicksByOffset(now, *first);
}

std::optional<TimeWindowPartitions::TickWindow> TimeWindowPartitions::LastTicksByOffset(Timestamp now,
                                                                                        const TickWindow& first) const {
  Windows back(*this, now, false);
  std::optional<TickWindow> last = back.Next();
  if (!last) return std::nullopt;
  if (spec_.end_offset < 0) {
    for (std::int64_t i = 0; i < -spec_.end_offset && last; ++i) last = back.Next();
  } else {
    Windows ahead(*this, last->end.time);
    for (std::int64_t i = 0; i < spec_.end_offset && last; ++i) last = ahead.Next();
  }
  if (!last) return std::nullopt;
  if (spec_.end) {
    const auto at_end = Windows(*this, *spec_.end, false).Next();
    if (at_end && at_end->start.time <= last->start.time) return at_end;
  }
  return last->start.time < first.start.time ? first : *last;
}

std::optional<TimeWindow> TimeWindowPartitions::FirstWindow(Timestamp now) const {
  const auto window = FirstTicks(now);
  return window ? std::optional(window->times()) : std::nullopt;
}

std::optional<TimeWindow> TimeWindowPartitions::LastWindow(Timestamp now) const {
  const auto window = LastTicks(now);
  return window ? std::optional(window->times()) : std::nullopt;
}

std::optional<TimeWindow> TimeWindowPartitions::WholeWindow(Timestamp now) const {
  const auto first = FirstWindow(now);
  const auto last = LastWindow(now);
  return first && last ? std::optional(TimeWindow{first->start, last->end}) : std::nullopt;
}

std::string TimeWindowPartitions::Name(const CivilTime& start) const {
  const bool has_offset = spec_.fmt.find("%z") != std::string::npos;
  // The second reading of a repeated hour would have the name of the first.
  const bool is_second = !has_offset && start.fold && spec_.cron.RepeatsEveryHour() &&
                         spec_.zone.Offset({start.wall, false}) > spec_.zone.Offset(start);
  return FormatTime(start, spec_.zone, is_second ? spec_.fmt + "%z" : spec_.fmt);
}

std::vector<std::string> TimeWindowPartitions::Keys(Timestamp now) const {
  const auto last = LastTicks(now);
  std::vector<std::string> keys;
  if (!last) return keys;
  Windows windows(*this, spec_.start);
  while (const auto window = windows.Next()) {
    keys.push_back(Name(window->start.civil));
    if (window->start.time >= last->start.time) break;
  }
  return keys;
}

std::int64_t TimeWindowPartitions::Count(Timestamp now) const {
  const auto window = WholeWindow(now);
  return window ? CountIn(*window) : 0;
}

std::optional<std::string> TimeWindowPartitions::FirstKey(Timestamp now) const {
  const auto window = FirstTicks(now);
  return window ? std::optional(Name(window->start.civil)) : std::nullopt;
}

std::optional<std::string> TimeWindowPartitions::LastKey(Timestamp now) const {
  const auto window = LastTicks(now);
  return window ? std::optional(Name(window->start.civil)) : std::nullopt;
}

std::optional<CivilTime> TimeWindowPartitions::ReadKey(std::string_view key) const {
  auto parsed = ParseTime(key, spec_.fmt);
  // The key of a repeated time has its offset at the end.
  if (!parsed && spec_.fmt.find("%z") == std::string::npos) parsed = ParseTime(key, spec_.fmt + "%z");
  if (!parsed) return std::nullopt;
  if (!parsed->offset) return CivilTime{parsed->wall, false};
  return spec_.zone.ToCivil(Timestamp(parsed->wall.time_since_epoch() - *parsed->offset));
}

std::optional<CronTick> TimeWindowPartitions::StartTick(std::string_view key) const {
  const auto civil = ReadKey(key);
  if (!civil) return std::nullopt;
  const CronTick tick{spec_.zone.ToSys(*civil), *civil};
  if (IsBasicDaily() || IsBasicHourly()) return tick;
  // The format may lack the hour that the schedule has.
  const auto window = Windows(*this, tick.time).Next();
  return window ? std::optional(window->start) : std::nullopt;
}

bool TimeWindowPartitions::IsExcluded(const CronTick& start) const {
  if (std::binary_search(excluded_times_.begin(), excluded_times_.end(), start.time)) return true;
  return std::any_of(excluded_crons_.begin(), excluded_crons_.end(), [&](const CronSchedule& cron) {
    const auto tick = cron.Forward(start.time, spec_.zone).Next();
    return tick && tick->civil.wall == start.civil.wall;
  });
}

bool TimeWindowPartitions::HasKey(std::string_view key, Timestamp now) const {
  const auto start = StartTick(key);
  if (!start || IsExcluded(*start) || Name(start->civil) != key) return false;
  const auto first = FirstTicks(now);
  if (!first || start->time < first->start.time) return false;
  const auto last = LastTicks(now);
  return last && start->time <= last->start.time;
}

std::optional<TimeWindow> TimeWindowPartitions::WindowOf(std::string_view key) const {
  const auto civil = ReadKey(key);
  return civil ? NextWindow(spec_.zone.ToSys(*civil)) : std::nullopt;
}

std::vector<TimeWindow> TimeWindowPartitions::WindowsOf(const std::vector<std::string>& keys, Timestamp now) const {
  std::vector<std::pair<Timestamp, std::string_view>> starts;
  for (const auto& key : keys) {
    const auto civil = ReadKey(key);
    if (!civil) FailKey(key, spec_.fmt);
    starts.emplace_back(spec_.zone.ToSys(*civil), key);
  }
  std::sort(starts.begin(), starts.end());
  std::vector<TimeWindow> result;
  const auto whole = WholeWindow(now);
  if (!whole || starts.empty()) return result;
  Windows windows(*this, starts.front().first);
  for (const auto& [start, key] : starts) {
    auto window = windows.Next();
    if (!window || Name(window->start.civil) != key) {
      windows = Windows(*this, start);
      window = windows.Next();
    }
    if (!window) continue;
    if (window->start.time >= whole->start && window->end.time <= whole->end) result.push_back(window->times());
  }
  return result;
}

std::optional<Timestamp> TimeWindowPartitions::StartOf(std::string_view key) const {
  const auto tick = StartTick(key);
  return tick ? std::optional(tick->time) : std::nullopt;
}

std::string TimeWindowPartitions::KeyAt(Timestamp start) const { return Name(spec_.zone.ToCivil(start)); }

std::string TimeWindowPartitions::KeyAround(Timestamp time, bool end_closed) const {
  auto back = spec_.cron.Backward(time, spec_.zone);
  auto before = back.Next();
  while (before && ((end_closed && before->time == time) || IsExcluded(*before))) before = back.Next();
  auto ahead = spec_.cron.Forward(time, spec_.zone);
  auto after = ahead.Next();
  while (after && IsExcluded(*after)) after = ahead.Next();
  if (before && (end_closed || !after || after->time > time)) return Name(before->civil);
  if (after) return Name(after->civil);
  throw Error(Code::kOutOfRange, fmt::format("cron schedule '{}' has no tick around this time", spec_.cron.texts()[0]));
}

std::vector<std::string> TimeWindowPartitions::KeysIn(const TimeWindow& window) const {
  std::vector<std::string> keys;
  Windows windows(*this, window.start);
  for (auto next = windows.Next(); next && next->start.time < window.end; next = windows.Next()) {
    keys.push_back(Name(next->start.civil));
  }
  return keys;
}

std::int64_t TimeWindowPartitions::CountIn(const TimeWindow& window) const {
  if (window.start >= window.end) return 0;
  if (IsBasicDaily()) return DayNumber(spec_.zone.ToCivil(window.end)) - DayNumber(spec_.zone.ToCivil(window.start));
  if (const auto interval = spec_.cron.FixedMinutes(); interval && !has_exclusions()) {
    return (window.end - window.start) / std::chrono::minutes(*interval);
  }
  std::int64_t count = 0;
  Windows windows(*this, window.start);
  for (auto next = windows.Next(); next && next->start.time < window.end; next = windows.Next()) ++count;
  return count;
}

bool TimeWindowPartitions::HasAnyIn(const TimeWindow& window) const {
  if (window.start >= window.end) return false;
  if (spec_.cron.FixedMinutes() && !has_exclusions()) return CountIn(window) > 0;
  const auto first = Windows(*this, window.start).Next();
  return first && first->start.time < window.end;
}

std::pair<std::string, std::string> TimeWindowPartitions::KeyRangeOf(const TimeWindow& window) const {
  const auto last = PreviousWindow(window.end);
  return {KeyAround(window.start), KeyAround(last ? last->start : window.start)};
}

std::vector<std::string> TimeWindowPartitions::KeysInRange(std::string_view first, std::string_view last) const {
  const auto start = StartOf(first);
  const auto window = WindowOf(last);
  if (!start || !window) FailKey(start ? last : first, spec_.fmt);
  if (*start < spec_.start) {
    throw Error(Code::kInvalidArgument, fmt::format("partition '{}' lies before the first partition", first));
  }
  if (spec_.end && window->end > *spec_.end) {
    throw Error(Code::kInvalidArgument, fmt::format("partition '{}' lies behind the last partition", last));
  }
  return KeysIn({*start, window->end});
}

std::optional<TimeWindow> TimeWindowPartitions::NextWindow(Timestamp from) const {
  const auto window = Windows(*this, from).Next();
  return window ? std::optional(window->times()) : std::nullopt;
}

std::optional<TimeWindow> TimeWindowPartitions::PreviousWindow(Timestamp from) const {
  const auto window = Windows(*this, from, false).Next();
  return window ? std::optional(window->times()) : std::nullopt;
}

Timestamp TimeWindowPartitions::Shift(Timestamp boundary, std::int64_t count) const {
  if (count == 0) return boundary;
  if (IsBasicHourly()) return boundary + std::chrono::hours(count);
  if (IsBasicDaily()) {
    CivilTime civil{spec_.zone.ToCivil(boundary).wall + std::chrono::days(count), false};
    // Midnight may have been skipped on either day.
    const int hour = Split(civil.wall).hour;
    if (hour == 23) civil.wall += std::chrono::hours(1);
    if (hour == 1) civil.wall -= std::chrono::hours(1);
    return spec_.zone.ToSys(civil);
  }
  Windows windows(*this, boundary, count > 0);
  for (std::int64_t i = 0; i < std::abs(count); ++i) {
    const auto window = windows.Next();
    if (!window) break;
    boundary = count > 0 ? window->end.time : window->start.time;
  }
  return boundary;
}

bool TimeWindowPartitions::SameWindows(const TimeWindowPartitions& other) const {
  return spec_.zone == other.spec_.zone && spec_.fmt == other.spec_.fmt && spec_.cron == other.spec_.cron &&
         spec_.end_offset == other.spec_.end_offset && spec_.exclusions == other.spec_.exclusions;
}

bool TimeWindowPartitions::operator==(const TimeWindowPartitions& other) const {
  return spec_.start == other.spec_.start && spec_.end == other.spec_.end && SameWindows(other);
}

}  // namespace tidemill::assets
