#include <algorithm>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "calendar.h"
#include "zone_data.h"

namespace tidemill::assets {
namespace {

constexpr int kLastYear = 2200;

[[noreturn]] void FailRead(std::string_view zone, std::string_view what) {
  throw Error(Code::kDataLoss,
              fmt::format("the time-zone file of {} is damaged ({}): reinstall the system's tzdata", zone, what));
}

/// Reads big-endian numbers one after the other.
class Reader {
 public:
  Reader(std::string_view zone, std::string_view bytes) : zone_(zone), bytes_(bytes) {}

  std::string_view Take(std::size_t count) {
    if (bytes_.size() < count) FailRead(zone_, "it ends too early");
    const auto piece = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return piece;
  }

  std::int64_t Number(int size) {
    std::uint64_t value = 0;
    for (const char c : Take(static_cast<std::size_t>(size))) value = value << 8 | static_cast<unsigned char>(c);
    const int unused = 64 - 8 * size;
    return static_cast<std::int64_t>(value << unused) >> unused;
  }

  std::string_view rest() const { return bytes_; }

 private:
  std::string_view zone_;
  std::string_view bytes_;
};

struct Counts {
  std::size_t utc_flags = 0, standard_flags = 0, leaps = 0, transitions = 0, types = 0, letters = 0;
};

Counts ReadHeader(Reader& in, std::string_view zone) {
  if (in.Take(4) != "TZif") FailRead(zone, "no TZif header");
  if (in.Take(1)[0] < '2') FailRead(zone, "version 1 has no 64-bit times");
  in.Take(15);
  Counts counts;
  for (std::size_t* count : {&counts.utc_flags, &counts.standard_flags, &counts.leaps, &counts.transitions,
                             &counts.types, &counts.letters}) {
    *count = static_cast<std::size_t>(in.Number(4));
  }
  return counts;
}

/// One end of daylight saving time in a POSIX TZ string.
struct YearlyRule {
  enum class Kind { kMonthWeekDay, kJulianWithoutLeapDay, kDayOfYear };
  Kind kind = Kind::kMonthWeekDay;
  int month = 1, week = 1, weekday = 0, day = 0;
  std::int64_t seconds = 7200;

  /// Wall-clock seconds of the change in this year.
  std::int64_t InYear(int year) const {
    if (kind == Kind::kDayOfYear) return (DaysFromCivil(year, 1, 1) + day) * 86'400 + seconds;
    if (kind == Kind::kJulianWithoutLeapDay) {
      const int leap = IsLeap(year) && day >= 60 ? 1 : 0;
      return (DaysFromCivil(year, 1, 1) + day - 1 + leap) * 86'400 + seconds;
    }
    const std::int64_t first = DaysFromCivil(year, month, 1);
    const auto first_weekday = static_cast<int>((first % 7 + 11) % 7);
    int date = 1 + (weekday - first_weekday + 7) % 7 + (week - 1) * 7;
    while (date > DaysInMonth(year, month)) date -= 7;
    return (first + date - 1) * 86'400 + seconds;
  }
};

/// The closing line of a TZif file, e.g. "CET-1CEST,M3.5.0,M10.5.0/3".
class PosixRules {
 public:
  PosixRules(std::string_view zone, std::string_view text) : zone_(zone), text_(text) {
    standard.abbreviation = Name();
    standard.offset = -Time();
    if (text_.empty()) return;
    ZoneRules saving;
    saving.abbreviation = Name();
    saving.offset = text_.empty() || text_[0] == ',' ? standard.offset + 3600 : -Time();
    saving.daylight_saving = saving.offset - standard.offset;
    saving.is_daylight_saving = true;
    daylight = saving;
    start = Rule();
    end = Rule();
  }

  ZoneRules standard;
  std::optional<ZoneRules> daylight;
  YearlyRule start, end;

