#include <cstdint>
#include <memory>
#include <optional>

#include "asset_node.h"
#include "asset_partitions.h"
#include "assets.h"
#include "partition_projection.h"
#include "partition_statuses.h"

namespace tidemill::api {
namespace {

struct PartitionStats {
  std::int64_t materialized = 0;
  std::int64_t partitions = 0;
  std::int64_t failed = 0;
  std::int64_t materializing = 0;
};

std::shared_ptr<const PartitionStatus> StatusOf(const AssetNode& node, const assets::PartitionsDefinition& definition,
                                                PartitionProjection& projection, const RequestContext& context) {
  return projection.StatusOf(context.storage(), node.key(), definition,
                             {context.now(), &context.Local<StoredDynamicPartitions>()});
}

PartitionStatuses<StatusSubject::kAsset> StatusesOfNode(const AssetNode& node, PartitionProjection& projection,
                                                        const RequestContext& context) {
  const auto definition = PartitionsOf(node);
  if (!definition) return KeyStatuses<StatusSubject::kAsset>();
  const auto held = StatusOf(node, *definition, projection, context);
  const PartitionStatus& status = *held;
  const auto& dynamic = context.Local<StoredDynamicPartitions>();
  return StatusesOf<StatusSubject::kAsset>(
      {{"MATERIALIZING", status.in_progress}, {"FAILED", status.failed}, {"MATERIALIZED", status.materialized}},
      *definition, {context.now(), &dynamic});
}

std::optional<PartitionStats> StatsOf(const AssetNode& node, PartitionProjection& projection,
                                      const RequestContext& context) {
  const auto definition = PartitionsOf(node);
  if (!definition) return std::nullopt;
  const auto held = StatusOf(node, *definition, projection, context);
  const PartitionStatus& status = *held;
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
  // Shared by all requests that the schema will serve.
  const auto projection = std::make_shared<PartitionProjection>();
  schema.Object<AssetNode>("AssetNode")
      .Field("assetPartitionStatuses",
             [projection](const AssetNode& node, const RequestContext& context) {
               return StatusesOfNode(node, *projection, context);
             })
      .Field("partitionStats", [projection](const AssetNode& node, const RequestContext& context) {
        return StatsOf(node, *projection, context);
      });
  schema.Object<PartitionStats>("PartitionStats")
      .Field("numMaterialized", &PartitionStats::materialized)
      .Field("numPartitions", &PartitionStats::partitions)
      .Field("numFailed", &PartitionStats::failed)
      .Field("numMaterializing", &PartitionStats::materializing);
}

}  // namespace tidemill::api
