#pragma once

#include <optional>
#include <vector>

#include "cron_fields.h"
#include "tidemill/assets/cron.h"

namespace tidemill::assets {

/// The regular schedules, which Dagster steps through by calendar arithmetic instead of a search.
struct RegularSchedule {
  enum class Kind { kHourly, kDaily, kWeekly, kMonthly };

  Kind kind = Kind::kHourly;
  std::vector<int> minutes;
  int hour = 0;
  int day = 1;                ///< kMonthly: 1 to 28.
  std::vector<int> weekdays;  ///< kDaily: those that fire, all if empty. kWeekly: one.

  static std::optional<RegularSchedule> Of(const CronFields& cron);

  /// The next reading (or the one before, if not `ascending`) that fires; `on_boundary` says that `from` itself fires,
  /// which spares looking for it.
  CivilTime Step(CivilTime from, const TimeZone& zone, bool ascending, bool on_boundary) const;
};

/// Moves a reading that clocks skipped to the end of the gap, as far as Dagster does: between 1 and 4 o'clock.
CivilTime AfterGap(CivilTime civil, const TimeZone& zone);

}  // namespace tidemill::assets
