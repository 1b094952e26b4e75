#include "partition_projection.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tidemill::api {
namespace {

using assets::PartitionsContext;
using assets::PartitionsDefinition;
using assets::PartitionsSubset;
using model::EventType;

bool IsOver(model::RunStatus status) {
  using enum model::RunStatus;
  return status == kSuccess || status == kFailure || status == kCanceled;
}

/// Whether the same keys may exist now and not later.
bool IsDynamic(const PartitionsDefinition& definition) {
  if (!definition.is_multi()) return definition.is_dynamic();
  return std::ranges::any_of(definition.dimensions(),
                             [](const auto& dimension) { return dimension.second.is_dynamic(); });
}

PartitionsSubset SubsetOf(const PartitionsDefinition& definition, std::vector<std::string> keys,
                          const PartitionsContext& context) {
  std::erase_if(keys, [&](const std::string& key) { return !definition.HasKey(key, context); });
  return PartitionsSubset::OfKeys(definition, keys, context);
}

}  // namespace

PartitionProjection::History& PartitionProjection::HistoryOf(const model::AssetKey& key) {
  const std::lock_guard lock(mutex_);
  auto& history = histories_[key];
  if (!history) history = std::make_unique<History>();
  return *history;
}

std::int64_t PartitionProjection::Deletions(storage::RunStorage& runs) {
  const std::lock_guard lock(mutex_);
  const std::int64_t token = runs.ChangeToken();
  if (token == runs_.token) return runs_.deletions;
  const std::vector<model::RunRecord> newest = runs.GetRuns({}, {std::nullopt, 1, false});
  Runs now{token, 0, "", runs.CountRuns({}), runs_.deletions};
  if (!newest.empty()) {
    now.newest_id = newest[0].storage_id;
    now.newest_run_id = newest[0].run.run_id;
  }
  // Ids count up by one, so runs that were only added have added as many ids.
  const bool only_added = now.newest_id >= runs_.newest_id &&
                          now.newest_id - runs_.newest_id == now.count - runs_.count &&
                          (now.newest_id != runs_.newest_id || now.newest_run_id == runs_.newest_run_id);
  if (!only_added) ++now.deletions;
  runs_ = std::move(now);
  return runs_.deletions;
}

void PartitionProjection::Load(storage::EventStorage& events, const model::AssetKey& key,
                               const PartitionsDefinition& definition, History& history) {
  history.plans.clear();
  history.runs.clear();
  history.made_elsewhere.clear();
  history.made = PartitionsSubset::Empty(definition);
  history.status = nullptr;
  history.read_materializations = history.read_plans = 0;
  std::unordered_map<std::string, std::int64_t> made;
  for (auto& [partition, id] : events.LatestStorageIdByPartition(key, EventType::kAssetMaterialization)) {
    history.read_materializations = std::max(history.read_materializations, id);
    history.made_elsewhere.push_back(partition);
    made.emplace(std::move(partition), id);
  }
  LoadPlans(events, key, made, history);
}

void PartitionProjection::LoadPlans(storage::EventStorage& events, const model::AssetKey& key,
                                    const std::unordered_map<std::string, std::int64_t>& made, History& history) {
  storage::EventQuery query;
  query.type = EventType::kAssetMaterializationPlanned;
  query.asset_key = key;
  query.storage_ids.emplace();
  for (const auto& [partition, id] : events.LatestStorageIdByPartition(key, query.type)) {
    history.read_plans = std::max(history.read_plans, id);
    const auto found = made.find(partition);
    if (found == made.end() || found->second < id) query.storage_ids->push_back(id);
  }
  if (query.storage_ids->empty()) return;
  for (storage::StoredEvent& stored : events.Events(query)) {
    const std::string* partition = stored.entry.dagster_event->partition();
    if (partition != nullptr)
      history.plans.emplace(*partition, Plan{stored.storage_id, std::move(stored.entry.run_id)});
  }
}

