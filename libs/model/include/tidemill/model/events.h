#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tidemill/model/error_info.h>
#include <tidemill/model/ids.h>
#include <tidemill/model/metadata.h>
#include <tidemill/model/runs.h>

namespace tidemill::model {

/// Every event type of Dagster 1.13. The text (EventTypeName) is the value on disk: PIPELINE_* for runs.
enum class EventType {
  kStepOutput,
  kStepInput,
  kStepFailure,
  kStepStart,
  kStepSuccess,
  kStepSkipped,
  kStepWorkerStarting,
  kStepWorkerStarted,
  kResourceInitStarted,
  kResourceInitSuccess,
  kResourceInitFailure,
  kStepUpForRetry,
  kStepRestarted,
  kAssetMaterialization,
  kAssetMaterializationPlanned,
  kAssetFailedToMaterialize,
  kAssetObservation,
  kAssetCheckEvaluationPlanned,
  kAssetCheckEvaluation,
  kAssetHealthChanged,
  kAssetWiped,
  kStepExpectationResult,
  kRunEnqueued,
  kRunDequeued,
  kRunStarting,
  kRunStart,
  kRunSuccess,
  kRunFailure,
  kRunCanceling,
  kRunCanceled,
  kRunSuspended,
  kRunResumed,
  kObjectStoreOperation,
  kAssetStoreOperation,
  kLoadedInput,
  kHandledOutput,
  kEngineEvent,
  kHookCompleted,
  kHookErrored,
  kHookSkipped,
  kAlertStart,
  kAlertSuccess,
  kAlertFailure,
  kLogsCaptured,
  kFreshnessStateChange,
  kFreshnessStateEvaluation,
  kCodeLocationUpdated,
};

std::string_view EventTypeName(EventType type);
std::optional<EventType> ParseEventType(std::string_view name);
/// The status that a run takes by this event, if any (e.g. kRunStart gives kStarted).
std::optional<RunStatus> StatusAfter(EventType type);
/// Materialization, its plan and failure, observation and freshness: mirrored across runs with their asset key.
bool IsAssetEvent(EventType type);
bool IsAssetCheckEvent(EventType type);

struct StepHandle {
  NodeHandle node_handle;
  /// "a.b", with "[key]" for a dynamically mapped step.
  std::string key;
};

struct StepOutputHandle {
  std::string step_key;
  std::string output_name = "result";
  std::optional<std::string> mapping_key;
  auto operator<=>(const StepOutputHandle&) const = default;
};

struct TypeCheckData {
  bool success = true;
  std::string label;
  std::optional<std::string> description;
  Metadata metadata;
};

enum class CheckSeverity { kWarn, kError };

struct CheckTargetMaterialization {
  std::int64_t storage_id = 0;
  std::string run_id;
  double timestamp = 0;
};

struct AssetMaterialization {
  AssetKey asset_key;
  std::optional<std::string> description;
  Metadata metadata;
  std::optional<std::string> partition;
  Tags tags;
};

struct AssetObservation {
  AssetKey asset_key;
  std::optional<std::string> description;
  Metadata metadata;
  std::optional<std::string> partition;
  Tags tags;
};

enum class ErrorSource { kFrameworkError, kUserCodeError, kUnexpectedError, kInterrupt };

struct UserFailureData {
  std::string label;
  std::optional<std::string> description;
  Metadata metadata;
};

struct DagsterEvent;

/// event_specific_data, one struct for each class of Dagster.
namespace event {
struct StepOutput {
  StepOutputHandle step_output_handle;
  std::optional<TypeCheckData> type_check_data;
  std::optional<std::string> version;
  Metadata metadata;
};
struct StepInput {
  std::string input_name;
  TypeCheckData type_check_data;
};
struct StepSuccess {
  double duration_ms = 0;
};
struct StepFailure {
  std::optional<ErrorInfo> error;
  std::optional<UserFailureData> user_failure_data;
  std::optional<ErrorSource> error_source;
};
struct StepRetry {
  std::optional<ErrorInfo> error;
  json::Value seconds_to_wait;  ///< Null, an integer or a float, as the retry policy gave it.
};
struct StepMaterialization {
  AssetMaterialization materialization;
  std::vector<json::Value> asset_lineage;
};
struct MaterializationPlanned {
  AssetKey asset_key;
  std::optional<std::string> partition;
  json::Value partitions_subset;
};
struct AssetObserved {
  AssetObservation asset_observation;
};
struct AssetFailed {
  AssetKey asset_key;
  std::optional<std::string> partition;
  std::optional<ErrorInfo> error;
  std::string failure_type;  ///< Enum member: "FAILED" or "SKIPPED".
  std::string reason;        ///< Enum member, e.g. "UPSTREAM_FAILED_TO_MATERIALIZE".
  std::optional<std::string> description;
  Metadata metadata;
  Tags tags;
  std::optional<bool> will_retry;
  std::optional<std::string> location_name;
  std::optional<std::string> repository_name;
};
struct CheckPlanned {
  AssetKey asset_key;
  std::string check_name;
  json::Value partitions_subset;
};
struct CheckEvaluation {
  AssetKey asset_key;
  std::string check_name;
  bool passed = false;
  Metadata metadata;
  std::optional<CheckTargetMaterialization> target_materialization;
  CheckSeverity severity = CheckSeverity::kError;
  std::optional<std::string> description;
  std::optional<bool> blocking;
  std::optional<std::string> partition;
};
struct Engine {
  Metadata metadata;
  std::optional<ErrorInfo> error;
  std::optional<std::string> marker_start;
  std::optional<std::string> marker_end;
};
struct HandledOutput {
  std::string output_name;
  std::string manager_key;
  Metadata metadata;
};
struct LoadedInput {
  std::string input_name;
  std::string manager_key;
  std::optional<std::string> upstream_output_name;
  std::optional<std::string> upstream_step_key;
  Metadata metadata;
};
struct LogsCaptured {
  std::string log_key;
  std::vector<std::string> step_keys;
  std::optional<std::string> external_url;
  std::optional<std::string> external_stdout_url;
  std::optional<std::string> external_stderr_url;
  json::Value shell_cmd;  ///< LogRetrievalShellCommand as serdes JSON, or null.
};
struct RunEnqueued {
  std::optional<std::string> code_location_name;
  std::optional<std::string> repository_name;
  std::optional<std::string> partition_key;
};
struct RunFailure {
  std::optional<ErrorInfo> error;
  /// Enum member of RunFailureReason, e.g. "STEP_FAILURE".
  std::optional<std::string> failure_reason;
  std::shared_ptr<const DagsterEvent> first_step_failure_event;
};
struct RunCanceled {
  std::optional<ErrorInfo> error;
};
struct HookErrored {
  ErrorInfo error;
};
/// A class this version has no struct for, kept as it was read: rewriting it loses nothing.
struct Unknown {
  json::Value data;
};
}  // namespace event

using EventData =
    std::variant<std::monostate, event::StepOutput, event::StepInput, event::StepSuccess, event::StepFailure,
                 event::StepRetry, event::StepMaterialization, event::MaterializationPlanned, event::AssetObserved,
                 event::AssetFailed, event::CheckPlanned, event::CheckEvaluation, event::Engine, event::HandledOutput,
                 event::LoadedInput, event::LogsCaptured, event::RunEnqueued, event::RunFailure, event::RunCanceled,
                 event::HookErrored, event::Unknown>;

/// What happened in a run, apart from plain log lines.
struct DagsterEvent {
  EventType type = EventType::kEngineEvent;
  std::string job_name;
  std::optional<std::string> message;
  std::optional<std::int64_t> pid;
  std::optional<StepHandle> step_handle;
  std::optional<NodeHandle> node_handle;
  std::optional<std::string> step_key;
  std::optional<std::string> step_kind;  ///< "COMPUTE", "UNRESOLVED_MAPPED" or "UNRESOLVED_COLLECT".
  Tags logging_tags;
  EventData data;

  /// The asset that an asset or check event is about, null for the others.
  const AssetKey* asset_key() const;
  /// The partition of an asset event, null if it has none.
  const std::string* partition() const;
};

/// Python's log levels.
namespace level {
inline constexpr int kDebug = 10;
inline constexpr int kInfo = 20;
inline constexpr int kWarning = 30;
inline constexpr int kError = 40;
inline constexpr int kCritical = 50;
}  // namespace level

/// One row of an event log: a DagsterEvent or a plain log line (dagster_event empty).
struct EventLogEntry {
  std::string run_id;
  std::string job_name;
  double timestamp = 0;  ///< Seconds since the epoch.
  int level = level::kDebug;
  std::string user_message;
  std::optional<std::string> step_key;
  std::optional<DagsterEvent> dagster_event;
  std::optional<ErrorInfo> error_info;
};

/// An entry with its row id in the index database (`asset_keys.last_materialization`).
struct EventLogRecord {
  std::int64_t storage_id = 0;
  EventLogEntry event_log_entry;
};

}  // namespace tidemill::model
