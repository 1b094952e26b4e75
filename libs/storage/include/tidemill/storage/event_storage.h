#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/model/events.h>

namespace tidemill::storage {

/// An event on its way to the log. The text is encoded where the event is made, so that the writer only writes.
struct NewEvent {
  /// Encodes `event` (Dagster's serdes text).
  explicit NewEvent(model::EventLogEntry event);

  model::EventLogEntry entry;
  std::string text;
};

/// An event of the log. Ids grow in commit order: per run on SQLite, over all runs on Postgres.
struct StoredEvent {
  std::int64_t storage_id = 0;
  model::EventLogEntry entry;
};

/// Which events of one run to read.
struct RunEventQuery {
  std::int64_t after = 0;  ///< Only storage ids above this one.
  std::optional<std::int64_t> limit;
  std::optional<std::set<model::EventType>> types;  ///< Set: no plain log lines.
  bool descending = false;
};

/// Which events of any run to read: those that are mirrored across runs (assets, checks, run status).
struct EventQuery {
  model::EventType type = model::EventType::kAssetMaterialization;
  std::optional<model::AssetKey> asset_key;
  std::optional<std::vector<std::string>> partitions;
  std::optional<std::int64_t> after_cursor;
  std::optional<std::int64_t> before_cursor;
  std::optional<Timestamp> after;
  std::optional<Timestamp> before;
  std::optional<std::vector<std::int64_t>> storage_ids;
  std::optional<std::int64_t> limit;
  bool descending = true;
};

/// What is known of one asset (a row of asset_keys).
struct AssetRecord {
  std::int64_t storage_id = 0;
  model::AssetKey asset_key;
  std::optional<StoredEvent> last_materialization;
  std::optional<std::string> last_run_id;
  std::optional<Timestamp> last_materialization_timestamp;
  std::optional<Timestamp> wipe_timestamp;
  std::optional<std::string> cached_status;  ///< Dagster's partition cache, serdes text.
};

enum class CheckExecutionStatus { kPlanned, kSucceeded, kFailed };

/// One execution of an asset check (a row of asset_check_executions).
struct CheckExecution {
  std::int64_t storage_id = 0;
  model::AssetCheckKey key;
  std::optional<std::string> partition;
  std::string run_id;
  CheckExecutionStatus status = CheckExecutionStatus::kPlanned;
  std::optional<model::EventLogEntry> event;
  Timestamp create_timestamp;
};

/// How one step of a run went, from its events.
struct StepStats {
  std::string step_key;
  std::optional<std::string> status;  ///< "SUCCESS", "FAILURE", "SKIPPED" or "IN_PROGRESS".
  std::optional<double> start_time;
  std::optional<double> end_time;
  std::int64_t attempts = 0;
  /// A span of time; either end may be unknown yet.
  struct Marker {
    std::string key;  ///< Empty for an attempt.
    std::optional<double> start_time;
    std::optional<double> end_time;
  };
  std::vector<Marker> finished_attempts;
  std::vector<Marker> markers;
  std::vector<model::event::CheckEvaluation> check_evaluations;
  std::vector<model::EventLogEntry> materializations;
  std::vector<model::EventLogEntry> expectations;
};

struct RunStats {
  std::int64_t steps_succeeded = 0;
  std::int64_t steps_failed = 0;
  std::int64_t materializations = 0;
  std::int64_t expectations = 0;
  std::optional<double> enqueued_time;
  std::optional<double> launch_time;
  std::optional<double> start_time;
  std::optional<double> end_time;
};

/// A pool's limit and who holds or waits for its slots.
struct PoolInfo {
  std::string pool;
  std::int64_t limit = 0;
  bool using_default_limit = false;
  struct Claim {
    std::string run_id;
    std::string step_key;
    std::int64_t priority = 0;
    Timestamp enqueued;
    bool holds_slot = false;
  };
  std::vector<Claim> claims;
};

/// The event log. Every method may be called from any thread; a call returns when its effect is durable (power-loss
/// safe) and throws Error: kUnavailable (locked for longer than the busy timeout, lost connection), kResourceExhausted
/// (disk full), kPermissionDenied (read-only), kDataLoss (corrupt), kFailedPrecondition (schema of a newer Dagster).
class EventStorage {
 public:
  virtual ~EventStorage() = default;

