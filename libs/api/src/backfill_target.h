#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tidemill/assets/asset_graph.h>
#include <tidemill/assets/partitions.h>
#include <tidemill/assets/partitions_subset.h>
#include <tidemill/base/json.h>

namespace tidemill::api {

/// What a backfill shall make: partitions of assets, and assets without partitions.
class BackfillTarget final {
 public:
  BackfillTarget(const assets::AssetGraph& graph, const assets::PartitionsContext& context)
      : graph_(graph), context_(context) {}

  // Each throws Error(kNotFound) for an asset that does not exist, Error(kInvalidArgument) for partitions that cannot
  // be meant.

  /// All partitions of each asset.
  void AddAll(const std::vector<model::AssetKey>& keys);
  /// Of the assets that depend on no other of them these partitions, of the others what depends on those.
  void AddPartitions(const std::vector<model::AssetKey>& keys, const std::vector<std::string>& partitions);
  /// Of one asset the partitions from one to another, both included; an empty list is all.
  void AddRanges(const model::AssetKey& key, const std::vector<std::pair<std::string, std::string>>& ranges);
  /// Of one asset these partitions, of which none may be missing; no key for an asset without partitions.
  void AddKeys(const model::AssetKey& key, const std::vector<std::string>& partitions);

  /// Throws Error(kFailedPrecondition) if runs of the target could not succeed: a part of assets that are made
  /// together, or partitions whose upstream partitions do not exist.
  void Check() const;

  const std::vector<assets::AssetId>& unpartitioned() const { return unpartitioned_; }
  const std::map<assets::AssetId, assets::PartitionsSubset>& partitioned() const { return partitioned_; }

  /// AssetGraphSubset as serdes JSON.
  json::Value ToJson() const;

 private:
  std::optional<assets::PartitionsDefinition> DefinitionOf(assets::AssetId id) const;
  void AddSubset(assets::AssetId id, const assets::PartitionsSubset& subset);
  void AddDownstream(assets::AssetId root, const assets::PartitionsSubset& subset,
                     const std::vector<assets::AssetId>& within);
  void CheckExecutionSet(assets::AssetId id) const;
  void CheckUpstream(assets::AssetId id, const assets::PartitionsSubset& subset) const;
  bool Has(assets::AssetId id) const;

  const assets::AssetGraph& graph_;
  const assets::PartitionsContext context_;
  std::vector<assets::AssetId> unpartitioned_;
  std::map<assets::AssetId, assets::PartitionsSubset> partitioned_;
};

}  // namespace tidemill::api
