#include "tidemill/assets/cron.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "calendar.h"
#include "cron_fields.h"
#include "cron_search.h"
#include "cron_steps.h"

namespace tidemill::assets {
namespace {

using std::chrono::hours;

/// Ticks of one cron string, in one direction, strictly beyond a start: a search on a clock without a zone, each hit
/// then placed in the zone.
class SearchTicks {
 public:
  SearchTicks(const CronFields& cron, const TimeZone& zone, CivilTime start, bool ascending)
      : cron_(cron),
        zone_(zone),
        ascending_(ascending),
        last_(zone.ToSys(start)),
        // An hour early, so that both readings of a repeated time are seen.
        clock_(start.wall + (ascending ? -hours(1) : hours(1))),
        every_hour_(cron.fields[CronFields::kHour].IsWildcard()) {}

  std::optional<CronTick> Next() {
    for (;;) {
      while (next_ < pending_.size()) {
        const CronTick tick = pending_[next_++];
        if (ascending_ ? tick.time > last_ : tick.time < last_) {
          last_ = tick.time;
          return tick;
        }
      }
      if (!Refill()) return std::nullopt;
    }
  }

 private:
  CronTick Tick(CivilTime civil) const { return {zone_.ToSys(civil), civil}; }

  bool Advance() {
    const auto hit = ascending_ ? NextMatch(cron_, clock_) : PreviousMatch(cron_, clock_);
    if (hit) clock_ = *hit;
    return hit.has_value();
  }

  bool Refill() {
    pending_.clear();
    next_ = 0;
    if (!Advance()) return false;
    if (!zone_.Exists(clock_)) {
      if (!every_hour_) pending_ = {Tick(AfterGap({clock_, false}, zone_))};
    } else if (!zone_.DependsOnFold(clock_)) {
      pending_ = {Tick({clock_, false})};
    } else if (!every_hour_) {
      pending_ = {Tick({clock_, true})};
    } else {
      CollectRepeated();
    }
    return true;
  }

  /// Both readings of every hit in the repeated stretch, in order of time.
  void CollectRepeated() {
    const Timestamp first = zone_.ToSys({clock_, false});
    const Timestamp second = zone_.ToSys({clock_, true});
    pending_ = {Tick({clock_, true}), Tick({clock_, false})};
    while (ascending_ ? zone_.ToSys({clock_, false}) < second : zone_.ToSys({clock_, true}) > first) {
      if (!Advance()) break;
      pending_.push_back(Tick({clock_, false}));
      pending_.push_back(Tick({clock_, true}));
    }
    std::stable_sort(pending_.begin(), pending_.end(),
                     [](const CronTick& a, const CronTick& b) { return a.time < b.time; });
    if (!ascending_) std::reverse(pending_.begin(), pending_.end());
  }

  const CronFields& cron_;
  TimeZone zone_;
  bool ascending_;
  Timestamp last_;
  LocalTime clock_;
  bool every_hour_;
  std::vector<CronTick> pending_;
  std::size_t next_ = 0;
};

/// Ticks of one cron string at or beyond a time.
class Ticks {
 public:
  Ticks(std::shared_ptr<const CronFields> cron, const TimeZone& zone, Timestamp from, bool ascending)
      : cron_(std::move(cron)), zone_(zone), from_(from), ascending_(ascending), regular_(RegularSchedule::Of(*cron_)) {
    const CivilTime start = zone_.ToCivil(from);
    if (regular_) {
      StartRegular(start);
    } else if (const auto behind = SearchTicks(*cron_, zone_, start, !ascending).Next()) {
      search_.emplace(*cron_, zone_, behind->civil, ascending);
    }
  }

  std::optional<CronTick> Next() {
    for (;;) {
      auto tick = NextOfFields();
      if (!tick || !cron_->is_leap_day) return tick;
      if (!IsLeap(Split(tick->civil.wall).year)) continue;
      const CivilTime leap_day{tick->civil.wall + std::chrono::days(1), false};
      return CronTick{zone_.ToSys(leap_day), leap_day};
    }
  }

 private:
  void StartRegular(CivilTime start) {
    const CivilFields f = Split(start.wall);
    const bool on_hour = f.minute == 0 && f.second == 0 && f.microsecond == 0;
    on_start_ = (cron_->text == "0 0 * * *" && f.hour == 0 && on_hour) || (cron_->text == "0 * * * *" && on_hour);
    at_ = on_start_ ? start : regular_->Step(start, zone_, !ascending_, false);
  }

  std::optional<CronTick> NextOfFields() {
    for (;;) {
      std::optional<CronTick> tick;
      if (search_) {
        tick = search_->Next();
      } else if (regular_) {
        if (!on_start_) at_ = regular_->Step(at_, zone_, ascending_, true);
        on_start_ = false;
        tick = CronTick{zone_.ToSys(at_), at_};
      }
      if (!tick || (ascending_ ? tick->time >= from_ : tick->time <= from_)) return tick;
    }
  }

  std::shared_ptr<const CronFields> cron_;
  TimeZone zone_;
  Timestamp from_;
  bool ascending_;
  std::optional<RegularSchedule> regular_;
  std::optional<SearchTicks> search_;
  CivilTime at_;
  bool on_start_ = false;
};

std::vector<std::string> SplitAtBlank(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c != ' ') {
      parts.back() += c;
    } else if (!parts.back().empty()) {
      parts.emplace_back();
    }
  }
  return parts;
}