  /// Appends the events in order, as one group: when it returns, all are durable and visible, with everything that
  /// follows from them (asset records, check executions, run status, tags). On an error none of a run's events is
  /// acknowledged; a retry of the same span may follow. Events of several runs may share a group. A planned check whose
  /// partitions cannot be read is refused with kInvalidArgument before anything is written.
  /// Returns the storage ids, one an event.
  virtual std::vector<std::int64_t> Append(std::span<const NewEvent> events) = 0;

  virtual std::vector<StoredEvent> RunEvents(std::string_view run_id, const RunEventQuery& query) = 0;
  virtual std::vector<StoredEvent> Events(const EventQuery& query) = 0;
  virtual RunStats GetRunStats(std::string_view run_id) = 0;
  /// Of the given steps; of all if there are none.
  virtual std::vector<StepStats> GetStepStats(std::string_view run_id, const std::vector<std::string>& step_keys) = 0;
  virtual void DeleteRunEvents(std::string_view run_id) = 0;

  /// Completes what a crash may have left undone for this run: events that its own log holds and the log across runs,
  /// the asset records or the run's row lack. Returns how many events were mirrored.
  virtual std::int64_t RepairRun(std::string_view run_id) = 0;

  virtual std::vector<model::AssetKey> AssetKeys() = 0;
  /// Of the given assets, or all; wiped and unknown ones are left out.
  virtual std::vector<AssetRecord> AssetRecords(const std::optional<std::vector<model::AssetKey>>& keys) = 0;
  virtual void WipeAsset(const model::AssetKey& key) = 0;
  virtual void WipeAssetPartitions(const model::AssetKey& key, const std::vector<std::string>& partitions) = 0;
  /// Partitions with a materialization that was not wiped since.
  virtual std::set<std::string> MaterializedPartitions(const model::AssetKey& key) = 0;
  /// For each partition the storage id of its latest event of `type`.
  virtual std::vector<std::pair<std::string, std::int64_t>> LatestStorageIdByPartition(const model::AssetKey& key,
                                                                                       model::EventType type) = 0;
  /// Tags of the latest materialization of each partition, for `tag_key`, e.g. "dagster/data_version".
  virtual std::vector<std::pair<std::string, std::string>> LatestTagByPartition(const model::AssetKey& key,
                                                                                std::string_view tag_key) = 0;
  virtual void SetCachedStatus(const model::AssetKey& key, std::string_view serdes_text) = 0;

  /// Newest first.
  virtual std::vector<CheckExecution> CheckExecutions(const model::AssetCheckKey& key, std::int64_t limit,
                                                      std::optional<std::int64_t> before_storage_id) = 0;
  virtual std::optional<CheckExecution> LatestCheckExecution(const model::AssetCheckKey& key) = 0;

  virtual std::vector<std::string> DynamicPartitions(std::string_view definition) = 0;
  virtual void AddDynamicPartitions(std::string_view definition, const std::vector<std::string>& partitions) = 0;
  virtual void DeleteDynamicPartition(std::string_view definition, std::string_view partition) = 0;

  virtual std::vector<PoolInfo> Pools() = 0;
  virtual void SetPoolLimit(std::string_view pool, std::int64_t limit) = 0;
  virtual void DeletePool(std::string_view pool) = 0;
  /// Creates the pool with the instance's default limit if it has none. Returns whether the claim holds a slot now.
  virtual bool ClaimSlot(std::string_view pool, std::string_view run_id, std::string_view step_key,
                         std::int64_t priority) = 0;
  virtual void FreeSlots(std::string_view run_id, const std::optional<std::string>& step_key) = 0;
};

}  // namespace tidemill::storage
