#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/assets/asset_graph.h>
#include <tidemill/storage/event_storage.h>

namespace tidemill::api {

/// Up to when an asset has taken in what its sources had, as Dagster's "data time" counts it: the time at which the
/// oldest data behind it was made. Remembers what it read: one for a field of a request.
class DataTimes final {
 public:
  /// In milliseconds since the epoch, by the sources; nothing for a source that gave no data.
  using BySource = std::map<model::AssetKey, std::optional<std::int64_t>>;

  explicit DataTimes(const RequestContext& context);

  /// Of a materialization or observation. Throws Error(kNotFound) for an asset that no code location declares.
  const BySource& Of(const model::AssetKey& key, const storage::StoredEvent& event);
  /// Of what the asset is now; nothing where data of a source is missing.
  std::optional<std::int64_t> Current(const model::AssetKey& key);

 private:
  BySource OfObservation(const model::AssetKey& key, const storage::StoredEvent& event);
  BySource OfPartitions(assets::AssetId id, std::int64_t storage_id);
  BySource OfParents(assets::AssetId id, const storage::StoredEvent& event);
  std::optional<Timestamp> FilledUntil(assets::AssetId id, std::int64_t storage_id);
  /// The newest event before `before`, or of all.
  std::optional<storage::StoredEvent> Latest(const model::AssetKey& key, std::optional<std::int64_t> before);

  const RequestContext& context_;
  const assets::AssetGraph& graph_;
  std::map<std::pair<model::AssetKey, std::int64_t>, BySource> known_;
};

/// Whether a run that makes the asset reads what another run makes.
bool HasMaterializableParents(const assets::AssetGraph& graph, assets::AssetId id);

}  // namespace tidemill::api
