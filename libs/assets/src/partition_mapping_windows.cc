#include <algorithm>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "partition_mapping_rep.h"
#include "window_sets.h"

namespace tidemill::assets {
namespace {

using Windows = PartitionsSubset::Windows;

/// One mapping between two sets of windows, with what it needs of them.
class WindowMapper {
 public:
  WindowMapper(const TimeWindowMapping& mapping, const PartitionsSubset& from, const PartitionsDefinition& to,
               bool upstream, const PartitionsContext& context)
      : allow_nonexistent_(mapping.allow_nonexistent_upstream),
        start_offset_(upstream ? mapping.start_offset : -mapping.end_offset),
        end_offset_(upstream ? mapping.end_offset : -mapping.start_offset),
        from_subset_(from),
        to_definition_(to),
        from_(*from.definition().time_windows()),
        to_(*to.time_windows()),
        upstream_(upstream),
        now_(context.now) {}

  UpstreamPartitions Run() const {
    if (auto cheap = RunCheap()) return *std::move(cheap);
    const auto first = to_.FirstWindow(now_);
    const auto last = to_.LastWindow(now_);
    const bool exists = first && last;
    const std::optional<TimeWindow> whole = exists ? std::optional(TimeWindow{first->start, last->end}) : std::nullopt;
    Windows existing;
    PartitionsSubset missing = Empty();
    for (const auto& stretch : *from_subset_.windows()) {
      const auto window = Map(stretch, whole);
      if (window.start >= window.end) continue;
      if (exists && window.start <= last->start && window.end >= first->end) {
        existing.push_back({std::max(window.start, whole->start), std::min(window.end, whole->end)});
      }
      if (const auto beyond = Beyond(window, whole)) missing = missing | Of({*beyond});
    }
    return {Of(MergeWindows(std::move(existing))), std::move(missing)};
  }

 private:
  PartitionsSubset Empty() const { return PartitionsSubset::Empty(to_definition_); }
  PartitionsSubset Of(Windows windows) const { return PartitionsSubset::OfWindows(to_definition_, std::move(windows)); }

  /// The cases that need no search for ticks.
  std::optional<UpstreamPartitions> RunCheap() const {
    const auto& windows = *from_subset_.windows();
    if (windows.empty()) return UpstreamPartitions{Empty(), Empty()};
    if (start_offset_ != 0 || end_offset_ != 0) return std::nullopt;
    if (from_ == to_) return UpstreamPartitions{from_subset_, Empty()};

    const auto& from = from_.spec();
    const auto& to = to_.spec();
    const bool starts_inside = from.start >= to.start || windows.front().start >= to.start;
    if (from_.SameWindows(to_) && starts_inside && (!to.end || (from.end && *to.end >= *from.end))) {
      return UpstreamPartitions{from_subset_.WithDefinition(to_definition_), Empty()};
    }
    if (from_.IsBasicDaily() && to_.IsBasicHourly() && starts_inside) {
      const auto last_from = from_.LastWindow(now_), last_to = to_.LastWindow(now_);
      if (last_from && last_to && last_from->end <= last_to->end) return UpstreamPartitions{Of(windows), Empty()};
    }
    if (windows.back().end <= to.start) {
      PartitionsSubset missing = Empty();
      if (!allow_nonexistent_) {
        for (const auto& window : windows) missing = missing | Of({window});
      }
      return UpstreamPartitions{Empty(), std::move(missing)};
    }
    return std::nullopt;
  }

  static Timestamp Shift(const TimeWindowPartitions& partitions, Timestamp boundary, std::int64_t offset,
                         const std::optional<TimeWindow>& whole) {
    Timestamp shifted = partitions.Shift(boundary, offset);
    // An offset must not lead out of the set.
    if (whole && offset < 0) shifted = std::max(whole->start, shifted);
    if (whole && offset > 0) shifted = std::min(whole->end, shifted);
    return shifted;
  }

  TimeWindow Map(TimeWindow window, const std::optional<TimeWindow>& whole) const {
    if (upstream_) {
      window = {Shift(from_, window.start, start_offset_, whole), Shift(from_, window.end, end_offset_, whole)};
    }
    const bool shares_boundaries =
        from_.spec().cron == to_.spec().cron || (from_.IsBasicDaily() && to_.IsBasicHourly());
    if (!shares_boundaries) window = Align(window);
    if (!upstream_) {
      window = {Shift(to_, window.start, start_offset_, whole), Shift(to_, window.end, end_offset_, whole)};
    }
    return window;
  }

  /// From the start of the window of `to` around one end to the end of the one around the other.
  TimeWindow Align(const TimeWindow& window) const {
    const std::string first = to_.KeyAround(window.start);
    const std::string last = to_.KeyAround(window.end, true);
    const auto start = to_.StartOf(first);
    const auto end = to_.WindowOf(last);
    if (!start || !end) {
      throw Error(Code::kInvalidArgument,
                  fmt::format("the key format {} of the partitions cannot be read back", to_.spec().fmt));
    }
    return {*start, end->end};
  }

  /// The part of a window that the set does not have.
  std::optional<TimeWindow> Beyond(const TimeWindow& window, const std::optional<TimeWindow>& whole) const {
    if (allow_nonexistent_) return std::nullopt;
    if (!whole || (window.start < whole->start && window.end > whole->end)) return window;
    if (window.start < whole->start) return TimeWindow{window.start, std::min(window.end, whole->start)};
    if (window.end > whole->end) return TimeWindow{std::max(window.start, whole->end), window.end};
    return std::nullopt;
  }

  bool allow_nonexistent_;
  std::int64_t start_offset_;
  std::int64_t end_offset_;
  const PartitionsSubset& from_subset_;
  const PartitionsDefinition& to_definition_;
  const TimeWindowPartitions& from_;
  const TimeWindowPartitions& to_;
  bool upstream_;
  Timestamp now_;
};

}  // namespace

UpstreamPartitions MapWindows(const TimeWindowMapping& mapping, const PartitionsSubset& from,
                              const PartitionsDefinition& to, bool upstream, const PartitionsContext& context) {
  const auto* from_windows = from.definition().time_windows();
  if (from_windows == nullptr || from.windows() == nullptr || to.time_windows() == nullptr) {
    throw Error(Code::kInvalidArgument, "a TimeWindowPartitionMapping needs time-window partitions on both sides");
  }
  if (!(from_windows->spec().zone == to.time_windows()->spec().zone)) {
    throw Error(Code::kInvalidArgument,
                fmt::format("a TimeWindowPartitionMapping needs one time zone on both sides, not {} and {}",
                            to.time_windows()->spec().zone.name(), from_windows->spec().zone.name()));
  }
  return WindowMapper(mapping, from, to, upstream, context).Run();
}

}  // namespace tidemill::assets
