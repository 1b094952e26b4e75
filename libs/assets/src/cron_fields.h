#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill::assets {

/// What one field of a cron string allows.
struct CronField {
  std::vector<int> values;  ///< Ascending.
  bool star = false;
  bool last_day = false;

  std::size_t size() const { return values.size() + (star ? 1 : 0) + (last_day ? 1 : 0); }
  bool IsWildcard() const { return star && size() == 1; }
  bool IsNumber() const { return values.size() == 1 && size() == 1; }
};

/// Which of its weekdays in a month count: first to fifth, or the last.
struct NthWeekdays {
  std::array<bool, 6> nth{};  ///< By 1 to 5.
  bool last = false;
};

/// A cron string with everything spelled out.
struct CronFields {
  static constexpr int kMinute = 0, kHour = 1, kDay = 2, kMonth = 3, kWeekday = 4;

  std::string text;
  std::array<CronField, 5> fields;
  std::map<int, NthWeekdays> nth_weekdays;
  /// Dagster fires "… 29 2 *" a day after "… 28 2 *" of each leap year.
  bool is_leap_day = false;
};

/// Throws Error(kInvalidArgument) that says which field is wrong, and why.
CronFields ParseCronFields(std::string_view text);

}  // namespace tidemill::assets
