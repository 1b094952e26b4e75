#include <cstdlib>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "calendar.h"
#include "names.h"
#include "time_format.h"

namespace tidemill::assets {
namespace {

using std::chrono::microseconds;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// What the directives said so far.
struct Pieces {
  std::optional<int> year, month, day, hour12, day_of_year, weekday, iso_year, iso_week, sunday_week, monday_week;
  int hour = 0, minute = 0, second = 0, microsecond = 0;
  std::optional<bool> afternoon;
  std::optional<microseconds> offset;
};

/// Matches a text against a format like the regular expression that Python makes of it: each directive takes the
/// longest piece first and gives back what a later one needs.
class Matcher {
 public:
  Matcher(std::string_view text, std::string_view format) : text_(text), format_(format) {}

  std::optional<Pieces> Run() {
    if (!Match(0, 0)) return std::nullopt;
    return pieces_;
  }

 private:
  bool Match(std::size_t at, std::size_t form) {
    if (form == format_.size()) return at == text_.size();
    const char c = format_[form];
    if (IsBlank(c)) return MatchBlanks(at, form);
    if (c != '%' || form + 1 == format_.size()) {
      return at < text_.size() && Lower(text_[at]) == Lower(c) && Match(at + 1, form + 1);
    }
    return MatchDirective(format_[form + 1], at, form + 2);
  }

  bool MatchBlanks(std::size_t at, std::size_t form) {
    while (form < format_.size() && IsBlank(format_[form])) ++form;
    std::size_t end = at;
    while (end < text_.size() && IsBlank(text_[end])) ++end;
    for (; end > at; --end) {
      if (Match(end, form)) return true;
    }
    return false;
  }

  /// A number of at most `digits` digits in the range; `blank` allows one blank in place of a leading zero.
  template <class Store>
  bool Number(std::size_t at, std::size_t form, int digits, int low, int high, Store store, bool blank = false) {
    for (int count = digits; count >= 1; --count) {
      const auto size = static_cast<std::size_t>(count);
      if (at + size > text_.size()) continue;
      int value = 0;
      bool good = true;
      for (std::size_t i = 0; i < size; ++i) {
        const char c = text_[at + i];
        if (blank && count > 1 && i == 0 && c == ' ') continue;
        good = good && IsDigit(c);
        value = value * 10 + (c - '0');
      }
      if (!good || value < low || value > high) continue;
      const Pieces saved = pieces_;
      store(value);
      if (Match(at + size, form)) return true;
      pieces_ = saved;
    }
    return false;
  }

  template <class Store>
  bool Exactly(std::size_t at, std::size_t form, std::size_t size, Store store) {
    if (at + size > text_.size()) return false;
    int value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      if (!IsDigit(text_[at + i])) return false;
      value = value * 10 + (text_[at + i] - '0');
    }
    store(value);
    return Match(at + size, form);
  }

  bool StartsWith(std::size_t at, std::string_view word) const {
    if (at + word.size() > text_.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (Lower(text_[at + i]) != Lower(word[i])) return false;
    }
    return true;
  }

  template <class Names, class Store>
  bool Name(std::size_t at, std::size_t form, const Names& names, bool is_short, Store store) {
    for (std::size_t i = 0; i < std::size(names); ++i) {
      const auto name = is_short ? names[i].substr(0, 3) : names[i];
      if (!StartsWith(at, name)) continue;
      store(static_cast<int>(i));
      if (Match(at + name.size(), form)) return true;
    }
    return false;
  }

  bool Fraction(std::size_t at, std::size_t form) {
    std::size_t size = 0;
    while (size < 6 && at + size < text_.size() && IsDigit(text_[at + size])) ++size;
    for (; size > 0; --size) {
      int value = 0;
      for (std::size_t i = 0; i < 6; ++i) value = value * 10 + (i < size ? text_[at + i] - '0' : 0);
      pieces_.microsecond = value;
      if (Match(at + size, form)) return true;
    }
    return false;
  }

