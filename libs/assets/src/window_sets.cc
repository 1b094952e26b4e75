#include "window_sets.h"

#include <algorithm>

namespace tidemill::assets {

std::vector<TimeWindow> MergeWindows(std::vector<TimeWindow> windows) {
  std::sort(windows.begin(), windows.end());
  std::vector<TimeWindow> merged;
  for (const auto& window : windows) {
    if (!merged.empty() && window.start <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, window.end);
    } else {
      merged.push_back(window);
    }
  }
  return merged;
}

std::vector<TimeWindow> IntersectWindows(const std::vector<TimeWindow>& a, const std::vector<TimeWindow>& b) {
  std::vector<TimeWindow> result;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
    const TimeWindow common{std::max(x->start, y->start), std::min(x->end, y->end)};
    if (common.start < common.end) result.push_back(common);
    if (x->end < y->end) {
      ++x;
    } else {
      ++y;
    }
  }
  return result;
}

std::vector<TimeWindow> SubtractWindows(const std::vector<TimeWindow>& a, const std::vector<TimeWindow>& b) {
  std::vector<TimeWindow> result;
  auto cut = b.begin();
  for (TimeWindow rest : a) {
    while (cut != b.end() && cut->end <= rest.start) ++cut;
    for (auto other = cut; other != b.end() && other->start < rest.end && rest.start < rest.end; ++other) {
      if (other->start > rest.start) result.push_back({rest.start, other->start});
      rest.start = std::max(rest.start, other->end);
    }
    if (rest.start < rest.end) result.push_back(rest);
  }
  return result;
}

void AddWindow(std::vector<TimeWindow>& windows, const TimeWindow& added, const TimeWindowPartitions& partitions) {
  const auto may_join = [&](Timestamp end, Timestamp start) {
    return end == start || (partitions.has_exclusions() && !partitions.HasAnyIn({end, start}));
  };
  // The first stretch that starts behind the new window; the one before it may hold or touch it.
  auto next = std::upper_bound(windows.begin(), windows.end(), added.start,
                               [](Timestamp start, const TimeWindow& window) { return start < window.start; });
  if (next == windows.begin()) {
    if (next != windows.end() && added.end == next->start) {
      next->start = added.start;
    } else {
      windows.insert(next, added);
    }
    return;
  }
  const auto previous = std::prev(next);
  if (added.start < previous->end) return;
  const bool joins_previous = may_join(previous->end, added.start);
  const bool joins_next = next != windows.end() && may_join(added.end, next->start);
  if (joins_previous && joins_next) {
    previous->end = next->end;
    windows.erase(next);
  } else if (joins_previous) {
    previous->end = added.end;
  } else if (joins_next) {
    next->start = added.start;
  } else {
    windows.insert(next, added);
  }
}

}  // namespace tidemill::assets
