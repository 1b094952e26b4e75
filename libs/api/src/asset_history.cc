#include "asset_history.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "asset_node.h"
#include "asset_partitions.h"
#include "asset_status.h"
#include "assets.h"
#include "event.h"
#include "event_cursor.h"
#include "metadata.h"
#include "run.h"

namespace tidemill::api {
namespace {

using model::EventType;

/// AssetLatestInfo.
struct LatestInfo {
  model::AssetKey key;
  std::optional<Event> materialization;
  std::vector<std::string> unstarted_run_ids;
  std::vector<std::string> in_progress_run_ids;
  std::optional<Run> run;
};
struct EventHistory {
  std::vector<Event> results;
  std::string cursor;
};

Event EventOf(const storage::StoredEvent& stored) {
  return Event{std::make_shared<const model::EventLogEntry>(stored.entry)};
}

/// Milliseconds as a text; nothing if it is no integer.
std::optional<Timestamp> TimeOf(const graphql::Arguments& arguments, std::string_view name) {
  const auto text = arguments.Get<std::optional<std::string>>(name);
  std::int64_t milliseconds = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), milliseconds);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return Timestamp(std::chrono::milliseconds(milliseconds));
}

storage::EventQuery QueryOf(const model::AssetKey& key, EventType type, const graphql::Arguments& arguments) {
  storage::EventQuery query;
  query.type = type;
  query.asset_key = key;
  query.partitions = arguments.Get<std::optional<std::vector<std::string>>>("partitions");
  if (query.partitions && query.partitions->empty()) query.partitions.reset();
  query.before = TimeOf(arguments, "beforeTimestampMillis");
  query.after = TimeOf(arguments, "afterTimestampMillis");
  query.limit = arguments.Get<std::optional<std::int64_t>>("limit");
  return query;
}

bool AsksForLatest(const graphql::Arguments& arguments) {
  const storage::EventQuery query = QueryOf({}, EventType::kAssetMaterialization, arguments);
  return query.limit == 1 && !query.partitions && !query.before && !query.after;
}

template <class View>
const model::AssetKey& KeyOf(const View& view) {
  if constexpr (std::is_same_v<View, Asset>) {
    return view.key;
  } else {
    return view.key();
  }
}

template <class View>
AssetStatus StatusOf(std::span<const View* const> views, const RequestContext& context) {
  std::vector<model::AssetKey> keys;
  for (const View* view : views) keys.push_back(KeyOf(*view));
  return AssetStatus(context, std::move(keys));
}

template <class View>
std::vector<std::vector<Event>> Materializations(std::span<const View* const> views,
                                                 const graphql::Arguments& arguments, const RequestContext& context) {
  std::vector<std::vector<Event>> histories(views.size());
  if (!AsksForLatest(arguments)) {
    for (std::size_t i = 0; i < views.size(); ++i) {
      histories[i] = EventsOf(
          context.storage().events().Events(QueryOf(KeyOf(*views[i]), EventType::kAssetMaterialization, arguments)));
    }
    return histories;
  }
  const AssetStatus status = StatusOf(views, context);
  for (std::size_t i = 0; i < views.size(); ++i) {
    if (const auto* last = status.LastMaterialization(KeyOf(*views[i]))) histories[i].push_back(EventOf(*last));
  }
  return histories;
}

template <class View>
std::vector<Event> Observations(const View& view, const graphql::Arguments& arguments, const RequestContext& context) {
  return EventsOf(context.storage().events().Events(QueryOf(KeyOf(view), EventType::kAssetObservation, arguments)));
}

std::optional<EventType> SelectedType(std::string_view selector) {
  if (selector == "MATERIALIZATION") return EventType::kAssetMaterialization;
  if (selector == "OBSERVATION") return EventType::kAssetObservation;
  // Dagster's own SQL storages keep no history of failures.
  return std::nullopt;
}

EventHistory HistoryOf(const Asset& asset, const graphql::Arguments& arguments, const RequestContext& context) {
  std::vector<storage::StoredEvent> all;
  const auto cursor = arguments.Get<std::optional<std::string>>("cursor");
  for (const auto& selector : arguments.Get<std::vector<std::string>>("eventTypeSelectors")) {
    const std::optional<EventType> type = SelectedType(selector);
    if (!type) continue;
    storage::EventQuery query = QueryOf(asset.key, *type, arguments);
    if (cursor && !cursor->empty()) query.before_cursor = StorageIdOf(*cursor);
    std::ranges::move(context.storage().events().Events(query), std::back_inserter(all));
  }
  std::ranges::sort(all, std::greater(), &storage::StoredEvent::storage_id);
  const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(arguments.Get<std::int64_t>("limit"), 0));
  if (all.size() > limit) all.erase(all.begin() + static_cast<std::ptrdiff_t>(limit), all.end());
  const std::int64_t last = all.empty() ? -1 : all.back().storage_id;
  return {EventsOf(std::move(all)), StorageIdCursor(last)};
}