  /// "+0130", "-01:30", "+01:30:10.5" or "Z".
  bool UtcOffset(std::size_t at, std::size_t form) {
    if (at >= text_.size()) return false;
    if (text_[at] == 'Z') {
      pieces_.offset = microseconds(0);
      return Match(at + 1, form);
    }
    if (text_[at] != '+' && text_[at] != '-') return false;
    const int sign = text_[at] == '-' ? -1 : 1;
    std::size_t end = at + 1;
    const auto two = [&]() -> std::optional<int> {
      if (end + 2 > text_.size() || !IsDigit(text_[end]) || !IsDigit(text_[end + 1])) return std::nullopt;
      const int value = (text_[end] - '0') * 10 + (text_[end + 1] - '0');
      end += 2;
      return value;
    };
    const auto hours = two();
    if (!hours) return false;
    const bool colon = end < text_.size() && text_[end] == ':';
    if (colon) ++end;
    const auto minutes = two();
    if (!minutes || *minutes > 59) return false;
    const auto total = std::chrono::minutes(*hours * 60 + *minutes);
    const std::size_t short_end = end;
    if (!colon || (end < text_.size() && text_[end] == ':')) {
      if (colon) ++end;
      if (const auto seconds = two(); seconds && *seconds <= 59) {
        pieces_.offset = sign * microseconds(total + std::chrono::seconds(*seconds));
        if (Match(end, form)) return true;
      }
    }
    pieces_.offset = sign * microseconds(total);
    return Match(short_end, form);
  }

  bool ZoneName(std::size_t at, std::size_t form) {
    for (const std::string_view name : {"utc", "gmt"}) {
      if (StartsWith(at, name) && Match(at + name.size(), form)) return true;
    }
    return false;
  }

  bool Expand(std::string_view replacement, std::size_t at, std::size_t form) {
    const std::string whole = std::string(replacement) + std::string(format_.substr(form));
    Matcher rest(text_.substr(at), whole);
    rest.pieces_ = pieces_;
    const auto result = rest.Run();
    if (result) pieces_ = *result;
    return result.has_value();
  }

  bool MatchDirective(char directive, std::size_t at, std::size_t form) {
    Pieces& p = pieces_;
    switch (directive) {
      case 'Y':
        return Exactly(at, form, 4, [&](int v) { p.year = v; });
      case 'y':
        return Exactly(at, form, 2, [&](int v) { p.year = v <= 68 ? 2000 + v : 1900 + v; });
      case 'G':
        return Exactly(at, form, 4, [&](int v) { p.iso_year = v; });
      case 'm':
        return Number(at, form, 2, 1, 12, [&](int v) { p.month = v; });
      case 'd':
        return Number(
            at, form, 2, 1, 31, [&](int v) { p.day = v; }, true);
      case 'H':
        return Number(at, form, 2, 0, 23, [&](int v) { p.hour = v; });
      case 'I':
        return Number(at, form, 2, 1, 12, [&](int v) { p.hour12 = v; });
      case 'M':
        return Number(at, form, 2, 0, 59, [&](int v) { p.minute = v; });
      case 'S':
        return Number(at, form, 2, 0, 61, [&](int v) { p.second = v; });
      case 'j':
        return Number(at, form, 3, 1, 366, [&](int v) { p.day_of_year = v; });
      case 'U':
        return Number(at, form, 2, 0, 53, [&](int v) { p.sunday_week = v; });
      case 'W':
        return Number(at, form, 2, 0, 53, [&](int v) { p.monday_week = v; });
      case 'V':
        return Number(at, form, 2, 0, 53, [&](int v) { p.iso_week = v; });
      case 'u':
        return Number(at, form, 1, 1, 7, [&](int v) { p.weekday = v - 1; });
      case 'w':
        return Number(at, form, 1, 0, 6, [&](int v) { p.weekday = (v + 6) % 7; });
      case 'f':
        return Fraction(at, form);
      case 'z':
        return UtcOffset(at, form);
      case 'Z':
        return ZoneName(at, form);
      case 'b':
        return Name(at, form, kMonthNames, true, [&](int v) { p.month = v + 1; });
      case 'B':
        return Name(at, form, kMonthNames, false, [&](int v) { p.month = v + 1; });
      case 'a':
        return Name(at, form, kWeekdayNames, true, [&](int v) { p.weekday = (v + 6) % 7; });
      case 'A':
        return Name(at, form, kWeekdayNames, false, [&](int v) { p.weekday = (v + 6) % 7; });
      case 'p': {
        constexpr std::string_view kHalves[] = {"am", "pm"};
        return Name(at, form, kHalves, false, [&](int v) { p.afternoon = v == 1; });
      }
      case 'c':
        return Expand("%a %b %d %H:%M:%S %Y", at, form);
      case 'x':
        return Expand("%m/%d/%y", at, form);
      case 'X':
        return Expand("%H:%M:%S", at, form);
      case '%':
        return at < text_.size() && text_[at] == '%' && Match(at + 1, form);
      default:
        return false;
    }
  }

