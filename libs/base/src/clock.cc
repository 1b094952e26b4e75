#include <cmath>

#include <fmt/format.h>

#include <tidemill/base/clock.h>

namespace tidemill {

Timestamp SystemClock::Now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

double ToUnixSeconds(Timestamp time) { return static_cast<double>(time.time_since_epoch().count()) / 1e6; }

Timestamp FromUnixSeconds(double seconds) { return Timestamp(std::chrono::microseconds(std::llround(seconds * 1e6))); }

std::string ToSqlText(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

namespace {

/// Reads exactly `digits` decimal digits at `text`'s start.
std::optional<int> TakeNumber(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool TakeOneOf(std::string_view& text, std::string_view set) {
  if (text.empty() || set.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<Timestamp> ParseSqlText(std::string_view text) {
  using namespace std::chrono;
  const auto year = TakeNumber(text, 4);
  if (!year || !TakeOneOf(text, "-")) return std::nullopt;
  const auto month = TakeNumber(text, 2);
  if (!month || !TakeOneOf(text, "-")) return std::nullopt;
  const auto day = TakeNumber(text, 2);
  if (!day || !TakeOneOf(text, " T")) return std::nullopt;
  const auto hour = TakeNumber(text, 2);
  if (!hour || !TakeOneOf(text, ":")) return std::nullopt;
  const auto minute = TakeNumber(text, 2);
  if (!minute || !TakeOneOf(text, ":")) return std::nullopt;
  const auto second = TakeNumber(text, 2);
  if (!second) return std::nullopt;
  std::int64_t micros = 0;
  if (TakeOneOf(text, ".")) {
    std::size_t digits = 0;
    while (digits < 6) {
      const auto digit = TakeNumber(text, 1);
      if (!digit) break;
      micros = micros * 10 + *digit;
      ++digits;
    }
    if (digits == 0) return std::nullopt;
    for (; digits < 6; ++digits) micros *= 10;
  }
  TakeOneOf(text, "Z");
  const year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day)));
  if (!text.empty() || !date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return Timestamp(sys_days(date)) + hours(*hour) + minutes(*minute) + seconds(*second) + microseconds(micros);
}

std::string FormatDuration(std::chrono::duration<double, std::milli> duration) {
  // Each form keeps three significant digits, as dagster's format_duration does.
  const double millis = duration.count();
  if (millis < 10) return fmt::format("{:.2f}ms", millis);
  if (millis < 1000) return fmt::format("{}ms", static_cast<std::int64_t>(millis));
  const double seconds = millis / 1000;
  if (seconds < 10) return fmt::format("{:.2f}s", seconds);
  if (seconds < 60) return fmt::format("{:.1f}s", seconds);
  const auto minutes = static_cast<std::int64_t>(seconds / 60);
  if (minutes < 60) return fmt::format("{}m{}s", minutes, static_cast<std::int64_t>(seconds) % 60);
  return fmt::format("{}h{}m", minutes / 60, minutes % 60);
}

}  // namespace tidemill
