#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/model/ids.h>
#include <tidemill/model/runs.h>
#include <tidemill/storage/event_storage.h>

#include "asset_node.h"

namespace tidemill::api {

/// What is stored of the assets that one field asks about. Questions for several assets are asked together.
class AssetStatus final {
 public:
  /// Reads the records of `keys` at once.
  AssetStatus(const RequestContext& context, std::vector<model::AssetKey> keys);

  /// nullptr for an asset that was never seen in a run, or was wiped.
  const storage::AssetRecord* Record(const model::AssetKey& key) const;
  /// nullptr if it was never materialized.
  const storage::StoredEvent* LastMaterialization(const model::AssetKey& key) const;
  /// The run that planned to materialize it last, if any.
  std::optional<std::string> LastPlannedRun(const model::AssetKey& key) const;

 private:
  const RequestContext& context_;
  std::unordered_map<model::AssetKey, storage::AssetRecord> records_;
};

/// The latest event of a type, of one partition or of any.
std::optional<storage::StoredEvent> LatestEvent(const RequestContext& context, const model::AssetKey& key,
                                                model::EventType type,
                                                const std::optional<std::string>& partition = std::nullopt);

/// Runs that have not ended: some were started, others wait.
bool IsPending(model::RunStatus status);
bool IsStarted(model::RunStatus status);

}  // namespace tidemill::api
