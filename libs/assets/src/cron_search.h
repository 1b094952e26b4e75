#pragma once

#include <optional>

#include "cron_fields.h"
#include "tidemill/assets/time_zone.h"

namespace tidemill::assets {

/// The next reading of a clock without any zone that fits the fields, strictly after `from`; croniter's get_next, also
/// in what it takes for the end of a month when going backward. Nothing if there is none within 50 years.
std::optional<LocalTime> NextMatch(const CronFields& cron, LocalTime from);
/// The same before `from`: croniter's get_prev.
std::optional<LocalTime> PreviousMatch(const CronFields& cron, LocalTime from);

}  // namespace tidemill::assets
