#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tidemill {

/// A point in wall-clock time (UTC), microseconds as Dagster stores them.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Where the edges take time from; the decision core gets times as data.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp Now() const = 0;
};

/// The machine's clock. Stateless, so one value a user.
class SystemClock final : public Clock {
 public:
  Timestamp Now() const override;
};

/// A clock that a test sets.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp now) : now_(now) {}

  Timestamp Now() const override { return now_; }
  void Advance(std::chrono::microseconds by) { now_ += by; }

 private:
  Timestamp now_;
};

/// Seconds since the epoch, as Dagster's floats.
double ToUnixSeconds(Timestamp time);
Timestamp FromUnixSeconds(double seconds);

/// SQLite's text of a time as Dagster writes it: "2026-11-24 11:43:57.481692" (UTC, always six digits).
std::string ToSqlText(Timestamp time);

/// Reads ToSqlText's form, also with `T`, a `Z`, no fraction or one of 1 to 6 digits. Nothing if it is something else.
std::optional<Timestamp> ParseSqlText(std::string_view text);

/// Dagster's human duration of a step: "9.14ms", "11ms", "1.05s", "2m30s", "1h2m".
std::string FormatDuration(std::chrono::duration<double, std::milli> duration);

}  // namespace tidemill
