#include "external.h"
#include "instantiate.h"

namespace tidemill::serdes {

using namespace model;

template <>
constexpr bool kKeepsAny<event::Unknown> = true;

template <>
constexpr EnumNames<2> kEnum<CheckSeverity>{"AssetCheckSeverity", {"WARN", "ERROR"}};

template <>
constexpr EnumNames<4> kEnum<ErrorSource>{"ErrorSource",
                                          {"FRAMEWORK_ERROR", "USER_CODE_ERROR", "UNEXPECTED_ERROR", "INTERRUPT"}};

namespace {

/// The type's name as plain text, not as an enum; names of old versions are read, too.
struct AsEventTypeValue {
  static void Write(std::string& out, EventType type) {
    out.push_back('"');
    out.append(EventTypeName(type));
    out.push_back('"');
  }
  static void Read(EventType& type, const json::Value& value) {
    const std::string& name = value.AsString();
    if (const auto known = ParseEventType(name)) {
      type = *known;
    } else if (name == "STEP_MATERIALIZATION") {
      type = EventType::kAssetMaterialization;
    } else if (name == "PIPELINE_INIT_FAILURE") {
      type = EventType::kRunFailure;
    } else if (name.starts_with("PIPELINE_PROCESS_")) {
      type = EventType::kEngineEvent;
    } else {
      ThrowUnknownMember("DagsterEventType", name);
    }
  }
};

/// A materialization that was made without tags has null here, where an observation has {}.
struct EmptyAsNull {
  static void Write(std::string& out, const Tags& tags) {
    if (tags.empty()) {
      out.append("null");
    } else {
      Codec<Tags>::Write(out, tags);
    }
  }
  static void Read(Tags& tags, const json::Value& value) { tags = Codec<Tags>::Read(value); }
};

/// Three classes share StepHandle: "a" is a StepHandle, "a[key]" of a mapped step a ResolvedFromDynamicStepHandle, and
/// "a[?]", whose keys are not known yet, an UnresolvedStepHandle.
std::string_view MappingKey(const StepHandle& handle) {
  const std::string_view key = handle.key;
  const std::size_t bracket = key.rfind('[');
  if (bracket == std::string_view::npos || !key.ends_with(']')) return {};
  return key.substr(bracket + 1, key.size() - bracket - 2);
}

}  // namespace

void Codec<StepHandle>::Write(std::string& out, const StepHandle& handle) {
  const std::string_view mapping_key = MappingKey(handle);
  if (mapping_key == "?") {
    out.append(R"({"__class__": "UnresolvedStepHandle")");
  } else {
    out.append(mapping_key.empty() ? R"({"__class__": "StepHandle", "key": )"
                                   : R"({"__class__": "ResolvedFromDynamicStepHandle", "key": )");
    json::AppendQuoted(out, handle.key);
    if (!mapping_key.empty()) {
      out.append(R"(, "mapping_key": )");
      json::AppendQuoted(out, mapping_key);
    }
  }
  out.append(R"(, "solid_handle": )");
  Codec<NodeHandle>::Write(out, handle.node_handle);
  out.push_back('}');
}

StepHandle Codec<StepHandle>::Read(const json::Value& value) {
  StepHandle handle;
  const std::string_view name = ClassOf(value);
  if (name != "ResolvedFromDynamicStepHandle" && name != "UnresolvedStepHandle") ObjectOfClass(value, "StepHandle");
  handle.node_handle = Codec<NodeHandle>::Read(value.AsObject().At("solid_handle"));
  const json::Value* key = value.Find("key");
  if (name == "UnresolvedStepHandle") {
    handle.key = handle.node_handle.ToString() + "[?]";
  } else if (key != nullptr && !key->is_null()) {
    handle.key = key->AsString();
  } else {
    handle.key = handle.node_handle.ToString();
  }
  return handle;
}

template <>
constexpr auto kClass<StepOutputHandle> = Class<StepOutputHandle, "StepOutputHandle">(
    Field<"mapping_key", &StepOutputHandle::mapping_key>, Field<"output_name", &StepOutputHandle::output_name>,
    Field<"step_key", &StepOutputHandle::step_key>);
template struct External<StepOutputHandle>;

template <>
constexpr auto kClass<TypeCheckData> = Class<TypeCheckData, "TypeCheckData">(
    Field<"description", &TypeCheckData::description>, Field<"label", &TypeCheckData::label>,
    Field<"metadata_entries", &TypeCheckData::metadata, AsEntries>, Field<"success", &TypeCheckData::success>);

template <>
constexpr auto kClass<CheckTargetMaterialization> =
    Class<CheckTargetMaterialization, "AssetCheckEvaluationTargetMaterializationData">(
        Field<"run_id", &CheckTargetMaterialization::run_id>,
        Field<"storage_id", &CheckTargetMaterialization::storage_id>,
        Field<"timestamp", &CheckTargetMaterialization::timestamp>);

template <>
constexpr auto kClass<AssetMaterialization> = Class<AssetMaterialization, "AssetMaterialization">(
    Field<"asset_key", &AssetMaterialization::asset_key>, Field<"description", &AssetMaterialization::description>,
    Field<"metadata_entries", &AssetMaterialization::metadata, AsEntries>,
    Field<"partition", &AssetMaterialization::partition>, Field<"tags", &AssetMaterialization::tags, EmptyAsNull>);

template <>
constexpr auto kClass<AssetObservation> = Class<AssetObservation, "AssetObservation">(
    Field<"asset_key", &AssetObservation::asset_key>, Field<"description", &AssetObservation::description>,
    Field<"metadata_entries", &AssetObservation::metadata, AsEntries>, Field<"partition", &AssetObservation::partition>,
    Field<"tags", &AssetObservation::tags>);

template <>
constexpr auto kClass<UserFailureData> = Class<UserFailureData, "UserFailureData">(
    Field<"description", &UserFailureData::description>, Field<"label", &UserFailureData::label>,
    Field<"metadata_entries", &UserFailureData::metadata, AsEntries>);

template <>
constexpr auto kClass<event::StepOutput> = Class<event::StepOutput, "StepOutputData">(
    Field<"metadata_entries", &event::StepOutput::metadata, AsEntries>,
    Field<"step_output_handle", &event::StepOutput::step_output_handle>,
    Field<"type_check_data", &event::StepOutput::type_check_data>, Field<"version", &event::StepOutput::version>);

template <>
constexpr auto kClass<event::StepInput> = Class<event::StepInput, "StepInputData">(
    Field<"input_name", &event::StepInput::input_name>, Field<"type_check_data", &event::StepInput::type_check_data>);

template <>
constexpr auto kClass<event::StepSuccess> =
    Class<event::StepSuccess, "StepSuccessData">(Field<"duration_ms", &event::StepSuccess::duration_ms>);

template <>
constexpr auto kClass<event::StepFailure> = Class<event::StepFailure, "StepFailureData">(
    Field<"error", &event::StepFailure::error>, Field<"error_source", &event::StepFailure::error_source>,
    Field<"user_failure_data", &event::StepFailure::user_failure_data>);

template <>
constexpr auto kClass<event::StepRetry> = Class<event::StepRetry, "StepRetryData">(
    Field<"error", &event::StepRetry::error>, Field<"seconds_to_wait", &event::StepRetry::seconds_to_wait>);

template <>
constexpr auto kClass<event::StepMaterialization> = Class<event::StepMaterialization, "StepMaterializationData">(
    Field<"asset_lineage", &event::StepMaterialization::asset_lineage>,
    Field<"materialization", &event::StepMaterialization::materialization>);

template <>
constexpr auto kClass<event::MaterializationPlanned> =
    Class<event::MaterializationPlanned, "AssetMaterializationPlannedData">(
        Field<"asset_key", &event::MaterializationPlanned::asset_key>,
        Field<"partition", &event::MaterializationPlanned::partition>,
        Field<"partitions_subset", &event::MaterializationPlanned::partitions_subset>);

template <>
constexpr auto kClass<event::AssetObserved> = Class<event::AssetObserved, "AssetObservationData">(
    Field<"asset_observation", &event::AssetObserved::asset_observation>);

namespace {

constexpr auto kFailedMaterialization = Class<event::AssetFailed, "AssetMaterializationFailure">(
    Field<"asset_key", &event::AssetFailed::asset_key>, Field<"description", &event::AssetFailed::description>,
    Field<"failure_type", &event::AssetFailed::failure_type, EnumText<"AssetMaterializationFailureType">>,
    Field<"metadata_entries", &event::AssetFailed::metadata, AsEntries>,
    Field<"partition", &event::AssetFailed::partition>,
    Field<"reason", &event::AssetFailed::reason, EnumText<"AssetMaterializationFailureReason">>,
    Field<"tags", &event::AssetFailed::tags>, Field<"will_retry", &event::AssetFailed::will_retry>);

}  // namespace

template <>
constexpr auto kClass<event::AssetFailed> = Class<event::AssetFailed, "AssetFailedToMaterializeData">(
    Nested<"asset_materialization_failure", kFailedMaterialization>(), Field<"error", &event::AssetFailed::error>,
    NullableField<"location_name", &event::AssetFailed::location_name>,
    NullableField<"repository_name", &event::AssetFailed::repository_name>);

template <>
constexpr auto kClass<event::CheckPlanned> = Class<event::CheckPlanned, "AssetCheckEvaluationPlanned">(
    Field<"asset_key", &event::CheckPlanned::asset_key>, Field<"check_name", &event::CheckPlanned::check_name>,
    Field<"partitions_subset", &event::CheckPlanned::partitions_subset>);

template <>
constexpr auto kClass<event::CheckEvaluation> = Class<event::CheckEvaluation, "AssetCheckEvaluation">(
    Field<"asset_key", &event::CheckEvaluation::asset_key>, Field<"blocking", &event::CheckEvaluation::blocking>,
    Field<"check_name", &event::CheckEvaluation::check_name>,
    Field<"description", &event::CheckEvaluation::description>, Field<"metadata", &event::CheckEvaluation::metadata>,
    Field<"partition", &event::CheckEvaluation::partition>, Field<"severity", &event::CheckEvaluation::severity>,
    Field<"success", &event::CheckEvaluation::passed>,
    Field<"target_materialization_data", &event::CheckEvaluation::target_materialization>);

template <>
constexpr auto kClass<event::Engine> = Class<event::Engine, "EngineEventData">(
    Field<"error", &event::Engine::error>, Field<"marker_end", &event::Engine::marker_end>,
    Field<"marker_start", &event::Engine::marker_start>,
    Field<"metadata_entries", &event::Engine::metadata, AsEntries>);

template <>
constexpr auto kClass<event::HandledOutput> = Class<event::HandledOutput, "HandledOutputData">(
    Field<"manager_key", &event::HandledOutput::manager_key>,
    Field<"metadata_entries", &event::HandledOutput::metadata, AsEntries>,
    Field<"output_name", &event::HandledOutput::output_name>);

template <>
constexpr auto kClass<event::LoadedInput> = Class<event::LoadedInput, "LoadedInputData">(
    Field<"input_name", &event::LoadedInput::input_name>, Field<"manager_key", &event::LoadedInput::manager_key>,
    Field<"metadata_entries", &event::LoadedInput::metadata, AsEntries>,
    Field<"upstream_output_name", &event::LoadedInput::upstream_output_name>,
    Field<"upstream_step_key", &event::LoadedInput::upstream_step_key>);

template <>
constexpr auto kClass<event::LogsCaptured> = Class<event::LogsCaptured, "ComputeLogsCaptureData">(
    Field<"external_stderr_url", &event::LogsCaptured::external_stderr_url>,
    Field<"external_stdout_url", &event::LogsCaptured::external_stdout_url>,
    Field<"external_url", &event::LogsCaptured::external_url>, Field<"log_key", &event::LogsCaptured::log_key>,
    Field<"shell_cmd", &event::LogsCaptured::shell_cmd>, Field<"step_keys", &event::LogsCaptured::step_keys>);

template <>
constexpr auto kClass<event::RunEnqueued> =
    Class<event::RunEnqueued, "RunEnqueuedData">(Field<"code_location_name", &event::RunEnqueued::code_location_name>,
                                                 Field<"partition_key", &event::RunEnqueued::partition_key>,
                                                 Field<"repository_name", &event::RunEnqueued::repository_name>);

template <>
constexpr auto kClass<event::RunFailure> = Class<event::RunFailure, "PipelineFailureData">(
    Field<"error", &event::RunFailure::error>,
    Field<"failure_reason", &event::RunFailure::failure_reason, EnumText<"RunFailureReason">>,
    Field<"first_step_failure_event", &event::RunFailure::first_step_failure_event>);

template <>
constexpr auto kClass<event::RunCanceled> =
    Class<event::RunCanceled, "PipelineCanceledData">(Field<"error", &event::RunCanceled::error>);

template <>
constexpr auto kClass<event::HookErrored> =
    Class<event::HookErrored, "HookErroredData">(Field<"error", &event::HookErrored::error>);

template <>
constexpr auto kClass<DagsterEvent> = Class<DagsterEvent, "DagsterEvent">(
    Field<"event_specific_data", &DagsterEvent::data>, Field<"event_type_value", &DagsterEvent::type, AsEventTypeValue>,
    Field<"logging_tags", &DagsterEvent::logging_tags>, Field<"message", &DagsterEvent::message>,
    Field<"pid", &DagsterEvent::pid>, Field<"pipeline_name", &DagsterEvent::job_name, NullAsEmpty>,
    Field<"solid_handle", &DagsterEvent::node_handle>, Field<"step_handle", &DagsterEvent::step_handle>,
    Field<"step_key", &DagsterEvent::step_key>, Field<"step_kind_value", &DagsterEvent::step_kind>);

namespace {

std::string TextOf(const json::Value& object, std::string_view field) {
  const json::Value* text = object.Find(field);
  return text != nullptr && text->is_string() ? text->AsString() : std::string();
}

/// As in Dagster, an event that this version cannot read is shown as one of the engine, so that it hides no other. What
/// was stored goes along whole.
DagsterEvent UnreadableEvent(const json::Value& stored, const Error& reason) {
  DagsterEvent event;
  event.job_name = TextOf(stored, "pipeline_name");
  if (std::string key = TextOf(stored, "step_key"); !key.empty()) event.step_key = std::move(key);
  std::string message = "An event that this version cannot read, of type " + TextOf(stored, "event_type_value");
  const std::string original = TextOf(stored, "message");
  message += original.empty() ? "." : ": " + original;
  event.message = std::move(message);
  event::Engine data;
  data.metadata.emplace_back("stored_event", metadata::Json{stored});
  data.error.emplace();
  data.error->cls_name = "DeserializationError";
  data.error->message = std::string(reason.what()) + "; a newer version wrote it: upgrade to read it\n";
  event.data = std::move(data);
  return event;
}

}  // namespace

template <>
constexpr WhenUnreadable<DagsterEvent> kWhenUnreadable<DagsterEvent> = UnreadableEvent;
template struct External<DagsterEvent>;

template <>
constexpr auto kClass<EventLogEntry> = Class<EventLogEntry, "EventLogEntry">(
    Field<"dagster_event", &EventLogEntry::dagster_event>, Field<"error_info", &EventLogEntry::error_info>,
    Field<"level", &EventLogEntry::level>, Constant<"message", EventLogEntry, "\"\"">,
    Field<"pipeline_name", &EventLogEntry::job_name, NullAsEmpty>, Field<"run_id", &EventLogEntry::run_id>,
    Field<"step_key", &EventLogEntry::step_key>, Field<"timestamp", &EventLogEntry::timestamp>,
    Field<"user_message", &EventLogEntry::user_message, NullAsEmpty>);
template struct External<EventLogEntry>;

template <>
constexpr auto kClass<EventLogRecord> = Class<EventLogRecord, "EventLogRecord">(
    Field<"event_log_entry", &EventLogRecord::event_log_entry>, Field<"storage_id", &EventLogRecord::storage_id>);

TIDEMILL_SERDES_INSTANTIATE(DagsterEvent);
TIDEMILL_SERDES_INSTANTIATE(EventLogEntry);
TIDEMILL_SERDES_INSTANTIATE(EventLogRecord);

}  // namespace tidemill::serdes
