#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <tidemill/engine/event_sink.h>
#include <tidemill/model/events.h>
#include <tidemill/model/ids.h>
#include <tidemill/storage/event_storage.h>

namespace tidemill::engine {

/// The latest event of an asset, as far as the provenance of what is made from it needs to know.
struct AssetVersion {
  std::int64_t storage_id = 0;
  bool is_materialization = true;  ///< False: an observation.
  std::optional<std::string> data_version;
  std::string run_id;
  double timestamp = 0;
};

/// Knows the latest versions of assets. Any thread may call it.
class AssetVersions {
 public:
  virtual ~AssetVersions() = default;

  /// The latest materialization or observation of the asset, events of this run included; nothing if there is none.
  /// With `partitions` the data version is that of these partitions together (Dagster's hash over them).
  virtual std::optional<AssetVersion> Latest(const model::AssetKey& key,
                                             const std::vector<std::string>& partitions) = 0;
  /// The latest materialization of one partition.
  virtual std::optional<AssetVersion> LatestOfPartition(const model::AssetKey& key, const std::string& partition) = 0;
  /// This run writes an event of the asset now: later questions must count it.
  virtual void Written(const model::AssetKey& key) = 0;
};

/// Asks the instance's event log; waits for events of this run that it does not hold yet.
class StoredAssetVersions final : public AssetVersions {
 public:
  /// Both must outlive this.
  StoredAssetVersions(storage::EventStorage& storage, EventSink& sink) : storage_(storage), sink_(sink) {}

  std::optional<AssetVersion> Latest(const model::AssetKey& key, const std::vector<std::string>& partitions) override;
  std::optional<AssetVersion> LatestOfPartition(const model::AssetKey& key, const std::string& partition) override;
  void Written(const model::AssetKey& key) override;

 private:
  void WaitFor(const model::AssetKey& key);
  std::string VersionOfPartitions(const model::AssetKey& key, const std::vector<std::string>& partitions);

  storage::EventStorage& storage_;
  EventSink& sink_;
  std::mutex mutex_;
  std::set<model::AssetKey> unflushed_;  // Guarded by mutex_.
};

/// Dagster's data version of a value: SHA-256 over the code version and the inputs' versions, in the order of the text
/// of their keys.
std::string LogicalDataVersion(const std::string& code_version,
                               std::vector<std::pair<model::AssetKey, std::string>> input_versions);

/// Tags of a materialization (definitions/data_version.py).
namespace version_tag {
inline constexpr std::string_view kCodeVersion = "dagster/code_version";
inline constexpr std::string_view kDataVersion = "dagster/data_version";
inline constexpr std::string_view kIsUserProvided = "dagster/data_version_is_user_provided";
inline constexpr std::string_view kInputDataVersionPrefix = "dagster/input_data_version/";
inline constexpr std::string_view kInputPointerPrefix = "dagster/input_event_pointer/";
}  // namespace version_tag

}  // namespace tidemill::engine
