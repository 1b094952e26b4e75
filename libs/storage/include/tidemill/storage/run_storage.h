#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/model/instigators.h>
#include <tidemill/model/job_snap.h>
#include <tidemill/model/plan_snap.h>
#include <tidemill/model/runs.h>

namespace tidemill::storage {

/// Which runs to read; all conditions that are set must hold.
struct RunFilter {
  std::optional<std::vector<std::string>> run_ids;
  std::optional<std::string> job_name;
  std::vector<model::RunStatus> statuses;  ///< Empty: any.
  /// Each (key, values): the run has the tag with one of the values.
  std::vector<std::pair<std::string, std::vector<std::string>>> tags;
  std::optional<std::string> snapshot_id;
  std::optional<Timestamp> updated_after;
  std::optional<Timestamp> updated_before;
  std::optional<Timestamp> created_after;
  std::optional<Timestamp> created_before;
  bool exclude_backfills = false;  ///< Leaves out the runs of backfills.
};

/// Which backfills to read; all conditions that are set must hold.
struct BackfillFilter {
  std::vector<std::string> statuses = {};  ///< Empty: any.
  std::optional<std::vector<std::string>> backfill_ids = {};
  std::optional<std::string> job_name = {};
  std::optional<std::string> selector_id = {};  ///< Of a partition set.
  /// Each (key, values): the backfill has the tag with one of the values.
  std::vector<std::pair<std::string, std::vector<std::string>>> tags = {};
  std::optional<Timestamp> created_after = {};
  std::optional<Timestamp> created_before = {};
};

struct RunPage {
  std::optional<std::string> cursor;  ///< A run id: only runs after it in the order.
  std::optional<std::int64_t> limit;
  bool ascending = false;  ///< Default: newest first.
};

/// The newest run of one partition.
struct PartitionRun {
  std::string partition;
  std::string run_id;
  model::RunStatus status = model::RunStatus::kNotStarted;
  std::optional<double> start_time;
  std::optional<double> end_time;
};

/// Runs, their tags and snapshots, heartbeats, key-values and backfills. Threads, durability and errors as
/// EventStorage.
class RunStorage {
 public:
  virtual ~RunStorage() = default;

  /// Throws Error(kAlreadyExists) if the run id is taken, Error(kFailedPrecondition) if its job snapshot is not stored.
  virtual void AddRun(const model::Run& run) = 0;
  virtual std::optional<model::RunRecord> GetRun(std::string_view run_id) = 0;
  virtual std::vector<model::RunRecord> GetRuns(const RunFilter& filter, const RunPage& page) = 0;
  virtual std::int64_t CountRuns(const RunFilter& filter) = 0;
  /// Of each partition that a run which passes the filter has, the newest such run.
  virtual std::vector<PartitionRun> LatestRunsByPartition(const RunFilter& filter) = 0;
  virtual void AddRunTags(std::string_view run_id, const model::Tags& tags) = 0;
  virtual void DeleteRun(std::string_view run_id) = 0;
  /// Another number after each change of a run that was committed before this call, by whichever process. A number may
  /// also change without one. Cheap: meant for asking many times a second.
  virtual std::int64_t ChangeToken() = 0;
  /// The keys that runs have tags of, sorted.
  virtual std::vector<std::string> RunTagKeys() = 0;
  /// Distinct values of each tag key that begin with `value_prefix`, in order, at most `limit` in all.
  virtual std::vector<std::pair<std::string, std::vector<std::string>>> RunTags(const std::vector<std::string>& keys,
                                                                                std::string_view value_prefix,
                                                                                std::optional<std::int64_t> limit) = 0;

  /// Stores the snapshot if it is not there; returns its id. Durable with the next AddRun: nothing else names it.
  virtual std::string AddJobSnapshot(const model::JobSnap& snapshot) = 0;
  virtual std::string AddPlanSnapshot(const model::PlanSnap& snapshot) = 0;
  /// The same for a text that is encoded already, with its id (SHA-1): `type` is "PIPELINE" or "EXECUTION_PLAN".
  virtual void AddSnapshotText(std::string_view id, std::string_view type, std::string_view text) = 0;
  virtual bool HasSnapshot(std::string_view id) = 0;
  virtual std::optional<std::string> SnapshotText(std::string_view id) = 0;

  virtual void AddHeartbeat(const model::DaemonHeartbeat& heartbeat) = 0;
  virtual std::vector<model::DaemonHeartbeat> Heartbeats() = 0;

  virtual std::optional<std::string> GetValue(std::string_view key) = 0;
  virtual void SetValue(std::string_view key, std::string_view value) = 0;
  /// A stable id of this storage, made at the first call.
  virtual std::string RunStorageId() = 0;

  virtual void AddBackfill(const model::BackfillRecord& backfill) = 0;
  virtual void UpdateBackfill(const model::BackfillRecord& backfill) = 0;
  virtual std::optional<model::BackfillRecord> GetBackfill(std::string_view backfill_id) = 0;
  /// Newest first; only those before the backfill `cursor`, if given.
  virtual std::vector<model::BackfillRecord> GetBackfills(const BackfillFilter& filter,
                                                          const std::optional<std::string>& cursor,
                                                          std::optional<std::int64_t> limit) = 0;
  virtual std::int64_t CountBackfills(const BackfillFilter& filter) = 0;
};

}  // namespace tidemill::storage