  std::string_view text_;
  std::string_view format_;
  Pieces pieces_;
};

/// The day number of a week and a weekday (Monday is 0) of a year whose weeks start on Sunday or Monday.
std::int64_t DayOfWeekNumber(int year, int week, int weekday, bool weeks_start_monday) {
  const std::int64_t first = DaysFromCivil(year, 1, 1);
  auto first_weekday = static_cast<int>(((first + 3) % 7 + 7) % 7);
  if (!weeks_start_monday) {
    first_weekday = (first_weekday + 1) % 7;
    weekday = (weekday + 1) % 7;
  }
  const int week_zero = (7 - first_weekday) % 7;
  if (week == 0) return first + weekday - first_weekday;
  return first + week_zero + 7LL * (week - 1) + weekday;
}

/// The day that the pieces name; nothing if there is none.
std::optional<std::int64_t> DayOf(const Pieces& p) {
  if (p.iso_year || p.iso_week) {
    if (!p.iso_year || !p.iso_week || !p.weekday || *p.iso_week == 0) return std::nullopt;
    const std::int64_t fourth = DaysFromCivil(*p.iso_year, 1, 4);
    const auto weekday = static_cast<int>(((fourth + 3) % 7 + 7) % 7);
    return fourth - weekday + 7LL * (*p.iso_week - 1) + *p.weekday;
  }
  const int year = p.year.value_or(1900);
  if (p.year && p.weekday && (p.sunday_week || p.monday_week) && !p.day_of_year) {
    return DayOfWeekNumber(year, p.monday_week ? *p.monday_week : *p.sunday_week, *p.weekday,
                           p.monday_week.has_value());
  }
  if (p.day_of_year && p.year) {
    return DaysFromCivil(year, 1, 1) + *p.day_of_year - 1;
  }
  const int month = p.month.value_or(1);
  const int day = p.day.value_or(1);
  if (year < 1 || day > DaysInMonth(year, month)) return std::nullopt;
  return DaysFromCivil(year, month, day);
}

}  // namespace

std::optional<ParsedTime> ParseTime(std::string_view text, std::string_view format) {
  auto pieces = Matcher(text, format).Run();
  if (!pieces) return std::nullopt;
  if (pieces->hour12) {
    pieces->hour = *pieces->hour12 % 12 + (pieces->afternoon.value_or(false) ? 12 : 0);
  }
  const auto day = DayOf(*pieces);
  if (!day || pieces->second > 59) return std::nullopt;
  const auto time = std::chrono::hours(24 * *day + pieces->hour) + std::chrono::minutes(pieces->minute) +
                    std::chrono::seconds(pieces->second) + microseconds(pieces->microsecond);
  return ParsedTime{LocalTime(time), pieces->offset};
}

}  // namespace tidemill::assets
