#include "tidemill/assets/partitions_subset.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "window_sets.h"

namespace tidemill::assets {
namespace {

using KeyRange = std::pair<std::string, std::string>;

std::vector<std::string> Sorted(std::vector<std::string> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

/// Drops stretches in which every window is excluded.
PartitionsSubset::Windows WithoutHollow(PartitionsSubset::Windows windows, const TimeWindowPartitions& partitions) {
  if (partitions.has_exclusions()) {
    std::erase_if(windows, [&](const TimeWindow& window) { return !partitions.HasAnyIn(window); });
  }
  return windows;
}

void AppendRuns(const std::vector<std::string>& order, const PartitionsSubset& subset, std::vector<KeyRange>& ranges) {
  bool open = false;
  for (const auto& key : order) {
    if (!subset.Contains(key)) {
      open = false;
    } else if (open) {
      ranges.back().second = key;
    } else {
      ranges.emplace_back(key, key);
      open = true;
    }
  }
}

/// Of a product of two, the dimension along which runs are told apart: the one of which fewer keys occur.
std::vector<KeyRange> ProductRuns(const PartitionsSubset& subset, const PartitionsContext& context) {
  const auto& definition = subset.definition();
  const auto& dimensions = definition.dimensions();
  std::set<std::string> seen[2];
  for (const auto& key : subset.Keys()) {
    const auto parts = definition.SplitKey(key);
    for (std::size_t i = 0; i < 2; ++i) seen[i].insert(parts[i]);
  }
  const bool has_time[2] = {dimensions[0].second.time_windows() != nullptr,
                            dimensions[1].second.time_windows() != nullptr};
  const std::size_t primary = !has_time[0] && has_time[1] ? 1 : 0;
  const std::size_t fixed = seen[primary].size() <= seen[1 - primary].size() ? primary : 1 - primary;
  const auto moving = dimensions[1 - fixed].second.Keys(context);
  std::vector<KeyRange> ranges;
  for (const auto& key : seen[fixed]) {
    std::vector<std::string> order;
    order.reserve(moving.size());
    for (const auto& other : moving) {
      order.push_back(fixed == 0 ? fmt::format("{}|{}", key, other) : fmt::format("{}|{}", other, key));
    }
    AppendRuns(order, subset, ranges);
  }
  return ranges;
}

template <class Operation>
std::vector<std::string> Combine(const PartitionsSubset& a, const PartitionsSubset& b, Operation operation) {
  const auto left = Sorted(a.Keys()), right = Sorted(b.Keys());
  std::vector<std::string> result;
  operation(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(result));
  return result;
}

}  // namespace

PartitionsSubset PartitionsSubset::Empty(PartitionsDefinition definition) {
  const bool has_windows = definition.time_windows() != nullptr;
  return PartitionsSubset(std::move(definition), has_windows ? Content(Windows()) : Content(KeySet()));
}

PartitionsSubset PartitionsSubset::All(PartitionsDefinition definition, const PartitionsContext& context) {
  if (const auto* partitions = definition.time_windows()) {
    const auto whole = partitions->WholeWindow(context.now);
    return OfWindows(std::move(definition), whole && whole->start < whole->end ? Windows{*whole} : Windows());
  }
  auto keys = definition.Keys(context);
  return OfLooseKeys(std::move(definition), std::move(keys));
}

PartitionsSubset PartitionsSubset::OfKeys(PartitionsDefinition definition, const std::vector<std::string>& keys,
                                          const PartitionsContext& context) {
  return Empty(std::move(definition)).WithKeys(keys, context);
}

PartitionsSubset PartitionsSubset::OfWindows(PartitionsDefinition definition, Windows windows) {
  if (definition.time_windows() == nullptr) {
    throw Error(Code::kInvalidArgument, "only time-window partitions can be told by stretches of time");
  }
  return PartitionsSubset(std::move(definition), std::move(windows));
}

PartitionsSubset PartitionsSubset::OfLooseKeys(PartitionsDefinition definition, std::vector<std::string> keys) {
  return PartitionsSubset(std::move(definition), Sorted(std::move(keys)));
}

bool PartitionsSubset::empty() const {
  return std::visit([](const auto& content) { return content.empty(); }, content_);
}

std::int64_t PartitionsSubset::Count() const {
  if (const auto* keys = key_set()) return static_cast<std::int64_t>(keys->size());
  std::int64_t count = 0;
  for (const auto& window : *windows()) count += definition_.time_windows()->CountIn(window);
  return count;
}

std::vector<std::string> PartitionsSubset::Keys() const {
  if (const auto* keys = key_set()) return *keys;
  std::vector<std::string> keys;
  for (const auto& window : *windows()) {
    auto inside = definition_.time_windows()->KeysIn(window);
    keys.insert(keys.end(), std::move_iterator(inside.begin()), std::move_iterator(inside.end()));
  }
  return keys;
}

std::vector<std::string> PartitionsSubset::KeysInOrder(const PartitionsContext& context) const {
  auto keys = Keys();
  if (windows() != nullptr || keys.size() < 2) return keys;
  std::vector<std::string> ordered = definition_.Keys(context);
  std::erase_if(ordered, [this](const std::string& key) { return !Contains(key); });
  if (ordered.size() == keys.size()) return ordered;
  const std::set<std::string_view> known(ordered.begin(), ordered.end());
  std::erase_if(keys, [&known](const std::string& key) { return known.contains(key); });
  ordered.insert(ordered.end(), std::move_iterator(keys.begin()), std::move_iterator(keys.end()));
  return ordered;
}

bool PartitionsSubset::Contains(std::string_view key) const {
  if (const auto* keys = key_set()) return std::binary_search(keys->begin(), keys->end(), key);
  const auto window = definition_.time_windows()->WindowOf(key);
  if (!window) return false;
  const auto next = std::upper_bound(windows()->begin(), windows()->end(), window->start,
                                     [](Timestamp start, const TimeWindow& stretch) { return start < stretch.start; });
  return next != windows()->begin() && window->start < std::prev(next)->end;
}

std::vector<std::string> PartitionsSubset::KeysNotIn(const PartitionsContext& context) const {
  if (windows() != nullptr) return (All(definition_, context) - *this).Keys();
  auto keys = definition_.Keys(context);
  std::erase_if(keys, [this](const std::string& key) { return Contains(key); });
  return keys;
}

std::vector<KeyRange> PartitionsSubset::KeyRanges(const PartitionsContext& context) const {
  std::vector<KeyRange> ranges;
  if (windows() != nullptr) {
    for (const auto& window : *windows()) ranges.push_back(definition_.time_windows()->KeyRangeOf(window));
  } else if (definition_.is_multi() && definition_.dimensions().size() == 2) {
    ranges = ProductRuns(*this, context);
  } else {
    AppendRuns(definition_.Keys(context), *this, ranges);
  }
  return ranges;
}

PartitionsSubset PartitionsSubset::WithKeys(const std::vector<std::string>& keys,
                                            const PartitionsContext& context) const {
  if (const auto* set = key_set()) {
    std::vector<std::string> all = *set;
    all.insert(all.end(), keys.begin(), keys.end());
    return OfLooseKeys(definition_, std::move(all));
  }
  const auto& partitions = *definition_.time_windows();
  Windows result = *windows();
  for (const auto& window : partitions.WindowsOf(keys, context.now)) AddWindow(result, window, partitions);
  return OfWindows(definition_, std::move(result));
}

PartitionsSubset PartitionsSubset::WithDefinition(PartitionsDefinition definition) const {
  return PartitionsSubset(std::move(definition), content_);
}

PartitionsSubset operator|(const PartitionsSubset& a, const PartitionsSubset& b) {
  const auto *x = a.windows(), *y = b.windows();
  if (x == nullptr || y == nullptr) {
    return PartitionsSubset::OfLooseKeys(a.definition(),
                                         Combine(a, b, [](auto... range) { std::set_union(range...); }));
  }
  auto windows = *x;
  windows.insert(windows.end(), y->begin(), y->end());
  return PartitionsSubset::OfWindows(a.definition(), MergeWindows(std::move(windows)));
}

PartitionsSubset operator&(const PartitionsSubset& a, const PartitionsSubset& b) {
  const auto *x = a.windows(), *y = b.windows();
  if (x == nullptr || y == nullptr) {
    return PartitionsSubset::OfLooseKeys(a.definition(),
                                         Combine(a, b, [](auto... range) { std::set_intersection(range...); }));
  }
  return PartitionsSubset::OfWindows(a.definition(),
                                     WithoutHollow(IntersectWindows(*x, *y), *a.definition().time_windows()));
}

PartitionsSubset operator-(const PartitionsSubset& a, const PartitionsSubset& b) {
  const auto *x = a.windows(), *y = b.windows();
  if (x == nullptr || y == nullptr) {
    return PartitionsSubset::OfLooseKeys(a.definition(),
                                         Combine(a, b, [](auto... range) { std::set_difference(range...); }));
  }
  return PartitionsSubset::OfWindows(a.definition(),
                                     WithoutHollow(SubtractWindows(*x, *y), *a.definition().time_windows()));
}

}  // namespace tidemill::assets
