#include <cstdint>
#include <optional>

#include "asset_node.h"
#include "asset_partitions.h"
#include "asset_status.h"
#include "assets.h"
#include "partition_statuses.h"

namespace tidemill::api {
namespace {

struct PartitionStats {
  std::int64_t materialized = 0;
  std::int64_t partitions = 0;
  std::int64_t failed = 0;
  std::int64_t materializing = 0;
};

PartitionStatuses<StatusSubject::kAsset> StatusesOfNode(const AssetNode& node, const RequestContext& context) {
  const auto definition = PartitionsOf(node);
  if (!definition) return KeyStatuses<StatusSubject::kAsset>();
  const PartitionStatus status = PartitionStatusOf(node.key(), *definition, context);
  const auto& dynamic = context.Local<StoredDynamicPartitions>();
  return StatusesOf<StatusSubject::kAsset>(
      {{"MATERIALIZING", status.in_progress}, {"FAILED", status.failed}, {"MATERIALIZED", status.materialized}},
      *definition, {context.now(), &dynamic});
}

std::optional<PartitionStats> StatsOf(const AssetNode& node, const RequestContext& context) {
  const auto definition = PartitionsOf(node);
  if (!definition) return std::nullopt;
  const PartitionStatus status = PartitionStatusOf(node.key(), *definition, context);
  const auto& dynamic = context.Local<StoredDynamicPartitions>();
  PartitionStats stats;
  stats.materialized = (status.materialized - (status.failed | status.in_progress)).Count();
  stats.partitions = definition->Count({context.now(), &dynamic});
  stats.failed = (status.failed - status.in_progress).Count();
  stats.materializing = status.in_progress.Count();
  return stats;
}

}  // namespace

void BindAssetPartitionStatus(graphql::Schema& schema) {
  schema.Object<AssetNode>("AssetNode")
      .Field("assetPartitionStatuses", StatusesOfNode)
      .Field("partitionStats", StatsOf);
  schema.Object<PartitionStats>("PartitionStats")
      .Field("numMaterialized", &PartitionStats::materialized)
      .Field("numPartitions", &PartitionStats::partitions)
      .Field("numFailed", &PartitionStats::failed)
      .Field("numMaterializing", &PartitionStats::materializing);
}

}  // namespace tidemill::api
