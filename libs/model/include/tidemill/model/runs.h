#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/base/json.h>
#include <tidemill/model/ids.h>
#include <tidemill/model/metadata.h>

namespace tidemill::model {

enum class RunStatus {
  kQueued,
  kNotStarted,
  kManaged,
  kStarting,
  kStarted,
  kSuspended,
  kSuccess,
  kFailure,
  kCanceling,
  kCanceled,
};

/// Dagster's name, e.g. "STARTED".
std::string_view RunStatusName(RunStatus status);
std::optional<RunStatus> ParseRunStatus(std::string_view name);
/// Success, failure or canceled.
bool IsFinished(RunStatus status);

/// How many steps claim slots of each pool (Dagster's RunOpConcurrency).
struct RunOpConcurrency {
  std::vector<std::pair<std::string, std::int64_t>> root_key_counts;
  bool has_unconstrained_root_nodes = false;
  std::vector<std::string> all_pools;
};

/// One run of a job (Dagster's DagsterRun, `PipelineRun` on disk).
struct Run {
  std::string run_id;
  std::string job_name;
  json::Value run_config = json::Object{};
  RunStatus status = RunStatus::kNotStarted;
  Tags tags;
  std::optional<std::vector<std::string>> op_selection;
  std::optional<std::vector<std::string>> resolved_op_selection;  ///< `solids_to_execute` on disk.
  std::optional<std::vector<AssetKey>> asset_selection;
  std::optional<std::vector<AssetCheckKey>> asset_check_selection;
  std::optional<std::vector<std::string>> step_keys_to_execute;
  std::optional<std::string> root_run_id;
  std::optional<std::string> parent_run_id;
  std::optional<std::string> job_snapshot_id;
  std::optional<std::string> execution_plan_snapshot_id;
  json::Value partitions_subset;
  /// ExternalPipelineOrigin and PipelinePythonOrigin as read; their shape depends on who launched the run.
  json::Value remote_job_origin;
  json::Value job_code_origin;
  bool has_repository_load_data = false;
  std::optional<RunOpConcurrency> run_op_concurrency;
};

/// A run with what its row adds.
struct RunRecord {
  std::int64_t storage_id = 0;
  Run run;
  Timestamp create_timestamp;
  Timestamp update_timestamp;
  std::optional<double> start_time;  ///< Seconds since the epoch.
  std::optional<double> end_time;
};

/// Keys of the tags that Dagster itself reads.
namespace tag {
inline constexpr std::string_view kPartition = "dagster/partition";
inline constexpr std::string_view kPartitionSet = "dagster/partition_set";
inline constexpr std::string_view kPartitionRangeStart = "dagster/asset_partition_range_start";
inline constexpr std::string_view kPartitionRangeEnd = "dagster/asset_partition_range_end";
inline constexpr std::string_view kBackfill = "dagster/backfill";
inline constexpr std::string_view kParentRunId = "dagster/parent_run_id";
inline constexpr std::string_view kRootRunId = "dagster/root_run_id";
inline constexpr std::string_view kResumeRetry = "dagster/is_resume_retry";
inline constexpr std::string_view kStepSelection = "dagster/step_selection";
inline constexpr std::string_view kFailureReason = "dagster/failure_reason";
inline constexpr std::string_view kPriority = "dagster/priority";
inline constexpr std::string_view kRepository = ".dagster/repository";
inline constexpr std::string_view kCodeLocation = "dagster/code_location";
inline constexpr std::string_view kKindPrefix = "dagster/kind/";
inline constexpr std::string_view kPoolPrefix = ".dagster/pool/";
}  // namespace tag

}  // namespace tidemill::model
