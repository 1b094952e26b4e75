#include <algorithm>
#include <array>

#include <tidemill/model/events.h>

namespace tidemill::model {
namespace {

constexpr std::array kEventNames = std::to_array<std::string_view>({
    "STEP_OUTPUT",
    "STEP_INPUT",
    "STEP_FAILURE",
    "STEP_START",
    "STEP_SUCCESS",
    "STEP_SKIPPED",
    "STEP_WORKER_STARTING",
    "STEP_WORKER_STARTED",
    "RESOURCE_INIT_STARTED",
    "RESOURCE_INIT_SUCCESS",
    "RESOURCE_INIT_FAILURE",
    "STEP_UP_FOR_RETRY",
    "STEP_RESTARTED",
    "ASSET_MATERIALIZATION",
    "ASSET_MATERIALIZATION_PLANNED",
    "ASSET_FAILED_TO_MATERIALIZE",
    "ASSET_OBSERVATION",
    "ASSET_CHECK_EVALUATION_PLANNED",
    "ASSET_CHECK_EVALUATION",
    "ASSET_HEALTH_CHANGED",
    "ASSET_WIPED",
    "STEP_EXPECTATION_RESULT",
    "PIPELINE_ENQUEUED",
    "PIPELINE_DEQUEUED",
    "PIPELINE_STARTING",
    "PIPELINE_START",
    "PIPELINE_SUCCESS",
    "PIPELINE_FAILURE",
    "PIPELINE_CANCELING",
    "PIPELINE_CANCELED",
    "RUN_SUSPENDED",
    "RUN_RESUMED",
    "OBJECT_STORE_OPERATION",
    "ASSET_STORE_OPERATION",
    "LOADED_INPUT",
    "HANDLED_OUTPUT",
    "ENGINE_EVENT",
    "HOOK_COMPLETED",
    "HOOK_ERRORED",
    "HOOK_SKIPPED",
    "ALERT_START",
    "ALERT_SUCCESS",
    "ALERT_FAILURE",
    "LOGS_CAPTURED",
    "FRESHNESS_STATE_CHANGE",
    "FRESHNESS_STATE_EVALUATION",
    "CODE_LOCATION_UPDATED",
});

}  // namespace

std::string_view EventTypeName(EventType type) { return kEventNames.at(static_cast<std::size_t>(type)); }

std::optional<EventType> ParseEventType(std::string_view name) {
  const auto* found = std::find(kEventNames.begin(), kEventNames.end(), name);
  if (found == kEventNames.end()) return std::nullopt;
  return static_cast<EventType>(found - kEventNames.begin());
}

std::optional<RunStatus> StatusAfter(EventType type) {
  switch (type) {
    case EventType::kRunEnqueued:
      return RunStatus::kQueued;
    case EventType::kRunStarting:
      return RunStatus::kStarting;
    case EventType::kRunStart:
    case EventType::kRunResumed:
      return RunStatus::kStarted;
    case EventType::kRunSuccess:
      return RunStatus::kSuccess;
    case EventType::kRunFailure:
      return RunStatus::kFailure;
    case EventType::kRunCanceling:
      return RunStatus::kCanceling;
    case EventType::kRunCanceled:
      return RunStatus::kCanceled;
    case EventType::kRunSuspended:
      return RunStatus::kSuspended;
    default:
      return std::nullopt;
  }
}

bool IsAssetEvent(EventType type) {
  switch (type) {
    case EventType::kAssetMaterialization:
    case EventType::kAssetMaterializationPlanned:
    case EventType::kAssetFailedToMaterialize:
    case EventType::kAssetObservation:
    case EventType::kFreshnessStateChange:
      return true;
    default:
      return false;
  }
}

bool IsAssetCheckEvent(EventType type) {
  return type == EventType::kAssetCheckEvaluation || type == EventType::kAssetCheckEvaluationPlanned;
}

const AssetKey* DagsterEvent::asset_key() const {
  if (const auto* it = std::get_if<event::StepMaterialization>(&data)) return &it->materialization.asset_key;
  if (const auto* it = std::get_if<event::MaterializationPlanned>(&data)) return &it->asset_key;
  if (const auto* it = std::get_if<event::AssetObserved>(&data)) return &it->asset_observation.asset_key;
  if (const auto* it = std::get_if<event::AssetFailed>(&data)) return &it->asset_key;
  if (const auto* it = std::get_if<event::CheckPlanned>(&data)) return &it->asset_key;
  if (const auto* it = std::get_if<event::CheckEvaluation>(&data)) return &it->asset_key;
  return nullptr;
}

const std::string* DagsterEvent::partition() const {
  const auto pointer = [](const std::optional<std::string>& partition) { return partition ? &*partition : nullptr; };
  if (const auto* it = std::get_if<event::StepMaterialization>(&data)) return pointer(it->materialization.partition);
  if (const auto* it = std::get_if<event::MaterializationPlanned>(&data)) return pointer(it->partition);
  if (const auto* it = std::get_if<event::AssetObserved>(&data)) return pointer(it->asset_observation.partition);
  if (const auto* it = std::get_if<event::AssetFailed>(&data)) return pointer(it->partition);
  if (const auto* it = std::get_if<event::CheckEvaluation>(&data)) return pointer(it->partition);
  return nullptr;
}

}  // namespace tidemill::model
