#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/assets/asset_graph.h>
#include <tidemill/graphql/schema.h>

#include "asset_graph_subset.h"
#include "backfill.h"

namespace tidemill::api {

/// Whether the backfill is of assets, not of a job.
bool IsAssetBackfill(const Backfill& backfill);

/// How far a backfill of assets is.
struct AssetBackfillData {
  /// Nothing for a job's backfill, and for one in the form of Dagster before 1.5, whose subsets need the definitions of
  /// then.
  static std::optional<AssetBackfillData> Of(const Backfill& backfill);

  /// The same for all assets, else nothing.
  std::optional<std::vector<std::string>> PartitionNames() const;
  std::optional<std::int64_t> NumPartitions() const;

  AssetGraphSubset target;
  AssetGraphSubset requested;
  AssetGraphSubset materialized;
  AssetGraphSubset failed_and_downstream;
};

/// The assets of a backfill: level by level, each behind its parents and sorted by key inside, then those that are not
/// declared any more. A parent that the backfill leaves out counts as a level.
std::vector<model::AssetKey> KeysInOrder(const AssetGraphSubset& target, const assets::AssetGraph& graph);

/// AssetBackfillTargetPartitions: either of the two is set.
struct TargetPartitions {
  std::optional<std::vector<std::pair<std::string, std::string>>> ranges;
  std::optional<std::vector<std::string>> keys;

  explicit TargetPartitions(const AssetGraphSubset::Part& part);
};

/// The fields of PartitionBackfill that tell of its assets.
void BindBackfillData(graphql::Schema& schema);

}  // namespace tidemill::api
