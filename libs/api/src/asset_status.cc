#include "asset_status.h"

#include <algorithm>
#include <set>
#include <utility>

#include "asset_partitions.h"

namespace tidemill::api {
namespace {

using model::EventType;

/// By partition, the run that planned to materialize it and wrote nothing since.
std::vector<std::pair<std::string, std::string>> UnfulfilledPlans(const model::AssetKey& key,
                                                                  const RequestContext& context) {
  storage::EventStorage& events = context.storage().events();
  std::unordered_map<std::string, std::int64_t> written;
  for (auto& [partition, id] : events.LatestStorageIdByPartition(key, EventType::kAssetMaterialization)) {
    written.emplace(std::move(partition), id);
  }
  storage::EventQuery query;
  query.type = EventType::kAssetMaterializationPlanned;
  query.asset_key = key;
  query.storage_ids.emplace();
  for (const auto& [partition, id] : events.LatestStorageIdByPartition(key, query.type)) {
    const auto found = written.find(partition);
    if (found == written.end() || found->second < id) query.storage_ids->push_back(id);
  }
  std::vector<std::pair<std::string, std::string>> plans;
  if (query.storage_ids->empty()) return plans;
  for (const storage::StoredEvent& stored : events.Events(query)) {
    const std::string* partition = stored.entry.dagster_event->partition();
    if (partition != nullptr) plans.emplace_back(*partition, stored.entry.run_id);
  }
  return plans;
}

std::unordered_map<std::string, model::RunStatus> StatusOfRuns(
    const std::vector<std::pair<std::string, std::string>>& plans, const RequestContext& context) {
  std::set<std::string> ids;
  for (const auto& [partition, run_id] : plans) ids.insert(run_id);
  std::unordered_map<std::string, model::RunStatus> statuses;
  if (ids.empty()) return statuses;
  storage::RunFilter filter;
  filter.run_ids.emplace(ids.begin(), ids.end());
  for (const model::RunRecord& record : context.storage().runs().GetRuns(filter, {})) {
    statuses.emplace(record.run.run_id, record.run.status);
  }
  return statuses;
}

}  // namespace

AssetStatus::AssetStatus(const RequestContext& context, std::vector<model::AssetKey> keys) : context_(context) {
  if (keys.empty()) return;
  for (storage::AssetRecord& record : context.storage().events().AssetRecords(std::move(keys))) {
    model::AssetKey key = record.asset_key;
    records_.emplace(std::move(key), std::move(record));
  }
}

const storage::AssetRecord* AssetStatus::Record(const model::AssetKey& key) const {
  const auto found = records_.find(key);
  return found == records_.end() ? nullptr : &found->second;
}

const storage::StoredEvent* AssetStatus::LastMaterialization(const model::AssetKey& key) const {
  const storage::AssetRecord* record = Record(key);
  return record == nullptr || !record->last_materialization ? nullptr : &*record->last_materialization;
}

std::optional<std::string> AssetStatus::LastPlannedRun(const model::AssetKey& key) const {
  const storage::AssetRecord* record = Record(key);
  if (record == nullptr || !record->last_run_id) return std::nullopt;
  const storage::StoredEvent* last = LastMaterialization(key);
  // The record has the run of a plan, or of a materialization, which may have come without a plan.
  if (last == nullptr || last->entry.run_id != *record->last_run_id) return record->last_run_id;
  const auto planned = LatestEvent(context_, key, EventType::kAssetMaterializationPlanned);
  return planned ? std::optional(planned->entry.run_id) : std::nullopt;
}

std::optional<storage::StoredEvent> LatestEvent(const RequestContext& context, const model::AssetKey& key,
                                                EventType type, const std::optional<std::string>& partition) {
  storage::EventQuery query;
  query.type = type;
  query.asset_key = key;
  query.limit = 1;
  if (partition) query.partitions = std::vector<std::string>{*partition};
  std::vector<storage::StoredEvent> events = context.storage().events().Events(query);
  if (events.empty()) return std::nullopt;
  return std::move(events.front());
}

bool IsStarted(model::RunStatus status) {
  using enum model::RunStatus;
  return status == kStarted || status == kCanceling;
}

bool IsPending(model::RunStatus status) {
  using enum model::RunStatus;
  return status != kSuccess && status != kFailure && status != kCanceled;
}

PartitionStatus PartitionStatusOf(const model::AssetKey& key, const assets::PartitionsDefinition& definition,
                                  const RequestContext& context) {
  const auto& dynamic = context.Local<StoredDynamicPartitions>();
  const assets::PartitionsContext partitions{context.now(), &dynamic};
  const std::set<std::string> written = context.storage().events().MaterializedPartitions(key);
  const auto plans = UnfulfilledPlans(key, context);
  const auto statuses = StatusOfRuns(plans, context);
  std::vector<std::string> failed;
  std::vector<std::string> in_progress;
  for (const auto& [partition, run_id] : plans) {
    const auto status = statuses.find(run_id);
    if (status == statuses.end()) continue;
    if (status->second == model::RunStatus::kFailure) failed.push_back(partition);
    if (IsPending(status->second)) in_progress.push_back(partition);
  }
  const auto subset = [&](std::vector<std::string> keys) {
    std::erase_if(keys, [&](const std::string& partition) { return !definition.HasKey(partition, partitions); });
    return assets::PartitionsSubset::OfKeys(definition, keys, partitions);
  };
  return {subset({written.begin(), written.end()}), subset(std::move(failed)), subset(std::move(in_progress))};
}

}  // namespace tidemill::api