/// The gap between equally spaced minutes of an hour, if they are.
std::optional<int> EvenGap(std::string_view list) {
  std::set<int> minutes;
  std::size_t count = 0;
  for (std::size_t begin = 0; begin <= list.size(); ++count) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    int minute = 0;
    const auto [stop, error] = std::from_chars(list.data() + begin, list.data() + end, minute);
    if (error != std::errc() || stop != list.data() + end || minute < 0 || minute > 59) return std::nullopt;
    minutes.insert(minute);
    begin = end + 1;
  }
  if (minutes.size() < 2 || minutes.size() != count) return std::nullopt;
  const int gap = *minutes.begin() + 60 - *minutes.rbegin();
  for (auto it = std::next(minutes.begin()); it != minutes.end(); ++it) {
    if (*it - *std::prev(it) != gap) return std::nullopt;
  }
  return gap;
}

}  // namespace

class CronSchedule::Iterator::State {
 public:
  State(const CronSchedule& schedule, const TimeZone& zone, Timestamp from, bool ascending) : ascending_(ascending) {
    for (const auto& cron : schedule.fields_) {
      ticks_.emplace_back(cron, zone, from, ascending);
      heads_.push_back(ticks_.back().Next());
    }
  }

  std::optional<CronTick> Next() {
    std::optional<CronTick> best;
    for (const auto& head : heads_) {
      if (!head) continue;
      // Dagster compares the readings of the clock, not the moments.
      if (!best || (ascending_ ? head->civil.wall < best->civil.wall : head->civil.wall > best->civil.wall))
        best = head;
    }
    if (!best) return std::nullopt;
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      if (heads_[i] && heads_[i]->civil.wall == best->civil.wall) heads_[i] = ticks_[i].Next();
    }
    return best;
  }

 private:
  bool ascending_;
  std::vector<Ticks> ticks_;
  std::vector<std::optional<CronTick>> heads_;
};

CronSchedule::Iterator::Iterator(std::unique_ptr<State> state) : state_(std::move(state)) {}
CronSchedule::Iterator::Iterator(Iterator&&) noexcept = default;
CronSchedule::Iterator& CronSchedule::Iterator::operator=(Iterator&&) noexcept = default;
CronSchedule::Iterator::~Iterator() = default;

std::optional<CronTick> CronSchedule::Iterator::Next() { return state_->Next(); }

CronSchedule CronSchedule::Parse(std::string_view text) { return Parse(std::vector<std::string>{std::string(text)}); }

CronSchedule CronSchedule::Parse(std::vector<std::string> texts) {
  if (texts.empty()) throw Error(Code::kInvalidArgument, "a schedule needs at least one cron string");
  CronSchedule schedule;
  for (const auto& text : texts) schedule.fields_.push_back(std::make_shared<const CronFields>(ParseCronFields(text)));
  schedule.texts_ = std::move(texts);
  return schedule;
}

bool CronSchedule::IsValid(std::string_view text) {
  try {
    ParseCronFields(text);
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::optional<Timestamp> CronSchedule::Next(Timestamp after, const TimeZone& zone) const {
  for (auto ticks = Forward(after, zone);;) {
    const auto tick = ticks.Next();
    if (!tick) return std::nullopt;
    if (tick->time > after) return tick->time;
  }
}

std::optional<Timestamp> CronSchedule::Previous(Timestamp before, const TimeZone& zone) const {
  for (auto ticks = Backward(before, zone);;) {
    const auto tick = ticks.Next();
    if (!tick) return std::nullopt;
    if (tick->time < before) return tick->time;
  }
}

CronSchedule::Iterator CronSchedule::Forward(Timestamp from, const TimeZone& zone) const {
  return Iterator(std::make_unique<Iterator::State>(*this, zone, from, true));
}

CronSchedule::Iterator CronSchedule::Backward(Timestamp from, const TimeZone& zone) const {
  return Iterator(std::make_unique<Iterator::State>(*this, zone, from, false));
}

bool CronSchedule::RepeatsEveryHour() const { return fields_[0]->fields[CronFields::kHour].IsWildcard(); }

std::optional<int> CronSchedule::FixedMinutes() const {
  if (texts_.size() != 1) return std::nullopt;
  if (texts_[0] == "0 * * * *") return 60;
  if (texts_[0] == "* * * * *") return 1;
  const auto parts = SplitAtBlank(texts_[0]);
  if (parts.empty() || !std::all_of(parts.begin() + 1, parts.end(), [](const auto& part) { return part == "*"; })) {
    return std::nullopt;
  }
  if (!parts[0].starts_with("*/")) return EvenGap(parts[0]);
  int interval = 0;
  const char* const end = parts[0].data() + parts[0].size();
  const auto [stop, error] = std::from_chars(parts[0].data() + 2, end, interval);
  if (error != std::errc() || stop != end || interval <= 0 || interval >= 60 || 60 % interval != 0) return std::nullopt;
  return interval;
}

}  // namespace tidemill::assets
