#include "backfill_target.h"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include <tidemill/assets/partition_mapping.h>
#include <tidemill/assets/partitions_subset_json.h>
#include <tidemill/base/error.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::api {
namespace {

using assets::AssetId;
using assets::PartitionMapping;
using assets::PartitionsDefinition;
using assets::PartitionsSubset;

PartitionMapping MappingOf(const assets::AssetGraph& graph, AssetId child, AssetId parent,
                           const PartitionsDefinition* child_definition,
                           const PartitionsDefinition* parent_definition) {
  const model::AssetDependencySnap* dependency = graph.dependency(child, parent);
  return PartitionMapping::Of(dependency == nullptr ? json::Value() : dependency->partition_mapping, child_definition,
                              parent_definition);
}

}  // namespace

std::optional<PartitionsDefinition> BackfillTarget::DefinitionOf(AssetId id) const {
  const auto& partitions = graph_.node(id).partitions;
  return partitions ? std::optional(PartitionsDefinition::FromSnap(*partitions)) : std::nullopt;
}

bool BackfillTarget::Has(AssetId id) const {
  return partitioned_.contains(id) || std::ranges::find(unpartitioned_, id) != unpartitioned_.end();
}

void BackfillTarget::AddSubset(AssetId id, const PartitionsSubset& subset) {
  const auto [found, is_new] = partitioned_.emplace(id, subset);
  if (!is_new) found->second = found->second | subset;
}

void BackfillTarget::AddAll(const std::vector<model::AssetKey>& keys) {
  for (const model::AssetKey& key : keys) AddRanges(key, {});
}

void BackfillTarget::AddPartitions(const std::vector<model::AssetKey>& keys,
                                   const std::vector<std::string>& partitions) {
  std::vector<AssetId> partitioned;
  for (const model::AssetKey& key : keys) {
    const AssetId id = graph_.Get(key);
    if (graph_.node(id).partitions) {
      partitioned.push_back(id);
    } else if (!Has(id)) {
      unpartitioned_.push_back(id);
    }
  }
  std::ranges::sort(partitioned);
  std::optional<PartitionsDefinition> definition;
  const std::vector<AssetId> roots = graph_.Roots(partitioned);
  for (const AssetId root : roots) {
    const auto own = DefinitionOf(root);
    if (!definition) definition = own;
    if (!(*own == *definition)) {
      throw Error(Code::kInvalidArgument,
                  fmt::format("the first assets of a backfill must have the same partitions: those of {} and {} differ",
                              graph_.name(roots.front()), graph_.name(root)));
    }
  }
  if (!definition) throw Error(Code::kInvalidArgument, "partitions are given, but none of the assets has any");
  for (const std::string& partition : partitions) definition->CheckKey(partition, context_);
  const PartitionsSubset subset = PartitionsSubset::OfKeys(*definition, partitions, context_);
  for (const AssetId root : roots) AddDownstream(root, subset, partitioned);
}

/// Adds what the mappings give, asset by asset, each only within `within`.
void BackfillTarget::AddDownstream(AssetId root, const PartitionsSubset& subset, const std::vector<AssetId>& within) {
  std::map<AssetId, PartitionsSubset> reached{{root, subset}};
  std::deque<AssetId> queue{root};
  while (!queue.empty()) {
    const AssetId id = queue.front();
    queue.pop_front();
    const PartitionsSubset parent = reached.at(id);
    const auto parent_definition = DefinitionOf(id);
    for (const AssetId child : graph_.children(id)) {
      if (!std::ranges::binary_search(within, child)) continue;
      const auto definition = DefinitionOf(child);
      const PartitionMapping mapping = MappingOf(graph_, child, id, &*definition, &*parent_definition);
      const PartitionsSubset more = mapping.Downstream(parent, *definition, context_);
      const auto known = reached.find(child);
      if (known == reached.end()) {
        reached.emplace(child, more);
      } else if (const PartitionsSubset all = known->second | more; all == known->second) {
        continue;
      } else {
        known->second = all;
      }
      queue.push_back(child);
    }
  }
  for (const auto& [id, partitions] : reached) AddSubset(id, partitions);
}

void BackfillTarget::AddRanges(const model::AssetKey& key,
                               const std::vector<std::pair<std::string, std::string>>& ranges) {
  const AssetId id = graph_.Get(key);
  const auto definition = DefinitionOf(id);
  if (!definition) {
    if (!Has(id)) unpartitioned_.push_back(id);
    return;
  }
  if (ranges.empty()) return AddSubset(id, PartitionsSubset::All(*definition, context_));
  for (const auto& [first, last] : ranges) {
    AddSubset(id, PartitionsSubset::OfKeys(*definition, definition->KeysInRange(first, last, context_), context_));
  }
}

void BackfillTarget::AddKeys(const model::AssetKey& key, const std::vector<std::string>& partitions) {
  const AssetId id = graph_.Get(key);
  const auto definition = DefinitionOf(id);
  if (!definition) return AddRanges(key, {});
  AddSubset(id, PartitionsSubset::OfKeys(*definition, partitions, context_));
}

void BackfillTarget::Check() const {
  for (const AssetId id : unpartitioned_) CheckExecutionSet(id);
  for (const auto& [id, subset] : partitioned_) {
    CheckExecutionSet(id);
    CheckUpstream(id, subset);
  }
}

void BackfillTarget::CheckExecutionSet(AssetId id) const {
  for (const AssetId other : graph_.ExecutionSet(id)) {
    if (other == id) continue;
    if (!Has(other)) {
      throw Error(Code::kFailedPrecondition,
                  fmt::format("{} is made together with {}: backfill both", graph_.name(id), graph_.name(other)));
    }
    const auto own = partitioned_.find(id);
    const auto others = partitioned_.find(other);
    const bool is_same = own == partitioned_.end() ? others == partitioned_.end()
                                                   : others != partitioned_.end() && own->second == others->second;
    if (is_same) continue;
    throw Error(Code::kFailedPrecondition, fmt::format("{} is made together with {}: backfill the same partitions",
                                                       graph_.name(id), graph_.name(other)));
  }
}

void BackfillTarget::CheckUpstream(AssetId id, const PartitionsSubset& subset) const {
  const PartitionsDefinition& definition = subset.definition();
  for (const AssetId parent : graph_.parents(id)) {
    const auto parent_definition = DefinitionOf(parent);
    if (!parent_definition) continue;
    const PartitionMapping mapping = MappingOf(graph_, id, parent, &definition, &*parent_definition);
    const auto upstream = mapping.Upstream(&subset, *parent_definition, context_);
    if (upstream.required_but_nonexistent.empty()) continue;
    throw Error(Code::kFailedPrecondition,
                fmt::format("the chosen partitions of {} need partitions of {} that do not exist, like {}",
                            graph_.name(id), graph_.name(parent), upstream.required_but_nonexistent.Keys().front()));
  }
}

json::Value BackfillTarget::ToJson() const {
  json::Array partitioned;
  for (const auto& [id, subset] : partitioned_) {
    if (subset.empty()) continue;
    partitioned.push_back(json::Array{serdes::ToJson(graph_.key(id)), assets::ToJson(subset)});
  }
  json::Array unpartitioned;
  for (const AssetId id : unpartitioned_) unpartitioned.push_back(serdes::ToJson(graph_.key(id)));
  return json::Object{{"__class__", "AssetGraphSubset"},
                      {"non_partitioned_asset_keys", json::Object{{"__set__", std::move(unpartitioned)}}},
                      {"partitions_subsets_by_asset_key", json::Object{{"__mapping_items__", std::move(partitioned)}}}};
}

}  // namespace tidemill::api
