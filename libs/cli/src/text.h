#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill::cli {

/// How many terminal columns UTF-8 text takes: one a code point, two for East Asian wide ones and emoji, none for
/// combining marks. Bytes that are no UTF-8 count one each.
std::size_t DisplayWidth(std::string_view text);

/// At most `columns` columns of `text`; what is cut ends in "…".
std::string Truncate(std::string_view text, std::size_t columns);

/// `text` with blanks up to `columns`.
std::string PadRight(std::string_view text, std::size_t columns);
std::string PadLeft(std::string_view text, std::size_t columns);

/// Control characters (a terminal's escape sequences too) as "\x1b": what others wrote cannot steer the terminal.
/// Newlines and tabs become blanks if `one_line`.
std::string Printable(std::string_view text, bool one_line = true);

/// Columns of left-aligned cells under a header, two blanks between them; no blanks at a line's end. An empty table has
/// only its header.
std::string Table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

/// "a, b, c".
std::string Join(const std::vector<std::string>& parts, std::string_view separator = ", ");

/// "1 step", "3 steps".
std::string Count(std::size_t count, std::string_view noun);

/// Parts of a comma-separated text without blanks around them and without empty ones.
std::vector<std::string> SplitList(std::string_view text);

/// Seconds since the epoch in the local time zone: "2026-11-24 11:43:57", or only "11:43:57.482".
std::string LocalTime(double unix_seconds);
std::string LocalClockTime(double unix_seconds);

/// A duration in seconds as base's FormatDuration gives it.
std::string Duration(double seconds);

}  // namespace tidemill::cli