std::vector<std::optional<Event>> LatestByPartition(const AssetNode& node, const graphql::Arguments& arguments,
                                                    const RequestContext& context) {
  auto partitions = arguments.Get<std::optional<std::vector<std::string>>>("partitions");
  if (!partitions) {
    const auto& dynamic = context.Local<StoredDynamicPartitions>();
    const auto definition = PartitionsOf(node);
    partitions = definition ? definition->Keys({context.now(), &dynamic}) : std::vector<std::string>();
  }
  const std::set<std::string> wanted(partitions->begin(), partitions->end());
  storage::EventQuery query;
  query.asset_key = node.key();
  query.storage_ids.emplace();
  for (const auto& [partition, id] :
       context.storage().events().LatestStorageIdByPartition(node.key(), EventType::kAssetMaterialization)) {
    if (wanted.contains(partition)) query.storage_ids->push_back(id);
  }
  std::unordered_map<std::string, Event> latest;
  if (!query.storage_ids->empty()) {
    for (Event& event : EventsOf(context.storage().events().Events(query))) {
      if (const std::string* partition = event.dagster_event().partition()) latest.emplace(*partition, event);
    }
  }
  std::vector<std::optional<Event>> events;
  for (const std::string& partition : *partitions) {
    const auto found = latest.find(partition);
    events.push_back(found == latest.end() ? std::nullopt : std::optional(found->second));
  }
  return events;
}

std::optional<Run> LatestRunForPartition(const AssetNode& node, const graphql::Arguments& arguments,
                                         const RequestContext& context) {
  const auto planned = LatestEvent(context, node.key(), EventType::kAssetMaterializationPlanned,
                                   arguments.Get<std::string>("partition"));
  return planned ? FindRun(context, planned->entry.run_id) : std::nullopt;
}

LatestInfo InfoOf(const model::AssetKey& key, const AssetStatus& status, const std::optional<Run>& run) {
  LatestInfo info{key, std::nullopt, {}, {}, run};
  const storage::StoredEvent* last = status.LastMaterialization(key);
  if (last != nullptr) info.materialization = EventOf(*last);
  if (!run || !IsPending(run->run().status)) return info;
  if (last != nullptr && last->entry.run_id == run->run().run_id) return info;
  (IsStarted(run->run().status) ? info.in_progress_run_ids : info.unstarted_run_ids).push_back(run->run().run_id);
  return info;
}

std::vector<LatestInfo> LatestInfos(const graphql::Arguments& arguments, const RequestContext& context) {
  std::vector<model::AssetKey> keys = *AssetKeysOf(arguments, "assetKeys");
  std::unordered_set<model::AssetKey> seen;
  std::erase_if(keys, [&](const model::AssetKey& key) { return !seen.insert(key).second; });
  const AssetStatus status(context, keys);
  std::unordered_map<model::AssetKey, std::string> run_ids;
  std::vector<std::string> ids;
  for (const model::AssetKey& key : keys) {
    if (auto run_id = status.LastPlannedRun(key)) ids.push_back(run_ids.emplace(key, *run_id).first->second);
  }
  const auto runs = RunsById(context, std::move(ids));
  std::vector<LatestInfo> infos;
  for (const model::AssetKey& key : keys) {
    const auto run_id = run_ids.find(key);
    const auto run = run_id == run_ids.end() ? runs.end() : runs.find(run_id->second);
    infos.push_back(InfoOf(key, status, run == runs.end() ? std::nullopt : std::optional(run->second)));
  }
  return infos;
}

void BindNodeHistory(graphql::Schema& schema) {
  schema.Object<AssetNode>("AssetNode")
      .Field("metadataEntries", [](const AssetNode& node) { return MetadataEntries(node.snap->metadata); })
      .Batch("assetMaterializations", Materializations<AssetNode>)
      .Field("assetObservations", Observations<AssetNode>)
      .Field("latestMaterializationByPartition", LatestByPartition)
      .Field("latestRunForPartition", LatestRunForPartition);
}

void BindAssetHistories(graphql::Schema& schema) {
  schema.Object<Asset>("Asset")
      .Batch("assetMaterializations", Materializations<Asset>)
      .Field("assetObservations", Observations<Asset>)
      .Field("assetEventHistory", HistoryOf);
}

}  // namespace

void BindAssetHistory(graphql::Schema& schema) {
  BindNodeHistory(schema);
  BindAssetHistories(schema);
  schema.Object<EventHistory>("AssetResultEventHistoryConnection")
      .Field("results", &EventHistory::results)
      .Field("cursor", &EventHistory::cursor);
  schema.Object<LatestInfo>("AssetLatestInfo")
      .Field("id", [](const LatestInfo& info) { return info.key.ToUserString(); })
      .Field("assetKey", &LatestInfo::key)
      .Field("latestMaterialization", &LatestInfo::materialization)
      .Field("unstartedRunIds", &LatestInfo::unstarted_run_ids)
      .Field("inProgressRunIds", &LatestInfo::in_progress_run_ids)
      .Field("latestRun", &LatestInfo::run);
  schema.Query().Field("assetsLatestInfo", LatestInfos);
}

}  // namespace tidemill::api
