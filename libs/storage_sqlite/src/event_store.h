#pragma once

#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <tidemill/storage/event_storage.h>
#include <tidemill/storage_sqlite/open.h>

#include "shards.h"

namespace tidemill::storage_sqlite {

/// The event log over the files of a home.
///
/// A group of events is written to the run's own log first, then what queries across runs read to index.db, then the
/// run's row: one transaction a file. A reader may see the first without the rest for a moment. A crash in between
/// leaves what RepairRun completes.
class EventStore final : public storage::EventStorage {
 public:
  EventStore(Files& files, const Options& options) : files_(files), options_(options) {}

  std::vector<std::int64_t> Append(std::span<const storage::NewEvent> events) override;
  std::int64_t RepairRun(std::string_view run_id) override;

  std::vector<storage::StoredEvent> RunEvents(std::string_view run_id, const storage::RunEventQuery& query) override;
  std::vector<storage::StoredEvent> Events(const storage::EventQuery& query) override;
  storage::RunStats GetRunStats(std::string_view run_id) override;
  std::vector<storage::StepStats> GetStepStats(std::string_view run_id,
                                               const std::vector<std::string>& step_keys) override;
  void DeleteRunEvents(std::string_view run_id) override;

  std::vector<model::AssetKey> AssetKeys() override;
  std::vector<storage::AssetRecord> AssetRecords(const std::optional<std::vector<model::AssetKey>>& keys) override;
  void WipeAsset(const model::AssetKey& key) override;
  void WipeAssetPartitions(const model::AssetKey& key, const std::vector<std::string>& partitions) override;
  std::set<std::string> MaterializedPartitions(const model::AssetKey& key) override;
  std::vector<std::pair<std::string, std::int64_t>> LatestStorageIdByPartition(const model::AssetKey& key,
                                                                               model::EventType type) override;
  std::vector<std::pair<std::string, std::string>> LatestTagByPartition(const model::AssetKey& key,
                                                                        std::string_view tag_key) override;
  void SetCachedStatus(const model::AssetKey& key, std::string_view serdes_text) override;

  std::vector<storage::CheckExecution> CheckExecutions(const model::AssetCheckKey& key, std::int64_t limit,
                                                       std::optional<std::int64_t> before_storage_id) override;
  std::optional<storage::CheckExecution> LatestCheckExecution(const model::AssetCheckKey& key) override;

  std::vector<std::string> DynamicPartitions(std::string_view definition) override;
  void AddDynamicPartitions(std::string_view definition, const std::vector<std::string>& partitions) override;
  void DeleteDynamicPartition(std::string_view definition, std::string_view partition) override;

  std::vector<storage::PoolInfo> Pools() override;
  void SetPoolLimit(std::string_view pool, std::int64_t limit) override;
  void DeletePool(std::string_view pool) override;
  bool ClaimSlot(std::string_view pool, std::string_view run_id, std::string_view step_key,
                 std::int64_t priority) override;
  void FreeSlots(std::string_view run_id, const std::optional<std::string>& step_key) override;

 private:
  /// The events of one run in a group: positions in the group's span.
  struct RunGroup {
    std::string_view run_id;
    std::vector<std::size_t> positions;
    std::shared_ptr<RunLog> log;
    std::vector<std::int64_t> ids;  ///< One a position, once written.
    std::size_t repeated = 0;       ///< Leading positions that an earlier call has written and a repair mirrored.
  };

  static std::vector<RunGroup> GroupByRun(std::span<const storage::NewEvent> events, RunLogs& run_logs);
  /// Writes the group to its run's log, apart from what an earlier call that failed later on has written already.
  void WriteRunLog(std::span<const storage::NewEvent> events, RunGroup& group);
  /// Leading events of the group that an earlier, failed call left in the log: they keep their ids.
  void ReuseDoubtful(std::span<const storage::NewEvent> events, RunGroup& group);
  /// How the records of assets follow: the event is the latest, or may be older than what they hold.
  enum class Arrival { kLatest, kBelated };
  void MirrorToIndex(std::span<const storage::NewEvent* const> events, Arrival arrival);
  void UpdateRuns(std::span<const storage::NewEvent* const> events);
  /// RepairRun with the log's append_mutex held.
  std::int64_t Repair(std::string_view run_id, RunLog& log);
  std::int64_t RepairIndex(std::string_view run_id, const std::vector<storage::NewEvent>& logged);
  void RepairRow(std::string_view run_id, const std::vector<storage::NewEvent>& logged);

  std::vector<std::int64_t> TakeDoubtful(std::string_view run_id);
  void KeepDoubtful(std::string_view run_id, std::vector<std::int64_t> ids);

  Files& files_;
  const Options options_;

  std::mutex mutex_;
  /// Ids in a run's log of events whose Append failed after they were written. Guarded by mutex_.
  std::map<std::string, std::vector<std::int64_t>, std::less<>> doubtful_;
};

/// A JSON array of strings for `IN (SELECT value FROM json_each(?))`: one statement for lists of any length.
std::string JsonList(std::span<const std::string> values);

/// The entry of a row. Throws Error(kDataLoss) that names file and row if the text is none.
model::EventLogEntry DecodeEntry(const Connection& connection, std::int64_t id, std::string_view text);

}  // namespace tidemill::storage_sqlite
