#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/storage/run_storage.h>

#include "shards.h"

namespace tidemill::storage_sqlite {

/// Runs, snapshots, heartbeats, key-values and backfills: history/runs.db.
class RunStore final : public storage::RunStorage {
 public:
  explicit RunStore(Files& files) : files_(files) {}

  void AddRun(const model::Run& run) override;
  std::optional<model::RunRecord> GetRun(std::string_view run_id) override;
  std::vector<model::RunRecord> GetRuns(const storage::RunFilter& filter, const storage::RunPage& page) override;
  std::int64_t CountRuns(const storage::RunFilter& filter) override;
  std::int64_t ChangeToken() override;
  std::vector<storage::PartitionRun> LatestRunsByPartition(const storage::RunFilter& filter) override;
  void AddRunTags(std::string_view run_id, const model::Tags& tags) override;
  void DeleteRun(std::string_view run_id) override;
  std::vector<std::string> RunTagKeys() override;
  std::vector<std::pair<std::string, std::vector<std::string>>> RunTags(const std::vector<std::string>& keys,
                                                                        std::string_view value_prefix,
                                                                        std::optional<std::int64_t> limit) override;

  std::string AddJobSnapshot(const model::JobSnap& snapshot) override;
  std::string AddPlanSnapshot(const model::PlanSnap& snapshot) override;
  void AddSnapshotText(std::string_view id, std::string_view type, std::string_view text) override;
  bool HasSnapshot(std::string_view id) override;
  std::optional<std::string> SnapshotText(std::string_view id) override;

  void AddHeartbeat(const model::DaemonHeartbeat& heartbeat) override;
  std::vector<model::DaemonHeartbeat> Heartbeats() override;

  std::optional<std::string> GetValue(std::string_view key) override;
  void SetValue(std::string_view key, std::string_view value) override;
  std::string RunStorageId() override;

  void AddBackfill(const model::BackfillRecord& backfill) override;
  void UpdateBackfill(const model::BackfillRecord& backfill) override;
  std::optional<model::BackfillRecord> GetBackfill(std::string_view backfill_id) override;
  std::vector<model::BackfillRecord> GetBackfills(const storage::BackfillFilter& filter,
                                                  const std::optional<std::string>& cursor,
                                                  std::optional<std::int64_t> limit) override;
  std::int64_t CountBackfills(const storage::BackfillFilter& filter) override;

 private:
  Files& files_;
  std::mutex watch_mutex_;
  /// A connection that never writes: SQLite then counts the commits of all others. Guarded by watch_mutex_.
  std::optional<Lease> watch_;
};

}  // namespace tidemill::storage_sqlite
