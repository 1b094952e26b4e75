#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/base/json.h>
#include <tidemill/model/error_info.h>
#include <tidemill/model/repository_snap.h>

namespace tidemill::model {

enum class InstigatorType { kSchedule, kSensor, kAutoMaterialize };

struct ScheduleState {
  std::vector<std::string> cron_schedules;
  std::optional<double> start_timestamp;
  std::optional<double> last_iteration_timestamp;
};

struct SensorState {
  std::optional<double> last_tick_timestamp;
  std::optional<std::string> last_run_key;
  std::optional<std::int64_t> min_interval_seconds;
  std::optional<std::string> cursor;
  std::optional<double> last_tick_start_timestamp;
  std::optional<double> last_tick_success_timestamp;
  std::optional<double> last_sensor_start_timestamp;
  std::optional<std::string> sensor_type;
};

/// Whether a schedule or sensor runs, and where it stands (InstigatorState). No row means: as the code declares.
struct InstigatorState {
  json::Value origin;  ///< ExternalJobOrigin as serdes JSON; its SHA-1 is the origin id.
  InstigatorType type = InstigatorType::kSchedule;
  InstigatorStatus status = InstigatorStatus::kStopped;
  std::variant<std::monostate, ScheduleState, SensorState> data;
};

enum class TickStatus { kStarted, kSkipped, kSuccess, kFailure };

/// One evaluation of a schedule or sensor (TickData).
struct TickData {
  std::string instigator_origin_id;
  std::string instigator_name;
  InstigatorType instigator_type = InstigatorType::kSchedule;
  TickStatus status = TickStatus::kStarted;
  double timestamp = 0;
  std::vector<std::string> run_ids;
  std::vector<std::string> run_keys;
  std::optional<ErrorInfo> error;
  std::optional<std::string> skip_reason;
  std::optional<std::string> cursor;
  std::vector<std::string> origin_run_ids;
  std::int64_t failure_count = 0;
  std::string selector_id;
  std::optional<std::vector<std::string>> log_key;
  json::Array dynamic_partitions_request_results;
  std::optional<double> end_timestamp;
  std::optional<json::Array> run_requests;
  std::optional<std::int64_t> auto_materialize_evaluation_id;
  std::optional<std::vector<std::string>> reserved_run_ids;
  std::optional<std::int64_t> consecutive_failure_count;
  std::optional<bool> user_interrupted;
};

struct Tick {
  std::int64_t tick_id = 0;
  TickData data;
};

/// A daemon's sign of life.
struct DaemonHeartbeat {
  double timestamp = 0;
  std::string daemon_type;
  std::optional<std::string> daemon_id;
  std::vector<ErrorInfo> errors;
};

/// A backfill's row; `body` is the PartitionBackfill serdes JSON, whose shape the daemon module owns.
struct BackfillRecord {
  std::string backfill_id;
  std::string status;  ///< BulkActionStatus member, e.g. "REQUESTED".
  Timestamp timestamp;
  std::string action_type;  ///< "PARTITION_BACKFILL" or "MULTI_RUN_ASSET_ACTION".
  std::optional<std::string> selector_id;
  std::optional<std::string> job_name;
  json::Value body;
  Tags tags;
};

/// SHA-1 of the serdes text of Dagster's InstigatorSelector and RepositorySelector.
std::string InstigatorSelectorId(std::string_view location, std::string_view repository, std::string_view name);
std::string RepositorySelectorId(std::string_view location, std::string_view repository);

}  // namespace tidemill::model
