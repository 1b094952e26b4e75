#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tidemill/assets/time_zone.h"

namespace tidemill::assets {

/// Python's datetime.strftime in the C locale, for the directives that its manual lists.
std::string FormatTime(CivilTime civil, const TimeZone& zone, std::string_view format);

/// What a text of a format says: a reading, and the moment's offset from UTC if the format has %z.
struct ParsedTime {
  LocalTime wall;
  std::optional<std::chrono::microseconds> offset;
};

/// Python's datetime.strptime: nothing if `text` does not match, or names a day that does not exist.
std::optional<ParsedTime> ParseTime(std::string_view text, std::string_view format);

}  // namespace tidemill::assets
