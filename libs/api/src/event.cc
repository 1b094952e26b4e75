#include "event.h"

#include <cstdint>
#include <optional>
#include <utility>

#include <tidemill/base/error.h>

#include "errors.h"

namespace tidemill::api {
namespace {

namespace data = model::event;
using model::EventType;

/// The object types by event type, in the order of the enumeration; empty where Dagster has none.
constexpr std::string_view kTypes[] = {
    "ExecutionStepOutputEvent",          // kStepOutput
    "ExecutionStepInputEvent",           // kStepInput
    "ExecutionStepFailureEvent",         // kStepFailure
    "ExecutionStepStartEvent",           // kStepStart
    "ExecutionStepSuccessEvent",         // kStepSuccess
    "ExecutionStepSkippedEvent",         // kStepSkipped
    "StepWorkerStartingEvent",           // kStepWorkerStarting
    "StepWorkerStartedEvent",            // kStepWorkerStarted
    "ResourceInitStartedEvent",          // kResourceInitStarted
    "ResourceInitSuccessEvent",          // kResourceInitSuccess
    "ResourceInitFailureEvent",          // kResourceInitFailure
    "ExecutionStepUpForRetryEvent",      // kStepUpForRetry
    "ExecutionStepRestartEvent",         // kStepRestarted
    "MaterializationEvent",              // kAssetMaterialization
    "AssetMaterializationPlannedEvent",  // kAssetMaterializationPlanned
    "FailedToMaterializeEvent",          // kAssetFailedToMaterialize
    "ObservationEvent",                  // kAssetObservation
    "AssetCheckEvaluationPlannedEvent",  // kAssetCheckEvaluationPlanned
    "AssetCheckEvaluationEvent",         // kAssetCheckEvaluation
    "HealthChangedEvent",                // kAssetHealthChanged
    "",                                  // kAssetWiped
    "StepExpectationResultEvent",        // kStepExpectationResult
    "RunEnqueuedEvent",                  // kRunEnqueued
    "RunDequeuedEvent",                  // kRunDequeued
    "RunStartingEvent",                  // kRunStarting
    "RunStartEvent",                     // kRunStart
    "RunSuccessEvent",                   // kRunSuccess
    "RunFailureEvent",                   // kRunFailure
    "RunCancelingEvent",                 // kRunCanceling
    "RunCanceledEvent",                  // kRunCanceled
    "RunSuspendedEvent",                 // kRunSuspended
    "RunResumedEvent",                   // kRunResumed
    "ObjectStoreOperationEvent",         // kObjectStoreOperation
    "",                                  // kAssetStoreOperation
    "LoadedInputEvent",                  // kLoadedInput
    "HandledOutputEvent",                // kHandledOutput
    "EngineEvent",                       // kEngineEvent
    "HookCompletedEvent",                // kHookCompleted
    "HookErroredEvent",                  // kHookErrored
    "HookSkippedEvent",                  // kHookSkipped
    "AlertStartEvent",                   // kAlertStart
    "AlertSuccessEvent",                 // kAlertSuccess
    "AlertFailureEvent",                 // kAlertFailure
    "LogsCapturedEvent",                 // kLogsCaptured
    "",                                  // kFreshnessStateChange
    "",                                  // kFreshnessStateEvaluation
    "",                                  // kCodeLocationUpdated
};
static_assert(std::size(kTypes) == static_cast<std::size_t>(EventType::kCodeLocationUpdated) + 1);

constexpr std::string_view kLogMessage = "LogMessageEvent";

/// The event's data, which its type says to be a Data.
template <class Data>
const Data& DataOf(const Event& event) {
  const Data* it = std::get_if<Data>(&event.dagster_event().data);
  if (it != nullptr) return *it;
  throw Error(Code::kDataLoss, "an event of run " + event.entry->run_id + " lacks the data of its type " +
                                   std::string(model::EventTypeName(event.dagster_event().type)));
}

std::string_view LevelOf(const Event& event) {
  switch (event.entry->level) {
    case model::level::kDebug:
      return "DEBUG";
    case model::level::kInfo:
      return "INFO";
    case model::level::kWarning:
      return "WARNING";
    case model::level::kError:
      return "ERROR";
    case model::level::kCritical:
      return "CRITICAL";
    default:
      throw Error(Code::kDataLoss, "an event of run " + event.entry->run_id + " has the log level " +
                                       std::to_string(event.entry->level) + ", which is none of Dagster's");
  }
}

/// The enumeration of the schema calls the events of runs RUN_*, as stored they are PIPELINE_*.
std::optional<std::string> EventTypeNameOf(const Event& event) {
  if (!event.entry->dagster_event) return std::nullopt;
  constexpr std::string_view kStored = "PIPELINE_";
  const std::string_view name = model::EventTypeName(event.dagster_event().type);
  if (!name.starts_with(kStored)) return std::string(name);
  return "RUN_" + std::string(name.substr(kStored.size()));
}

const std::string& MessageOf(const Event& event) {
  const model::EventLogEntry& entry = *event.entry;
  return entry.dagster_event && entry.dagster_event->message ? *entry.dagster_event->message : entry.user_message;
}

std::optional<std::string> NodeHandleOf(const Event& event) {
  const model::EventLogEntry& entry = *event.entry;
  if (!entry.dagster_event || !entry.dagster_event->node_handle) return std::nullopt;
  return entry.dagster_event->node_handle->ToString();
}

std::optional<std::string> LabelOf(const Event& event) {
  const model::AssetKey* key = event.dagster_event().asset_key();
  if (key == nullptr) return std::nullopt;
  std::string label;
  for (const std::string& part : key->path) label += label.empty() ? part : " " + part;
  return label;
}

std::optional<std::string> DescriptionOf(const Event& event) {
  const model::EventData& value = event.dagster_event().data;
  if (const auto* it = std::get_if<data::StepMaterialization>(&value)) return it->materialization.description;
  if (const auto* it = std::get_if<data::AssetObserved>(&value)) return it->asset_observation.description;
  if (const auto* it = std::get_if<data::AssetFailed>(&value)) return it->description;
  return std::nullopt;
}

std::vector<MetadataEntry> EntriesOf(const Event& event) {
  const model::Metadata* metadata = MetadataOf(event.dagster_event());
  return metadata == nullptr ? std::vector<MetadataEntry>() : MetadataEntries(*metadata);
}

const model::ErrorInfo* ErrorOf(const model::EventData& value) {
  const auto pointer = [](const std::optional<model::ErrorInfo>& error) { return error ? &*error : nullptr; };
  if (const auto* it = std::get_if<data::StepFailure>(&value)) return pointer(it->error);
  if (const auto* it = std::get_if<data::StepRetry>(&value)) return pointer(it->error);
  if (const auto* it = std::get_if<data::RunFailure>(&value)) return pointer(it->error);
  if (const auto* it = std::get_if<data::RunCanceled>(&value)) return pointer(it->error);
  if (const auto* it = std::get_if<data::Engine>(&value)) return pointer(it->error);
  if (const auto* it = std::get_if<data::HookErrored>(&value)) return &it->error;
  return nullptr;
}

std::optional<std::string> MarkerOf(const Event& event, std::optional<std::string> data::Engine::*marker) {
  const auto* it = std::get_if<data::Engine>(&event.dagster_event().data);
  return it == nullptr ? std::nullopt : it->*marker;
}

void BindInterfaces(graphql::Schema& schema) {
  schema.Interface<Event>("MessageEvent")
      .Field("runId", [](const Event& event) -> const std::string& { return event.entry->run_id; })
      .Field("message", MessageOf)
      .Field(
          "timestamp",
          [](const Event& event) { return std::to_string(static_cast<std::int64_t>(event.entry->timestamp * 1000)); })
      .Field("level", LevelOf)
      .Field("stepKey", [](const Event& event) -> const std::optional<std::string>& { return event.entry->step_key; })
      .Field("solidHandleID", NodeHandleOf)
      .Field("eventType", EventTypeNameOf);
  schema.Interface<Event>("RunEvent").Field("pipelineName", [](const Event& event) -> const std::string& {
    return event.entry->job_name;
  });
  schema.Interface<Event>("DisplayableEvent")
      .Field("label", LabelOf)
      .Field("description", DescriptionOf)
      .Field("metadataEntries", EntriesOf);
  schema.Interface<Event>("MarkerEvent")
      .Field("markerStart", [](const Event& event) { return MarkerOf(event, &data::Engine::marker_start); })
      .Field("markerEnd", [](const Event& event) { return MarkerOf(event, &data::Engine::marker_end); });
  schema.Interface<Event>("ErrorEvent").Field("error", [](const Event& event) {
    const model::ErrorInfo* error = ErrorOf(event.dagster_event().data);
    return error == nullptr ? std::nullopt : std::optional(PythonError{*error});
  });
}

void BindTypeChecks(graphql::Schema& schema) {
  schema.Object<model::TypeCheckData>("TypeCheck")
      .Field("success", &model::TypeCheckData::success)
      .Field("label", &model::TypeCheckData::label)
      .Field("description", &model::TypeCheckData::description)
      .Field("metadataEntries", [](const model::TypeCheckData& check) { return MetadataEntries(check.metadata); });
  schema.Object<Event>("ExecutionStepInputEvent")
      .Field("inputName",
             [](const Event& event) -> const std::string& { return DataOf<data::StepInput>(event).input_name; })
      .Field("typeCheck", [](const Event& event) -> const model::TypeCheckData& {
        return DataOf<data::StepInput>(event).type_check_data;
      });
  schema.Object<Event>("ExecutionStepOutputEvent")
      .Field("outputName",
             [](const Event& event) -> const std::string& {
               return DataOf<data::StepOutput>(event).step_output_handle.output_name;
             })
      .Field("typeCheck", [](const Event& event) -> const std::optional<model::TypeCheckData>& {
        return DataOf<data::StepOutput>(event).type_check_data;
      });
}

std::optional<std::string> ErrorSourceOf(const Event& event) {
  const std::optional<model::ErrorSource>& source = DataOf<data::StepFailure>(event).error_source;
  if (!source) return std::nullopt;
  switch (*source) {
    case model::ErrorSource::kFrameworkError:
      return "FRAMEWORK_ERROR";
    case model::ErrorSource::kUserCodeError:
      return "USER_CODE_ERROR";
    case model::ErrorSource::kUnexpectedError:
      return "UNEXPECTED_ERROR";
    case model::ErrorSource::kInterrupt:
      return "INTERRUPT";
  }
  return std::nullopt;
}

void BindFailures(graphql::Schema& schema) {
  schema.Object<model::UserFailureData>("FailureMetadata")
      .Field("label", &model::UserFailureData::label)
      .Field("description", &model::UserFailureData::description)
      .Field("metadataEntries",
             [](const model::UserFailureData& failure) { return MetadataEntries(failure.metadata); });
  schema.Object<Event>("ExecutionStepFailureEvent")
      .Field("errorSource", ErrorSourceOf)
      .Field("failureMetadata", [](const Event& event) -> const std::optional<model::UserFailureData>& {
        return DataOf<data::StepFailure>(event).user_failure_data;
      });
  schema.Object<Event>("ExecutionStepUpForRetryEvent")
      .Field("secondsToWait", [](const Event& event) -> std::optional<double> {
        const json::Value& seconds = DataOf<data::StepRetry>(event).seconds_to_wait;
        return seconds.is_number() ? std::optional(seconds.AsDouble()) : std::nullopt;
      });
}

void BindStoredValues(graphql::Schema& schema) {
  schema.Object<Event>("HandledOutputEvent")
      .Field("outputName",
             [](const Event& event) -> const std::string& { return DataOf<data::HandledOutput>(event).output_name; })
      .Field("managerKey",
             [](const Event& event) -> const std::string& { return DataOf<data::HandledOutput>(event).manager_key; });
  using Loaded = data::LoadedInput;
  schema.Object<Event>("LoadedInputEvent")
      .Field("inputName", [](const Event& event) -> const std::string& { return DataOf<Loaded>(event).input_name; })
      .Field("managerKey", [](const Event& event) -> const std::string& { return DataOf<Loaded>(event).manager_key; })
      .Field("upstreamOutputName", [](const Event& event) { return DataOf<Loaded>(event).upstream_output_name; })
      .Field("upstreamStepKey", [](const Event& event) { return DataOf<Loaded>(event).upstream_step_key; });
}

struct ShellCommand {
  std::optional<std::string> out;
  std::optional<std::string> err;
};

std::optional<ShellCommand> ShellCommandOf(const Event& event) {
  const json::Value& command = DataOf<data::LogsCaptured>(event).shell_cmd;
  if (command.is_null()) return std::nullopt;
  const auto text = [&command](std::string_view key) {
    const json::Value* member = command.Find(key);
    return member == nullptr || member->is_null() ? std::nullopt : std::optional(member->AsString());
  };
  return ShellCommand{text("stdout"), text("stderr")};
}

void BindCapturedLogEvents(graphql::Schema& schema) {
  schema.Object<ShellCommand>("LogRetrievalShellCommand")
      .Field("stdout", &ShellCommand::out)
      .Field("stderr", &ShellCommand::err);
  using Captured = data::LogsCaptured;
  const auto key = [](const Event& event) -> const std::string& { return DataOf<Captured>(event).log_key; };
  schema.Object<Event>("LogsCapturedEvent")
      .Field("fileKey", key)
      .Field("logKey", key)
      .Field("stepKeys",
             [](const Event& event) -> const std::vector<std::string>& { return DataOf<Captured>(event).step_keys; })
      .Field("externalUrl", [](const Event& event) { return DataOf<Captured>(event).external_url; })
      .Field("externalStdoutUrl",
             [](const Event& event) {
               const Captured& captured = DataOf<Captured>(event);
               return captured.external_stdout_url ? captured.external_stdout_url : captured.external_url;
             })
      .Field("externalStderrUrl",
             [](const Event& event) {
               const Captured& captured = DataOf<Captured>(event);
               return captured.external_stderr_url ? captured.external_stderr_url : captured.external_url;
             })
      .Field("shellCmd", ShellCommandOf)
      .Field("pid", [](const Event& event) { return event.dagster_event().pid; });
}

}  // namespace

bool IsHidden(const model::EventLogEntry& entry) {
  return entry.dagster_event && entry.dagster_event->type == EventType::kAssetFailedToMaterialize;
}

std::vector<Event> EventsOf(std::vector<storage::StoredEvent> stored) {
  const auto shared = std::make_shared<const std::vector<storage::StoredEvent>>(std::move(stored));
  std::vector<Event> events;
  events.reserve(shared->size());
  for (const storage::StoredEvent& event : *shared) {
    if (!IsHidden(event.entry)) events.push_back({std::shared_ptr<const model::EventLogEntry>(shared, &event.entry)});
  }
  return events;
}

std::string_view EventTypeOf(const model::EventLogEntry& entry) {
  if (!entry.dagster_event) return kLogMessage;
  const std::string_view type = kTypes[static_cast<std::size_t>(entry.dagster_event->type)];
  if (!type.empty()) return type;
  throw Error(Code::kUnimplemented, "an event " + std::string(model::EventTypeName(entry.dagster_event->type)) +
                                        " in the log of run " + entry.run_id + " has no type in the API");
}

const model::Metadata* MetadataOf(const model::DagsterEvent& event) {
  const model::EventData& value = event.data;
  if (const auto* it = std::get_if<data::StepMaterialization>(&value)) return &it->materialization.metadata;
  if (const auto* it = std::get_if<data::AssetObserved>(&value)) return &it->asset_observation.metadata;
  if (const auto* it = std::get_if<data::AssetFailed>(&value)) return &it->metadata;
  if (const auto* it = std::get_if<data::StepOutput>(&value)) return &it->metadata;
  if (const auto* it = std::get_if<data::Engine>(&value)) return &it->metadata;
  if (const auto* it = std::get_if<data::HandledOutput>(&value)) return &it->metadata;
  if (const auto* it = std::get_if<data::LoadedInput>(&value)) return &it->metadata;
  return nullptr;
}

void BindEvents(graphql::Schema& schema) {
  for (const std::string_view type : kTypes) {
    if (!type.empty()) schema.Object<Event>(type);
  }
  schema.Object<Event>(kLogMessage);
  schema.TypeOf<Event>([](const Event& event) { return EventTypeOf(*event.entry); });
  BindInterfaces(schema);
  BindTypeChecks(schema);
  BindFailures(schema);
  BindStoredValues(schema);
  BindCapturedLogEvents(schema);
}

}  // namespace tidemill::api
