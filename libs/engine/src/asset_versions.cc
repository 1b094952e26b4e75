#include <algorithm>

#include <tidemill/base/hash.h>
#include <tidemill/engine/asset_versions.h>
#include <tidemill/engine/event_builder.h>

namespace tidemill::engine {
namespace {

/// Beyond, Dagster takes the version of the asset's latest event for that of its partitions.
constexpr std::size_t kMostPartitions = 100;

const model::Tags* TagsOf(const model::EventLogEntry& entry) {
  if (!entry.dagster_event) return nullptr;
  if (const auto* data = std::get_if<model::event::StepMaterialization>(&entry.dagster_event->data)) {
    return &data->materialization.tags;
  }
  if (const auto* data = std::get_if<model::event::AssetObserved>(&entry.dagster_event->data)) {
    return &data->asset_observation.tags;
  }
  return nullptr;
}

AssetVersion VersionOf(const storage::StoredEvent& event) {
  AssetVersion version;
  version.storage_id = event.storage_id;
  version.run_id = event.entry.run_id;
  version.timestamp = event.entry.timestamp;
  version.is_materialization =
      event.entry.dagster_event && event.entry.dagster_event->type == model::EventType::kAssetMaterialization;
  if (const model::Tags* tags = TagsOf(event.entry); tags != nullptr) {
    if (const std::string* text = model::FindTag(*tags, version_tag::kDataVersion); text != nullptr) {
      version.data_version = *text;
    }
  }
  return version;
}

}  // namespace

void StoredAssetVersions::Written(const model::AssetKey& key) {
  const std::lock_guard lock(mutex_);
  unflushed_.insert(key);
}

void StoredAssetVersions::WaitFor(const model::AssetKey& key) {
  {
    const std::lock_guard lock(mutex_);
    if (!unflushed_.count(key)) return;
    unflushed_.clear();
  }
  sink_.Flush();
}

std::optional<AssetVersion> StoredAssetVersions::Latest(const model::AssetKey& key,
                                                        const std::vector<std::string>& partitions) {
  WaitFor(key);
  std::optional<AssetVersion> version;
  const auto records = storage_.AssetRecords(std::vector{key});
  if (!records.empty() && records.front().last_materialization) {
    version = VersionOf(*records.front().last_materialization);
  } else {
    storage::EventQuery query;
    query.type = model::EventType::kAssetObservation;
    query.asset_key = key;
    query.limit = 1;
    const auto observations = storage_.Events(query);
    if (!observations.empty()) version = VersionOf(observations.front());
  }
  if (version && !partitions.empty() && partitions.size() < kMostPartitions) {
    version->data_version = VersionOfPartitions(key, partitions);
  }
  return version;
}

std::string StoredAssetVersions::VersionOfPartitions(const model::AssetKey& key,
                                                     const std::vector<std::string>& partitions) {
  std::vector<std::pair<std::string, std::string>> versions =
      storage_.LatestTagByPartition(key, version_tag::kDataVersion);
  std::sort(versions.begin(), versions.end());
  const std::set<std::string> wanted(partitions.begin(), partitions.end());
  std::string text;
  for (const auto& [partition, version] : versions) {
    if (wanted.count(partition)) text += version;
  }
  return Sha256Hex(text);
}

std::optional<AssetVersion> StoredAssetVersions::LatestOfPartition(const model::AssetKey& key,
                                                                   const std::string& partition) {
  WaitFor(key);
  storage::EventQuery query;
  query.type = model::EventType::kAssetMaterialization;
  query.asset_key = key;
  query.partitions = std::vector{partition};
  query.limit = 1;
  const auto events = storage_.Events(query);
  if (events.empty()) return std::nullopt;
  return VersionOf(events.front());
}

std::string LogicalDataVersion(const std::string& code_version,
                               std::vector<std::pair<model::AssetKey, std::string>> input_versions) {
  // Python's str of a key is AssetKey(['a', 'b']).
  std::sort(input_versions.begin(), input_versions.end(), [](const auto& left, const auto& right) {
    return PythonList(left.first.path) < PythonList(right.first.path);
  });
  std::string text = code_version;
  for (const auto& [key, version] : input_versions) text += version;
  return Sha256Hex(text);
}

}  // namespace tidemill::engine