 private:
  bool Skip(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  std::string Name() {
    const bool quoted = Skip('<');
    std::size_t size = 0;
    const auto inside = [&](char c) { return quoted ? c != '>' : (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    while (size < text_.size() && inside(text_[size])) ++size;
    if (size == 0) FailRead(zone_, "its closing rule names no zone");
    std::string name(text_.substr(0, size));
    text_.remove_prefix(size);
    if (quoted) Skip('>');
    return name;
  }

  int Integer() {
    int value = 0;
    std::size_t size = 0;
    for (; size < text_.size() && size < 6 && text_[size] >= '0' && text_[size] <= '9'; ++size) {
      value = value * 10 + text_[size] - '0';
    }
    if (size == 0) FailRead(zone_, "its closing rule lacks a number");
    text_.remove_prefix(size);
    return value;
  }

  std::int64_t Time() {
    const int sign = Skip('-') ? -1 : (Skip('+'), 1);
    std::int64_t seconds = Integer() * 3600LL;
    if (Skip(':')) seconds += Integer() * 60LL;
    if (Skip(':')) seconds += Integer();
    return sign * seconds;
  }

  YearlyRule Rule() {
    YearlyRule rule;
    if (!Skip(',')) FailRead(zone_, "its closing rule lacks a date");
    if (Skip('M')) {
      rule.month = std::clamp(Integer(), 1, 12);
      Skip('.');
      rule.week = std::clamp(Integer(), 1, 5);
      Skip('.');
      rule.weekday = Integer() % 7;
    } else {
      rule.kind = Skip('J') ? YearlyRule::Kind::kJulianWithoutLeapDay : YearlyRule::Kind::kDayOfYear;
      rule.day = Integer();
    }
    if (Skip('/')) rule.seconds = Time();
    return rule;
  }

  std::string_view zone_;
  std::string_view text_;
};

/// How much of each type's offset is daylight saving: a file only says whether, so it is told from the neighbours, by
/// the procedure of Python's zoneinfo, whose answers Dagster builds on.
void InferDaylightSaving(std::vector<ZoneRules>& types, const std::vector<std::size_t>& order) {
  std::size_t open = 0;
  for (const auto& type : types) open += type.is_daylight_saving ? 1 : 0;
  for (std::size_t i = 1; i < order.size() && open > 0; ++i) {
    ZoneRules& type = types[order[i]];
    if (!type.is_daylight_saving || type.daylight_saving != 0) continue;
    const ZoneRules& previous = types[order[i - 1]];
    if (!previous.is_daylight_saving) type.daylight_saving = type.offset - previous.offset;
    if (type.daylight_saving == 0 && i + 1 < order.size()) {
      const ZoneRules& next = types[order[i + 1]];
      if (next.is_daylight_saving) continue;
      type.daylight_saving = type.offset - next.offset;
    }
    if (type.daylight_saving != 0) --open;
  }
  if (open == 0) return;
  for (auto& type : types) {
    if (type.is_daylight_saving && type.daylight_saving == 0) type.daylight_saving = 3600;
  }
}

void Extend(ZoneData& zone, const PosixRules& tail) {
  if (!tail.daylight) {
    return;
  }
  const std::int64_t after = zone.utc.empty() ? INT64_MIN : zone.utc.back();
  const int from = zone.utc.empty()
                       ? 1900
                       : Split(LocalTime(std::chrono::seconds(std::max<std::int64_t>(after, -2'208'988'800)))).year;
  for (int year = from; year <= kLastYear; ++year) {
    std::pair<std::int64_t, const ZoneRules*> changes[] = {
        {tail.start.InYear(year) - tail.standard.offset, &*tail.daylight},
        {tail.end.InYear(year) - tail.daylight->offset, &tail.standard}};
    if (changes[1].first < changes[0].first) std::swap(changes[0], changes[1]);
    for (const auto& [time, rules] : changes) {
      if (time <= after || (!zone.utc.empty() && time <= zone.utc.back())) continue;
      zone.utc.push_back(time);
      zone.rules.push_back(*rules);
    }
  }
}

void FillWall(ZoneData& zone) {
  for (std::size_t i = 0; i < zone.utc.size(); ++i) {
    const std::int64_t before = i == 0 ? zone.before.offset : zone.rules[i - 1].offset;
    const std::int64_t after = zone.rules[i].offset;
    zone.wall[0].push_back(zone.utc[i] + std::max(before, after));
    zone.wall[1].push_back(zone.utc[i] + std::min(before, after));
  }
}

}  // namespace

const ZoneRules& ZoneData::AtUtc(std::int64_t seconds) const {
  const auto next = std::upper_bound(utc.begin(), utc.end(), seconds);
  return next == utc.begin() ? before : rules[static_cast<std::size_t>(next - utc.begin()) - 1];
}

const ZoneRules& ZoneData::AtWall(std::int64_t seconds, bool fold) const {
  const auto& list = wall[fold ? 1 : 0];
  const auto next = std::upper_bound(list.begin(), list.end(), seconds);
  return next == list.begin() ? before : rules[static_cast<std::size_t>(next - list.begin()) - 1];
}

bool ZoneData::FoldAtUtc(std::int64_t seconds) const {
  const auto next = std::upper_bound(utc.begin(), utc.end(), seconds);
  if (next == utc.begin()) return false;
  const auto index = static_cast<std::size_t>(next - utc.begin()) - 1;
  const ZoneRules& previous = index == 0 ? before : rules[index - 1];
  return previous.offset - rules[index].offset > seconds - utc[index];
}

ZoneData ParseZoneFile(std::string_view name, std::string_view bytes) {
  Reader in(name, bytes);
  const Counts old = ReadHeader(in, name);
  in.Take(old.transitions * 5 + old.types * 6 + old.letters + old.leaps * 8 + old.standard_flags + old.utc_flags);
  const Counts counts = ReadHeader(in, name);

  ZoneData zone;
  zone.name = name;
  for (std::size_t i = 0; i < counts.transitions; ++i) zone.utc.push_back(in.Number(8));
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < counts.transitions; ++i) {
    order.push_back(static_cast<std::size_t>(in.Number(1) & 0xff));
    if (order.back() >= counts.types) FailRead(name, "a change to rules that it does not hold");
  }
  std::vector<ZoneRules> types(counts.types);
  std::vector<std::size_t> letters_at;
  for (auto& type : types) {
    type.offset = in.Number(4);
    type.is_daylight_saving = in.Number(1) != 0;
    letters_at.push_back(static_cast<std::size_t>(in.Number(1) & 0xff));
  }
  const std::string_view letters = in.Take(counts.letters);
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (letters_at[i] < letters.size()) {
      const auto rest = letters.substr(letters_at[i]);
      types[i].abbreviation = rest.substr(0, rest.find('\0'));
    }
  }
  in.Take(counts.leaps * 12 + counts.standard_flags + counts.utc_flags);
  if (types.empty()) FailRead(name, "it holds no rules");

  InferDaylightSaving(types, order);
  const auto standard = std::find_if(types.begin(), types.end(), [](const auto& t) { return !t.is_daylight_saving; });
  zone.before = standard == types.end() ? types[0] : *standard;
  for (const std::size_t type : order) zone.rules.push_back(types[type]);
  const std::string_view footer = in.rest().substr(std::min<std::size_t>(1, in.rest().size()));
  if (const auto line = footer.substr(0, footer.find('\n')); !line.empty()) Extend(zone, PosixRules(name, line));
  FillWall(zone);
  return zone;
}

}  // namespace tidemill::assets
