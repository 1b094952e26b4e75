#pragma once

#include <vector>

#include "tidemill/assets/time_window_partitions.h"

namespace tidemill::assets {

/// Sorts, and joins those that overlap or touch.
std::vector<TimeWindow> MergeWindows(std::vector<TimeWindow> windows);
/// Of ascending windows that are apart, the stretches in both, and those of `a` that are not in `b`.
std::vector<TimeWindow> IntersectWindows(const std::vector<TimeWindow>& a, const std::vector<TimeWindow>& b);
std::vector<TimeWindow> SubtractWindows(const std::vector<TimeWindow>& a, const std::vector<TimeWindow>& b);

/// Adds one partition's window to ascending stretches. Two stretches between which every window is excluded are one.
void AddWindow(std::vector<TimeWindow>& windows, const TimeWindow& added, const TimeWindowPartitions& partitions);

}  // namespace tidemill::assets
