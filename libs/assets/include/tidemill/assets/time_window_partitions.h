#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tidemill/assets/cron.h>
#include <tidemill/assets/time_zone.h>
#include <tidemill/base/clock.h>

namespace tidemill::assets {

/// From `start`, inclusive, to `end`, exclusive.
struct TimeWindow {
  Timestamp start;
  Timestamp end;

  auto operator<=>(const TimeWindow&) const = default;  // NOLINT(modernize-use-nullptr): misreads <=>
};

/// Partitions that are the stretches between the ticks of a cron schedule, each named by the time at which it starts.
///
/// The set grows with time: without an `end_offset` a partition exists once its window has ended. Every question that
/// depends on the time takes `now`. Immutable; safe from any thread. Finding a window costs the same however many there
/// are; listing and (unless the schedule is regular) counting cost what they list.
class TimeWindowPartitions final {
 public:
  struct Spec {
    CronSchedule cron;
    Timestamp start;
    std::optional<Timestamp> end;
    TimeZone zone;
    std::string fmt;  ///< strftime form of the keys.
    std::int64_t end_offset = 0;
    /// Windows that start at such a tick or time are left out.
    std::vector<std::variant<std::string, Timestamp>> exclusions;
  };

  /// Throws Error(kInvalidArgument) for a wrong cron string among the exclusions.
  explicit TimeWindowPartitions(Spec spec);

  const Spec& spec() const { return spec_; }
  bool has_exclusions() const { return !spec_.exclusions.empty(); }
  /// "0 0 * * *" without exclusions, and "0 * * * *".
  bool IsBasicDaily() const;
  bool IsBasicHourly() const;

  std::optional<TimeWindow> FirstWindow(Timestamp now) const;
  std::optional<TimeWindow> LastWindow(Timestamp now) const;
  /// From the start of the first to the end of the last window.
  std::optional<TimeWindow> WholeWindow(Timestamp now) const;

  std::vector<std::string> Keys(Timestamp now) const;
  std::int64_t Count(Timestamp now) const;
  bool HasKey(std::string_view key, Timestamp now) const;
  std::optional<std::string> FirstKey(Timestamp now) const;
  std::optional<std::string> LastKey(Timestamp now) const;

  /// The window that a key names, whether it exists already or not; nothing if the text is no key of this format.
  std::optional<TimeWindow> WindowOf(std::string_view key) const;
  /// The windows of those keys that exist, in order of time. Throws Error(kInvalidArgument) for a text that is no key
  /// of this format.
  std::vector<TimeWindow> WindowsOf(const std::vector<std::string>& keys, Timestamp now) const;
  /// The start of a key's window.
  std::optional<Timestamp> StartOf(std::string_view key) const;
  /// The key of a window that starts here.
  std::string KeyAt(Timestamp start) const;
  /// The key of the window around a time; `end_closed` gives a boundary to the window that ends there.
  std::string KeyAround(Timestamp time, bool end_closed = false) const;

  /// Keys and number of the windows that start inside.
  std::vector<std::string> KeysIn(const TimeWindow& window) const;
  std::int64_t CountIn(const TimeWindow& window) const;
  bool HasAnyIn(const TimeWindow& window) const;
  /// First and last key of a window, as it is stored for a range of partitions.
  std::pair<std::string, std::string> KeyRangeOf(const TimeWindow& window) const;
  /// The keys from one to another, both included. Throws Error(kInvalidArgument) if one is no key, or lies before the
  /// start or behind the end of the set.
  std::vector<std::string> KeysInRange(std::string_view first, std::string_view last) const;

  /// The first window that starts at or after a time, the last that ends at or before it; ignoring the set's bounds.
  std::optional<TimeWindow> NextWindow(Timestamp from) const;
  std::optional<TimeWindow> PreviousWindow(Timestamp from) const;

  /// `boundary` moved by `count` windows.
  Timestamp Shift(Timestamp boundary, std::int64_t count) const;

  /// The same windows and keys, whatever the start and the end of the set.
  bool SameWindows(const TimeWindowPartitions& other) const;
  bool operator==(const TimeWindowPartitions& other) const;

 private:
  class Windows;
  struct TickWindow {
    CronTick start;
    CronTick end;
    TimeWindow times() const { return {start.time, end.time}; }
  };

  std::optional<TickWindow> FirstTicks(Timestamp now) const;
  std::optional<TickWindow> LastTicks(Timestamp now) const;
  std::optional<TickWindow> LastTicksByOffset(Timestamp now, const TickWindow& first) const;
  std::optional<CivilTime> ReadKey(std::string_view key) const;
  std::optional<CronTick> StartTick(std::string_view key) const;
  std::string Name(const CivilTime& start) const;
  bool IsExcluded(const CronTick& start) const;

  Spec spec_;
  std::vector<Timestamp> excluded_times_;  // Ascending.
  std::vector<CronSchedule> excluded_crons_;
  std::optional<CronSchedule> all_excluded_crons_;
};

}  // namespace tidemill::assets
