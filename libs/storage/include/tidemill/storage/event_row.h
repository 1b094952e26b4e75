#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemill/storage/event_storage.h>

namespace tidemill::storage {

/// The columns of event_logs beside the text: the same in every backend. The views point into the entry and live as
/// long.
struct EventRow {
  std::string_view run_id;
  std::optional<std::string_view> event_type;  ///< Nothing for a plain log line.
  std::string timestamp;                       ///< SQL text, UTC.
  std::optional<std::string_view> step_key;
  std::optional<std::string> asset_key;  ///< Column text; of asset events only, checks have none.
  std::optional<std::string_view> partition;
};

EventRow RowOf(const model::EventLogEntry& entry);

/// The asset an event is about, also of the kinds that have no struct of their own. Nothing for check events.
std::optional<model::AssetKey> AssetOf(const model::DagsterEvent& event);

/// Asset, check and run-status events: those that queries across runs read.
bool IsMirrored(const model::EventLogEntry& entry);
bool IsMirrored(model::EventType type);

/// What an asset event changes in the asset's record.
struct AssetUpdate {
  bool materialized = false;  ///< last_materialization and last_run_id.
  bool planned = false;       ///< last_run_id only.
};
/// Nothing if the record stays as it is.
std::optional<AssetUpdate> AssetUpdateOf(model::EventType type);

/// The tags of a materialization or observation that asset_event_tags keeps: the data version and the dimensions of a
/// multi-dimensional partition.
std::vector<std::pair<std::string_view, std::string_view>> IndexedTags(const model::DagsterEvent& event);

/// The partitions that a planned check is about, one row of asset_check_executions each: one without a key for a check
/// without partitions. Throws Error(kInvalidArgument) if their class is one that this version does not know.
std::vector<std::optional<std::string>> PlannedPartitions(const model::event::CheckPlanned& planned);

/// Serdes text of Dagster's EventLogRecord: an encoded entry with its storage id.
std::string RecordText(std::string_view entry_text, std::int64_t storage_id);
/// Nothing if `text` is of one of the classes that old Dagsters stored in its place.
std::optional<StoredEvent> ParseRecord(std::string_view text);

/// "PLANNED", "SUCCEEDED" or "FAILED".
std::string_view CheckExecutionStatusName(CheckExecutionStatus status);
/// Throws Error(kDataLoss) for another name.
CheckExecutionStatus ParseCheckExecutionStatus(std::string_view name);

/// A run's body after a status event: with the new status and, after a failure, the tag of its reason. Every other
/// member stays as it was written, also those this version does not know.
struct RunUpdate {
  std::string body;
  model::RunStatus status = model::RunStatus::kNotStarted;
  std::optional<double> start_time;
  std::optional<double> end_time;
  std::optional<std::string> failure_reason;  ///< Value of the tag dagster/failure_reason.
};
/// `entry` must be a run-status event. Throws Error(kDataLoss) if `body` is no run.
RunUpdate ApplyStatusEvent(std::string_view body, const model::EventLogEntry& entry);

/// The tags that run_tags holds: the run's own, its repository's label and its pools.
model::Tags TagsForStorage(const model::Run& run);

}  // namespace tidemill::storage
