#pragma once

#include <string>
#include <string_view>

#include "time_format.h"

namespace tidemill::assets {

/// "2024-03-31 01:00" as a reading, in UTC, or in a zone.
inline LocalTime Wall(std::string_view text) { return ParseTime(text, "%Y-%m-%d %H:%M").value().wall; }

inline Timestamp Utc(std::string_view text) { return Timestamp(Wall(text).time_since_epoch()); }

inline Timestamp In(const TimeZone& zone, std::string_view text, bool fold = false) {
  return zone.ToSys({Wall(text), fold});
}

inline std::string Show(const TimeZone& zone, Timestamp time) {
  return FormatTime(zone.ToCivil(time), zone, "%Y-%m-%d %H:%M %z");
}

}  // namespace tidemill::assets
