#include "asset_data_time.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include <tidemill/assets/partitions_subset.h>

namespace tidemill::api {
namespace {

using model::EventType;
using storage::StoredEvent;

constexpr std::int64_t kObservationsAtOnce = 1000;

std::int64_t MillisecondsOf(Timestamp time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}
std::int64_t MillisecondsOf(double seconds) { return static_cast<std::int64_t>(std::floor(seconds * 1000)); }

const model::Tags& TagsOf(const StoredEvent& event) {
  static const model::Tags kNone;
  const model::EventData& data = event.entry.dagster_event->data;
  if (const auto* made = std::get_if<model::event::StepMaterialization>(&data)) return made->materialization.tags;
  if (const auto* seen = std::get_if<model::event::AssetObserved>(&data)) return seen->asset_observation.tags;
  return kNone;
}

/// Before which storage id the event of a parent lies that was read; nothing if none was.
std::optional<std::int64_t> ReadBefore(const StoredEvent& event, const model::AssetKey& parent) {
  const std::string* pointer = model::FindTag(TagsOf(event), "dagster/input_event_pointer/" + parent.ToUserString());
  if (pointer == nullptr) return event.storage_id;
  std::int64_t id = 0;
  const auto read = std::from_chars(pointer->data(), pointer->data() + pointer->size(), id);
  return read.ec == std::errc() ? std::optional(id + 1) : std::nullopt;
}

}  // namespace

DataTimes::DataTimes(const RequestContext& context) : context_(context), graph_(context.workspace().asset_graph()) {}

const DataTimes::BySource& DataTimes::Of(const model::AssetKey& key, const StoredEvent& event) {
  const auto place = std::pair(key, event.storage_id);
  if (const auto found = known_.find(place); found != known_.end()) return found->second;
  const assets::AssetId id = graph_.Get(key);
  const auto& partitions = graph_.node(id).partitions;
  BySource times = partitions && std::holds_alternative<model::TimeWindowPartitionsSnap>(*partitions)
                       ? OfPartitions(id, event.storage_id)
                   : graph_.IsObservable(id) ? OfObservation(key, event)
                                             : OfParents(id, event);
  return known_.emplace(place, std::move(times)).first->second;
}

std::optional<std::int64_t> DataTimes::Current(const model::AssetKey& key) {
  const std::optional<StoredEvent> latest = Latest(key, std::nullopt);
  if (!latest) return std::nullopt;
  std::optional<std::int64_t> oldest;
  for (const auto& [source, time] : Of(key, *latest)) {
    if (!time) return std::nullopt;
    oldest = oldest ? std::min(*oldest, *time) : *time;
  }
  return oldest;
}

DataTimes::BySource DataTimes::OfObservation(const model::AssetKey& key, const StoredEvent& event) {
  const std::string* version = model::FindTag(TagsOf(event), "dagster/data_version");
  if (version == nullptr) return {{key, std::nullopt}};
  storage::EventQuery query;
  query.type = EventType::kAssetObservation;
  query.asset_key = key;
  query.after_cursor = event.storage_id;
  query.descending = false;
  query.limit = kObservationsAtOnce;
  for (std::vector<StoredEvent> page;; query.after_cursor = page.back().storage_id) {
    page = context_.storage().events().Events(query);
    for (const StoredEvent& later : page) {
      const std::string* other = model::FindTag(TagsOf(later), "dagster/data_version");
      if (other != nullptr && *other != *version) return {{key, MillisecondsOf(later.entry.timestamp)}};
    }
    if (page.size() < static_cast<std::size_t>(kObservationsAtOnce)) break;
  }
  return {{key, MillisecondsOf(context_.now())}};
}

DataTimes::BySource DataTimes::OfPartitions(assets::AssetId id, std::int64_t storage_id) {
  const std::optional<Timestamp> until = FilledUntil(id, storage_id);
  std::vector<assets::AssetId> upstream = graph_.Ancestors(std::vector{id});
  upstream.push_back(id);
  std::erase_if(upstream, [&](assets::AssetId asset) { return !graph_.IsMaterializable(asset); });
  std::ranges::sort(upstream);
  upstream.erase(std::unique(upstream.begin(), upstream.end()), upstream.end());
  BySource times;
  for (const assets::AssetId root : graph_.Roots(upstream)) {
    times.emplace(graph_.key(root), until ? std::optional(MillisecondsOf(*until)) : std::nullopt);
  }
  return times;
}

std::optional<Timestamp> DataTimes::FilledUntil(assets::AssetId id, std::int64_t storage_id) {
  const model::AssetKey& key = graph_.key(id);
  const auto definition = assets::PartitionsDefinition::FromSnap(*graph_.node(id).partitions);
  const assets::PartitionsContext context{context_.now(), nullptr};
  std::vector<std::pair<assets::TimeWindow, std::string>> newer;
  std::vector<std::string> made;
  for (auto& [partition, latest] :
       context_.storage().events().LatestStorageIdByPartition(key, EventType::kAssetMaterialization)) {
    if (!definition.HasKey(partition, context)) continue;
    if (latest > storage_id) newer.emplace_back(*definition.WindowOf(partition), partition);
    made.push_back(std::move(partition));
  }
  const auto subset = assets::PartitionsSubset::OfKeys(definition, made, context);
  const auto first = definition.time_windows()->FirstWindow(context_.now());
  if (subset.windows()->empty() || !first || first->start < subset.windows()->front().start) return std::nullopt;
  const Timestamp filled = subset.windows()->front().end;
  std::ranges::sort(newer);
  for (const auto& [window, partition] : newer) {
    storage::EventQuery query;
    query.asset_key = key;
    query.partitions = std::vector<std::string>{partition};
    query.before_cursor = storage_id + 1;
    query.limit = 1;
    // The oldest one that was not there before.
    if (context_.storage().events().Events(query).empty()) return std::min(window.start, filled);
  }
  return filled;
}

DataTimes::BySource DataTimes::OfParents(assets::AssetId id, const StoredEvent& event) {
  BySource times;
  bool has_parent_event = false;
  for (const assets::AssetId parent : graph_.parents(id)) {
    if (!graph_.IsExecutable(parent)) continue;
    const std::optional<std::int64_t> before = ReadBefore(event, graph_.key(parent));
    const std::optional<StoredEvent> read = before ? Latest(graph_.key(parent), before) : std::nullopt;
    if (!read) continue;
    has_parent_event = true;
    for (const auto& [source, time] : Of(graph_.key(parent), *read)) {
      const auto [known, is_new] = times.emplace(source, time);
      if (!is_new)
        known->second = known->second && time ? std::optional(std::min(*known->second, *time)) : std::nullopt;
    }
  }
  if (!has_parent_event && !HasMaterializableParents(graph_, id)) {
    times.emplace(graph_.key(id), MillisecondsOf(event.entry.timestamp));
  }
  return times;
}

std::optional<StoredEvent> DataTimes::Latest(const model::AssetKey& key, std::optional<std::int64_t> before) {
  storage::EventQuery query;
  query.asset_key = key;
  query.before_cursor = before;
  query.limit = 1;
  std::vector<StoredEvent> latest = context_.storage().events().Events(query);
  if (graph_.IsObservable(graph_.Get(key))) {
    query.type = EventType::kAssetObservation;
    std::ranges::move(context_.storage().events().Events(query), std::back_inserter(latest));
  }
  const auto newest = std::ranges::max_element(latest, {}, &StoredEvent::storage_id);
  return newest == latest.end() ? std::nullopt : std::optional(std::move(*newest));
}

bool HasMaterializableParents(const assets::AssetGraph& graph, assets::AssetId id) {
  return graph.IsMaterializable(id) && std::ranges::any_of(graph.parents(id), [&](assets::AssetId parent) {
           return parent != id && graph.IsMaterializable(parent);
         });
}

}  // namespace tidemill::api
