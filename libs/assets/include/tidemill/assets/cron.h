#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/assets/time_zone.h>
#include <tidemill/base/clock.h>

namespace tidemill::assets {

/// A moment at which a schedule fires, and how the zone's wall clock is read then.
struct CronTick {
  Timestamp time;
  CivilTime civil;
};

struct CronFields;

/// One or several cron strings in Dagster's dialect: five fields (minute, hour, day of month, month, day of week),
/// lists, ranges that may wrap, steps, names of months and days, `L` for the last day of the month, `fri#2` and `L5`
/// for the second and the last Friday, `?`, and @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually.
/// Where both day fields are restricted, a day that fits either fires. Several strings fire at the union of their
/// ticks.
///
/// Where clocks change: a skipped time fires at the end of the gap, or not at all if the schedule fires every hour; a
/// repeated time fires once, at its second reading, or both times if the schedule fires every hour.
///
/// Immutable and cheap to copy; safe from any thread.
class CronSchedule final {
 public:
  /// Throws Error(kInvalidArgument) that says which field is wrong, and why.
  static CronSchedule Parse(std::string_view text);
  /// Also if the list is empty.
  static CronSchedule Parse(std::vector<std::string> texts);

  static bool IsValid(std::string_view text);

  const std::vector<std::string>& texts() const { return texts_; }

  /// The first tick later than `after`; nothing if there is none within 50 years ("0 0 31 2,4 *").
  std::optional<Timestamp> Next(Timestamp after, const TimeZone& zone) const;
  /// The last tick before `before`.
  std::optional<Timestamp> Previous(Timestamp before, const TimeZone& zone) const;

  /// Ticks in order of time: at or after a time going forward, at or before it going backward.
  class Iterator final {
   public:
    Iterator(Iterator&&) noexcept;
    Iterator& operator=(Iterator&&) noexcept;
    ~Iterator();

    /// Nothing once there are no more.
    std::optional<CronTick> Next();

   private:
    friend class CronSchedule;
    class State;
    explicit Iterator(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };

  Iterator Forward(Timestamp from, const TimeZone& zone) const;
  Iterator Backward(Timestamp from, const TimeZone& zone) const;

  /// True if the hour field is a star: such a schedule fires through both readings of a repeated hour.
  bool RepeatsEveryHour() const;
  /// The minutes between any two ticks, if that is the same for all: "0 * * * *" is 60, "*/15 * * * *" is 15. Days are
  /// not the same length.
  std::optional<int> FixedMinutes() const;

  bool operator==(const CronSchedule& other) const { return texts_ == other.texts_; }

 private:
  CronSchedule() = default;

  std::vector<std::string> texts_;
  std::vector<std::shared_ptr<const CronFields>> fields_;
};

}  // namespace tidemill::assets
