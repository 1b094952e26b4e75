#include "asset_status.h"

#include <utility>

namespace tidemill::api {
namespace {

using model::EventType;

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

}  // namespace tidemill::api
