#include "backfill_data.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include <tidemill/api/api.h>

namespace tidemill::api {
namespace {

using Part = AssetGraphSubset::Part;
using Keys = std::set<std::string, std::less<>>;

/// PartitionKeyRange.
struct KeyRange {
  std::string start;
  std::string end;
};
/// AssetPartitionsStatusCounts.
struct PartitionsStatus {
  model::AssetKey key;
  std::int64_t targeted = 0;
  std::int64_t in_progress = 0;
  std::int64_t materialized = 0;
  std::int64_t failed = 0;
};
/// UnpartitionedAssetStatus.
struct AssetStatus {
  model::AssetKey key;
  bool in_progress = false;
  bool materialized = false;
  bool failed = false;
};
using Status = std::variant<PartitionsStatus, AssetStatus>;

const json::Value* Member(const Backfill& backfill, std::string_view name) {
  const json::Value* value = backfill.record->body.Find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Keys KeysOf(const AssetGraphSubset& subset, const model::AssetKey& key) {
  const Part* part = subset.Find(key);
  return part == nullptr ? Keys() : Keys(part->partitions.begin(), part->partitions.end());
}

/// What failed, or stands behind what failed, was not requested: only the rest of the requested is under way.
PartitionsStatus PartitionsStatusOf(const AssetBackfillData& data, const Part& target) {
  const Keys materialized = KeysOf(data.materialized, target.key);
  const Keys failed = KeysOf(data.failed_and_downstream, target.key);
  const Keys requested = KeysOf(data.requested, target.key);
  PartitionsStatus status{target.key, static_cast<std::int64_t>(target.partitions.size()), 0,
                          static_cast<std::int64_t>(materialized.size()), 0};
  status.failed = std::ranges::count_if(failed, [&](const auto& key) { return !materialized.contains(key); });
  status.in_progress = std::ranges::count_if(
      requested, [&](const auto& key) { return !materialized.contains(key) && !failed.contains(key); });
  return status;
}

AssetStatus AssetStatusOf(const AssetBackfillData& data, const Part& target) {
  AssetStatus status{target.key};
  if (data.failed_and_downstream.Find(target.key) != nullptr) {
    status.failed = true;
  } else if (data.materialized.Find(target.key) != nullptr) {
    status.materialized = true;
  } else {
    status.in_progress = data.requested.Find(target.key) != nullptr;
  }
  return status;
}

std::vector<Status> StatusesOf(const AssetBackfillData& data, const RequestContext& context) {
  std::vector<Status> statuses;
  for (const model::AssetKey& key : KeysInOrder(data.target, context.workspace().asset_graph())) {
    const Part& part = *data.target.Find(key);
    if (part.is_partitioned) {
      statuses.emplace_back(PartitionsStatusOf(data, part));
    } else {
      statuses.emplace_back(AssetStatusOf(data, part));
    }
  }
  return statuses;
}

/// The partitions of an asset that depends on no other one with partitions in the backfill.
std::optional<TargetPartitions> RootPartitions(const AssetBackfillData& data, const RequestContext& context) {
  const assets::AssetGraph& graph = context.workspace().asset_graph();
  std::vector<assets::AssetId> ids;
  for (const Part& part : data.target.parts) {
    if (!part.is_partitioned) continue;
    const auto id = graph.Find(part.key);
    if (!id) return std::nullopt;
    ids.push_back(*id);
  }
  std::ranges::sort(ids);
  const std::vector<assets::AssetId> roots = graph.Roots(ids);
  return roots.empty() ? std::nullopt : std::optional(TargetPartitions(*data.target.Find(graph.key(roots.front()))));
}

std::optional<TargetPartitions> PartitionsFor(const Backfill& backfill, const graphql::Arguments& arguments) {
  const auto data = AssetBackfillData::Of(backfill);
  const auto key = arguments.Get<std::optional<graphql::Input>>("assetKey");
  if (!data || !key) return std::nullopt;
  const Part* part = data->target.Find(model::AssetKey(key->Get<std::vector<std::string>>("path")));
  return part == nullptr || !part->is_partitioned ? std::nullopt : std::optional(TargetPartitions(*part));
}

std::optional<std::vector<KeyRange>> RangesOf(const TargetPartitions& target) {
  if (!target.ranges) return std::nullopt;
  std::vector<KeyRange> ranges;
  for (const auto& [start, end] : *target.ranges) ranges.push_back({start, end});
  return ranges;
}

void BindStatuses(graphql::Schema& schema) {
  schema.Object<PartitionsStatus>("AssetPartitionsStatusCounts")
      .Field("assetKey", &PartitionsStatus::key)
      .Field("numPartitionsTargeted", &PartitionsStatus::targeted)
      .Field("numPartitionsInProgress", &PartitionsStatus::in_progress)
      .Field("numPartitionsMaterialized", &PartitionsStatus::materialized)
      .Field("numPartitionsFailed", &PartitionsStatus::failed);
  schema.Object<AssetStatus>("UnpartitionedAssetStatus")
      .Field("assetKey", &AssetStatus::key)
      .Field("inProgress", &AssetStatus::in_progress)
      .Field("materialized", &AssetStatus::materialized)
      .Field("failed", &AssetStatus::failed);
}

}  // namespace

bool IsAssetBackfill(const Backfill& backfill) {
  return Member(backfill, "asset_backfill_data") != nullptr ||
         Member(backfill, "serialized_asset_backfill_data") != nullptr;
}

std::optional<AssetBackfillData> AssetBackfillData::Of(const Backfill& backfill) {
  const json::Value* data = Member(backfill, "asset_backfill_data");
  if (data == nullptr) return std::nullopt;
  const json::Object& fields = data->AsObject();
  return AssetBackfillData{AssetGraphSubset::Read(fields.At("target_subset")),
                           AssetGraphSubset::Read(fields.At("requested_subset")),
                           AssetGraphSubset::Read(fields.At("materialized_subset")),
                           AssetGraphSubset::Read(fields.At("failed_and_downstream_subset"))};
}

std::optional<std::vector<std::string>> AssetBackfillData::PartitionNames() const {
  const Part* first = nullptr;
  for (const Part& part : target.parts) {
    if (!part.is_partitioned) continue;
    if (first == nullptr) first = &part;
    if (part.partitions != first->partitions) return std::nullopt;
  }
  return first == nullptr ? std::vector<std::string>() : first->partitions;
}

std::optional<std::int64_t> AssetBackfillData::NumPartitions() const {
  std::optional<std::int64_t> count;
  for (const Part& part : target.parts) {
    if (!part.is_partitioned) continue;
    const auto size = static_cast<std::int64_t>(part.partitions.size());
    if (count && *count != size) return std::nullopt;
    count = size;
  }
  return count.value_or(0);
}

std::vector<model::AssetKey> KeysInOrder(const AssetGraphSubset& target, const assets::AssetGraph& graph) {
  std::vector<std::pair<std::size_t, model::AssetKey>> found;
  std::map<assets::AssetId, std::size_t> levels;
  for (const assets::AssetId id : graph.topological_order()) {
    if (target.Find(graph.key(id)) == nullptr) continue;
    std::size_t level = 0;
    for (const assets::AssetId parent : graph.parents(id)) {
      if (parent == id) continue;
      const auto known = levels.find(parent);
      level = std::max(level, known == levels.end() ? 1 : known->second + 1);
    }
    levels.emplace(id, level);
    found.emplace_back(level, graph.key(id));
  }
  std::ranges::sort(found);
  std::vector<model::AssetKey> keys;
  for (auto& [level, key] : found) keys.push_back(std::move(key));
  for (const Part& part : target.parts) {
    if (!graph.Find(part.key)) keys.push_back(part.key);
  }
  return keys;
}

TargetPartitions::TargetPartitions(const Part& part) : ranges(part.ranges) {
  if (!ranges) keys = part.partitions;
}

void BindBackfillData(graphql::Schema& schema) {
  BindStatuses(schema);
  schema.Object<KeyRange>("PartitionKeyRange").Field("start", &KeyRange::start).Field("end", &KeyRange::end);
  schema.Object<TargetPartitions>("AssetBackfillTargetPartitions")
      .Field("ranges", RangesOf)
      .Field("partitionKeys", &TargetPartitions::keys);
  schema.Object<AssetBackfillData>("AssetBackfillData")
      .Field("assetBackfillStatuses", StatusesOf)
      .Field("rootTargetedPartitions", RootPartitions);
  schema.Object<Backfill>("PartitionBackfill")
      .Field("partitionsTargetedForAssetKey", PartitionsFor)
      .Field("assetBackfillData", [](const Backfill& backfill) -> std::optional<AssetBackfillData> {
        if (!IsAssetBackfill(backfill)) return std::nullopt;
        return AssetBackfillData::Of(backfill).value_or(AssetBackfillData());
      });
}

}  // namespace tidemill::api
