#include "asset_run.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <tidemill/assets/selection.h>
#include <tidemill/model/runs.h>

#include "exit_code.h"
#include "text.h"

namespace tidemill::cli {
namespace {

constexpr std::int64_t kAllInOneRun = std::numeric_limits<std::int64_t>::max();

/// What the selected assets have in common.
struct CommonPartitions {
  std::optional<assets::PartitionsDefinition> definition;
  std::string example;  ///< An asset that has it.
  std::int64_t keys_per_run = kAllInOneRun;
};

CommonPartitions CommonOf(const assets::AssetGraph& graph, const std::vector<assets::AssetId>& selected) {
  CommonPartitions common;
  for (const assets::AssetId id : selected) {
    const model::AssetNodeSnap& node = graph.node(id);
    if (!node.partitions) continue;
    const auto definition = assets::PartitionsDefinition::FromSnap(*node.partitions);
    if (!common.definition) {
      common.definition = definition;
      common.example = graph.name(id);
    } else if (!(*common.definition == definition)) {
      ThrowUsage(fmt::format("{} and {} have different partitions: materialize them by a command each", common.example,
                             graph.name(id)));
    }
    const model::BackfillPolicy policy = node.backfill_policy.value_or(model::BackfillPolicy{});
    common.keys_per_run = std::min(common.keys_per_run, policy.max_partitions_per_run.value_or(kAllInOneRun));
  }
  return common;
}

std::vector<PartitionTags> PlanRange(const CommonPartitions& common, const std::string& text,
                                     const assets::PartitionsContext& context) {
  const auto range = assets::ParseKeyRange(text);
  if (!range) ThrowUsage(fmt::format("--partition-range '{}': FIRST...LAST", text));
  const std::vector<std::string> keys = common.definition->KeysInRange(range->first, range->second, context);
  if (keys.empty()) ThrowUsage(fmt::format("--partition-range '{}' holds no partition", text));
  // A stretch of a product is no range of keys again, unless it is the whole one.
  std::size_t step = common.keys_per_run >= static_cast<std::int64_t>(keys.size())
                         ? keys.size()
                         : static_cast<std::size_t>(std::max<std::int64_t>(common.keys_per_run, 1));
  if (common.definition->is_multi() && step != keys.size()) step = 1;
  std::vector<PartitionTags> runs;
  for (std::size_t start = 0; start < keys.size(); start += step) {
    const std::string& last = keys[std::min(start + step, keys.size()) - 1];
    if (step == 1) {
      runs.push_back(common.definition->TagsForKey(keys[start]));
    } else {
      const bool whole = step == keys.size();
      runs.push_back({{std::string(model::tag::kPartitionRangeStart), whole ? range->first : keys[start]},
                      {std::string(model::tag::kPartitionRangeEnd), whole ? range->second : last}});
    }
  }
  return runs;
}

}  // namespace

std::vector<assets::AssetId> SelectAssets(const assets::AssetGraph& graph, const std::string& select) {
  auto selected = assets::AssetSelection::ParseCommaSeparated(select).Resolve(graph);
  if (selected.empty()) ThrowUsage(fmt::format("--select '{}' selects no asset; see `tidemill asset list`", select));
  for (const assets::AssetId id : selected) {
    if (!graph.IsExecutable(id)) ThrowUsage(fmt::format("asset {} is external: no run can make it", graph.name(id)));
  }
  return selected;
}

std::vector<model::AssetCheckKey> SelectChecks(const assets::AssetGraph& graph,
                                               const std::optional<std::string>& select,
                                               const std::vector<std::string>& checks) {
  std::vector<assets::AssetId> selected;
  if (select) {
    selected = assets::AssetSelection::ParseCommaSeparated(*select, {true}).Resolve(graph);
  } else {
    for (assets::AssetId id = 0; id < graph.size(); ++id) selected.push_back(id);
  }
  std::vector<bool> used(checks.size(), false);
  std::vector<model::AssetCheckKey> keys;
  for (const assets::AssetId id : selected) {
    for (const model::AssetCheckSnap* check : graph.checks(id)) {
      model::AssetCheckKey key{check->asset_key, check->name};
      bool wanted = checks.empty();
      for (std::size_t i = 0; i < checks.size(); ++i) {
        if (checks[i] != key.name && checks[i] != key.ToUserString()) continue;
        used[i] = true;
        wanted = true;
      }
      if (wanted) keys.push_back(std::move(key));
    }
  }
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (!used[i]) ThrowUsage(fmt::format("--check '{}': none of the assets has such a check", checks[i]));
  }
  if (keys.empty()) ThrowUsage("the selected assets have no checks");
  return keys;
}

std::vector<PartitionTags> PlanPartitions(const assets::AssetGraph& graph, const std::vector<assets::AssetId>& selected,
                                          const RunOptions& options, const assets::PartitionsContext& context) {
  if (options.partition && options.partition_range) ThrowUsage("--partition and --partition-range exclude each other");
  const CommonPartitions common = CommonOf(graph, selected);
  if (!common.definition) {
    if (options.partition || options.partition_range) ThrowUsage("none of the selected assets is partitioned");
    return {{}};
  }
  if (options.partition) {
    common.definition->CheckKey(*options.partition, context);
    return {common.definition->TagsForKey(*options.partition)};
  }
  if (options.partition_range) return PlanRange(common, *options.partition_range, context);
  const auto last = common.definition->LastKey(context);
  ThrowUsage(fmt::format("asset {} is partitioned: give --partition{}, or --partition-range", common.example,
                         last ? " (the last one is " + *last + ")" : ""));
}

}  // namespace tidemill::cli
