#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <tidemill/base/clock.h>

namespace tidemill::assets {

/// What a wall clock shows, without saying where it hangs.
using LocalTime = std::chrono::local_time<std::chrono::microseconds>;

/// A wall-clock reading in some zone. `fold` picks the second of two equal readings when clocks went back, and the
/// offset after the jump for a reading that clocks skipped (the meaning of Python's PEP 495).
struct CivilTime {
  LocalTime wall;
  bool fold = false;

  bool operator==(const CivilTime&) const = default;
};

struct ZoneData;

/// One zone of the IANA time-zone database, with its rules applied until the year 2200. A cheap value: copies share the
/// loaded data, which is read from the system's database once a process. Safe from any thread.
class TimeZone final {
 public:
  /// UTC, which needs no database.
  TimeZone();

  /// Throws Error(kInvalidArgument) that names the unknown zone and the nearest known name.
  static TimeZone Find(std::string_view name);

  const std::string& name() const;

  CivilTime ToCivil(Timestamp time) const;
  /// Every reading has an answer: a skipped one is taken with the offset that `fold` picks.
  Timestamp ToSys(CivilTime civil) const;

  /// What the zone adds to UTC at this reading.
  std::chrono::seconds Offset(CivilTime civil) const;
  /// The part of the offset that is daylight saving time, as Python's zoneinfo infers it from the database.
  std::chrono::seconds DaylightSaving(CivilTime civil) const;
  /// "CET", "+1030".
  const std::string& Abbreviation(CivilTime civil) const;

  /// False for a reading that clocks skipped.
  bool Exists(LocalTime wall) const;
  /// True where `fold` makes a difference: a repeated or a skipped reading.
  bool DependsOnFold(LocalTime wall) const;

  bool operator==(const TimeZone& other) const { return name() == other.name(); }

 private:
  explicit TimeZone(std::shared_ptr<const ZoneData> data) : data_(std::move(data)) {}

  std::shared_ptr<const ZoneData> data_;
};

}  // namespace tidemill::assets
