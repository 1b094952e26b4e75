#include "partition_statuses.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "asset_partitions.h"

namespace tidemill::api {
namespace {

using assets::PartitionsContext;
using assets::PartitionsDefinition;
using assets::PartitionsSubset;

constexpr StatusSubject kAsset = StatusSubject::kAsset;
constexpr StatusSubject kCheck = StatusSubject::kCheck;

template <StatusSubject kSubject>
TimeStatuses<kSubject> TimesOf(const SubsetsByStatus& subsets) {
  TimeStatuses<kSubject> statuses;
  std::optional<PartitionsSubset> hidden;
  for (const auto& [status, subset] : subsets) {
    const PartitionsSubset shown = kSubject == kAsset && hidden ? subset - *hidden : subset;
    hidden = hidden ? *hidden | subset : subset;
    const assets::TimeWindowPartitions& windows = *shown.definition().time_windows();
    for (const assets::TimeWindow& window : *shown.windows()) {
      auto [first, last] = windows.KeyRangeOf(window);
      statuses.ranges.push_back(
          {ToUnixSeconds(window.start), ToUnixSeconds(window.end), std::move(first), std::move(last), status});
    }
  }
  std::ranges::stable_sort(statuses.ranges, {}, &TimeStatusRange<kSubject>::start_time);
  return statuses;
}

template <StatusSubject kSubject>
KeyStatuses<kSubject> KeysOf(const SubsetsByStatus& subsets, const PartitionsContext& context) {
  KeyStatuses<kSubject> statuses;
  std::set<std::string> hidden;
  for (const auto& [status, subset] : subsets) {
    std::vector<std::string> keys = subset.Keys();
    std::ranges::sort(keys);
    if (kSubject == kAsset && status == "MATERIALIZED") {
      statuses.without_status = subset.KeysNotIn(context);
      std::erase_if(keys, [&](const std::string& key) { return hidden.contains(key); });
    }
    hidden.insert(keys.begin(), keys.end());
    statuses.keys[status] = std::move(keys);
  }
  return statuses;
}

template <StatusSubject kSubject>
std::variant<TimeStatuses<kSubject>, KeyStatuses<kSubject>> FlatStatusesOf(const SubsetsByStatus& subsets,
                                                                           const PartitionsDefinition& definition,
                                                                           const PartitionsContext& context) {
  if (definition.time_windows() != nullptr) return TimesOf<kSubject>(subsets);
  return KeysOf<kSubject>(subsets, context);
}

/// For each key of the first dimension, the keys of the second one by status: as many sets as there are statuses.
using Columns = std::map<std::string, std::vector<std::set<std::string>>>;

Columns ColumnsOf(const SubsetsByStatus& subsets, const PartitionsDefinition& definition, const DimensionOrder& order) {
  Columns columns;
  for (std::size_t i = 0; i < subsets.size(); ++i) {
    for (const std::string& key : subsets[i].second.Keys()) {
      const std::vector<std::string> parts = definition.SplitKey(key);
      auto& column = columns[parts[order.primary]];
      column.resize(subsets.size());
      column[i].insert(parts[order.secondary]);
    }
  }
  return columns;
}

SubsetsByStatus Secondary(const SubsetsByStatus& subsets, const std::vector<std::set<std::string>>& column,
                          const PartitionsDefinition& definition, const PartitionsContext& context) {
  SubsetsByStatus secondary;
  for (std::size_t i = 0; i < subsets.size(); ++i) {
    const std::vector<std::string> keys(column[i].begin(), column[i].end());
    secondary.emplace_back(subsets[i].first, PartitionsSubset::OfKeys(definition, keys, context));
  }
  return secondary;
}

template <StatusSubject kSubject>
MultiStatuses<kSubject> MultiOf(const SubsetsByStatus& subsets, const PartitionsDefinition& definition,
                                const PartitionsContext& context) {
  const DimensionOrder order = OrderOf(definition);
  const auto& [name, primary] = definition.dimensions()[order.primary];
  const PartitionsDefinition& secondary = definition.dimensions()[order.secondary].second;
  const Columns columns = ColumnsOf(subsets, definition, order);
  MultiStatuses<kSubject> statuses{{}, name};
  const std::vector<std::set<std::string>>* open = nullptr;
  for (const std::string& key : primary.Keys(context)) {
    const auto found = columns.find(key);
    if (found == columns.end()) {
      open = nullptr;
      continue;
    }
    if (open == nullptr || *open != found->second) {
      open = &found->second;
      statuses.ranges.push_back(
          {key, key, std::nullopt, std::nullopt,
           FlatStatusesOf<kSubject>(Secondary(subsets, *open, secondary, context), secondary, context)});
      if (const auto window = primary.WindowOf(key)) statuses.ranges.back().start_time = ToUnixSeconds(window->start);
    }
    statuses.ranges.back().end_key = key;
    if (const auto window = primary.WindowOf(key)) statuses.ranges.back().end_time = ToUnixSeconds(window->end);
  }
  return statuses;
}

template <StatusSubject kSubject>
void BindRanges(graphql::Schema& schema, std::string_view time, std::string_view time_range, std::string_view multi,
                std::string_view multi_range) {
  using TimeRange = TimeStatusRange<kSubject>;
  using MultiRange = MultiStatusRange<kSubject>;
  schema.Object<TimeStatuses<kSubject>>(time).Field("ranges", &TimeStatuses<kSubject>::ranges);
  schema.Object<TimeRange>(time_range)
      .Field("startTime", &TimeRange::start_time)
      .Field("endTime", &TimeRange::end_time)
      .Field("startKey", &TimeRange::start_key)
      .Field("endKey", &TimeRange::end_key)
      .Field("status", &TimeRange::status);
  schema.Object<MultiStatuses<kSubject>>(multi)
      .Field("ranges", &MultiStatuses<kSubject>::ranges)
      .Field("primaryDimensionName", &MultiStatuses<kSubject>::primary_dimension);
  schema.Object<MultiRange>(multi_range)
      .Field("primaryDimStartKey", &MultiRange::start_key)
      .Field("primaryDimEndKey", &MultiRange::end_key)
      .Field("primaryDimStartTime", &MultiRange::start_time)
      .Field("primaryDimEndTime", &MultiRange::end_time)
      .Field("secondaryDim", &MultiRange::secondary);
}

template <StatusSubject kSubject>
void BindKeys(graphql::Schema& schema, std::string_view type,
              std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  auto binding = schema.Object<KeyStatuses<kSubject>>(type);
  for (const auto& [field, name] : fields) {
    binding.Field(field, [status = name](const KeyStatuses<kSubject>& statuses) {
      const auto found = statuses.keys.find(status);
      return found == statuses.keys.end() ? std::vector<std::string>() : found->second;
    });
  }
}

}  // namespace

template <StatusSubject kSubject>
PartitionStatuses<kSubject> StatusesOf(const SubsetsByStatus& subsets, const PartitionsDefinition& definition,
                                       const PartitionsContext& context) {
  if (definition.is_multi()) return MultiOf<kSubject>(subsets, definition, context);
  return std::visit([](auto statuses) { return PartitionStatuses<kSubject>(std::move(statuses)); },
                    FlatStatusesOf<kSubject>(subsets, definition, context));
}

template PartitionStatuses<kAsset> StatusesOf(const SubsetsByStatus&, const PartitionsDefinition&,
                                              const PartitionsContext&);
template PartitionStatuses<kCheck> StatusesOf(const SubsetsByStatus&, const PartitionsDefinition&,
                                              const PartitionsContext&);

void BindPartitionStatuses(graphql::Schema& schema) {
  BindRanges<kAsset>(schema, "TimePartitionStatuses", "TimePartitionRangeStatus", "MultiPartitionStatuses",
                     "MaterializedPartitionRangeStatuses2D");
  BindKeys<kAsset>(schema, "DefaultPartitionStatuses",
                   {{"materializedPartitions", "MATERIALIZED"},
                    {"failedPartitions", "FAILED"},
                    {"materializingPartitions", "MATERIALIZING"}});
  schema.Object<KeyStatuses<kAsset>>("DefaultPartitionStatuses")
      .Field("unmaterializedPartitions", &KeyStatuses<kAsset>::without_status);
  BindRanges<kCheck>(schema, "AssetCheckTimePartitionStatuses", "AssetCheckTimePartitionRangeStatus",
                     "AssetCheckMultiPartitionStatuses", "AssetCheckMultiPartitionRangeStatuses");
  BindKeys<kCheck>(schema, "AssetCheckDefaultPartitionStatuses",
                   {{"succeededPartitions", "SUCCEEDED"},
                    {"failedPartitions", "FAILED"},
                    {"inProgressPartitions", "IN_PROGRESS"},
                    {"skippedPartitions", "SKIPPED"},
                    {"executionFailedPartitions", "EXECUTION_FAILED"}});
}

}  // namespace tidemill::api
