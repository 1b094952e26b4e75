#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <tidemill/assets/partitions_subset.h>
#include <tidemill/model/ids.h>
#include <tidemill/model/runs.h>
#include <tidemill/storage/storage.h>

namespace tidemill::api {

/// The partitions of an asset by what happened last to them; a partition may be in several.
struct PartitionStatus {
  assets::PartitionsSubset materialized;
  assets::PartitionsSubset failed;
  assets::PartitionsSubset in_progress;
};

/// What happened to the partitions of assets, kept in memory.
///
/// The first question about an asset reads all of its history; each later one only what the log has gained since, by
/// whichever process, so that it costs the same however long the history is. A wipe, the deletion of a run and another
/// definition of the partitions lead to reading anew. Safe from any thread; questions about one asset wait for each
/// other. Throws what the storage throws.
class PartitionProjection final {
 public:
  /// `storage` must be the same each time.
  std::shared_ptr<const PartitionStatus> StatusOf(storage::Storage& storage, const model::AssetKey& key,
                                                  const assets::PartitionsDefinition& definition,
                                                  const assets::PartitionsContext& context);

 private:
  /// A run that is to materialize a partition, which nothing has done since.
  struct Plan {
    std::int64_t storage_id = 0;
    std::string run_id;
  };
  struct History {
    std::mutex mutex;  // Guards everything below.
    std::int64_t deletions = -1;
    bool is_known = false;
    std::optional<Timestamp> wiped;
    std::int64_t read_materializations = 0;  ///< Storage ids up to which the log was read.
    std::int64_t read_plans = 0;
    std::optional<assets::PartitionsSubset> made;
    std::vector<std::string> made_elsewhere;  ///< Keys that the definition does not have, or not yet.
    std::map<std::string, Plan> plans;        ///< By partition.
    std::map<std::string, model::RunStatus> runs;
    std::shared_ptr<const PartitionStatus> status;  ///< Null if it has to be made anew.
  };
  /// Enough of the runs to tell whether some were deleted.
  struct Runs {
    std::int64_t token = -1;
    std::int64_t newest_id = 0;
    std::string newest_run_id;
    std::int64_t count = 0;
    std::int64_t deletions = 0;
  };

  History& HistoryOf(const model::AssetKey& key);
  /// Another number after runs were deleted.
  std::int64_t Deletions(storage::RunStorage& runs);

  static void Load(storage::EventStorage& events, const model::AssetKey& key,
                   const assets::PartitionsDefinition& definition, History& history);
  static void LoadPlans(storage::EventStorage& events, const model::AssetKey& key,
                        const std::unordered_map<std::string, std::int64_t>& made, History& history);
  static void ReadOn(storage::EventStorage& events, const model::AssetKey& key, History& history);
  static void SortOut(const assets::PartitionsContext& context, History& history);
  static void ReadRuns(storage::RunStorage& runs, History& history);

  std::mutex mutex_;
  std::unordered_map<model::AssetKey, std::unique_ptr<History>> histories_;  // Guarded by mutex_; never removed.
  Runs runs_;                                                                // Guarded by mutex_.
};

}  // namespace tidemill::api