void PartitionProjection::ReadOn(storage::EventStorage& events, const model::AssetKey& key, History& history) {
  storage::EventQuery query;
  query.asset_key = key;
  query.descending = false;
  query.after_cursor = history.read_materializations;
  std::vector<storage::StoredEvent> found = events.Events(query);
  query.type = EventType::kAssetMaterializationPlanned;
  query.after_cursor = history.read_plans;
  std::ranges::move(events.Events(query), std::back_inserter(found));
  std::ranges::sort(found, {}, &storage::StoredEvent::storage_id);
  for (storage::StoredEvent& stored : found) {
    const bool is_plan = stored.entry.dagster_event->type == EventType::kAssetMaterializationPlanned;
    (is_plan ? history.read_plans : history.read_materializations) = stored.storage_id;
    const std::string* partition = stored.entry.dagster_event->partition();
    if (partition == nullptr) continue;
    history.status = nullptr;
    const auto plan = history.plans.find(*partition);
    if (is_plan) {
      history.plans.insert_or_assign(*partition, Plan{stored.storage_id, std::move(stored.entry.run_id)});
    } else {
      if (plan != history.plans.end() && plan->second.storage_id < stored.storage_id) history.plans.erase(plan);
      history.made_elsewhere.push_back(*partition);
    }
  }
}

void PartitionProjection::SortOut(const PartitionsContext& context, History& history) {
  const PartitionsDefinition& definition = history.made->definition();
  if (IsDynamic(definition)) {
    std::ranges::move(history.made->Keys(), std::back_inserter(history.made_elsewhere));
    history.made = PartitionsSubset::Empty(definition);
    history.status = nullptr;
  }
  if (history.made_elsewhere.empty()) return;
  std::ranges::sort(history.made_elsewhere);
  history.made_elsewhere.erase(std::unique(history.made_elsewhere.begin(), history.made_elsewhere.end()),
                               history.made_elsewhere.end());
  std::vector<std::string> exist;
  std::erase_if(history.made_elsewhere, [&](const std::string& key) {
    if (!definition.HasKey(key, context)) return false;
    exist.push_back(key);
    return true;
  });
  if (exist.empty()) return;
  history.made = *history.made | PartitionsSubset::OfKeys(definition, exist, context);
  history.status = nullptr;
}

void PartitionProjection::ReadRuns(storage::RunStorage& runs, History& history) {
  std::set<std::string> unknown;
  for (const auto& [partition, plan] : history.plans) {
    const auto known = history.runs.find(plan.run_id);
    if (known == history.runs.end() || !IsOver(known->second)) unknown.insert(plan.run_id);
  }
  if (unknown.empty()) return;
  storage::RunFilter filter;
  filter.run_ids.emplace(unknown.begin(), unknown.end());
  for (const model::RunRecord& record : runs.GetRuns(filter, {})) {
    const auto [known, is_new] = history.runs.emplace(record.run.run_id, record.run.status);
    if (is_new || known->second != record.run.status) history.status = nullptr;
    known->second = record.run.status;
  }
}

std::shared_ptr<const PartitionStatus> PartitionProjection::StatusOf(storage::Storage& storage,
                                                                     const model::AssetKey& key,
                                                                     const PartitionsDefinition& definition,
                                                                     const PartitionsContext& context) {
  const std::int64_t deletions = Deletions(storage.runs());
  const auto records = storage.events().AssetRecords(std::vector{key});
  const bool is_known = !records.empty();
  const std::optional<Timestamp> wiped = is_known ? records[0].wipe_timestamp : std::nullopt;
  History& history = HistoryOf(key);
  const std::lock_guard lock(history.mutex);
  const bool is_same = history.deletions == deletions && history.is_known == is_known && history.wiped == wiped;
  if (is_same && history.made && history.made->definition() == definition) {
    ReadOn(storage.events(), key, history);
  } else {
    Load(storage.events(), key, definition, history);
    history.deletions = deletions;
    history.is_known = is_known;
    history.wiped = wiped;
  }
  SortOut(context, history);
  ReadRuns(storage.runs(), history);
  if (history.status) return history.status;
  std::vector<std::string> failed;
  std::vector<std::string> in_progress;
  for (const auto& [partition, plan] : history.plans) {
    const auto run = history.runs.find(plan.run_id);
    if (run == history.runs.end()) continue;
    if (run->second == model::RunStatus::kFailure) failed.push_back(partition);
    if (!IsOver(run->second)) in_progress.push_back(partition);
  }
  history.status = std::make_shared<const PartitionStatus>(
      PartitionStatus{*history.made, SubsetOf(definition, std::move(failed), context),
                      SubsetOf(definition, std::move(in_progress), context)});
  return history.status;
}

}  // namespace tidemill::api
