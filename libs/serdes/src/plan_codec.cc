#include "enums.h"
#include "external.h"
#include "instantiate.h"

namespace tidemill::serdes {

using namespace model;

template <>
constexpr bool kKeepsAny<input_source::Unknown> = true;

template <>
constexpr EnumNames<3> kEnum<StepKind>{"StepKind", {"COMPUTE", "UNRESOLVED_MAPPED", "UNRESOLVED_COLLECT"}};

template <>
std::string PythonText(const StepOutputHandle& handle) {
  std::string text = "StepOutputHandle(step_key=";
  AppendPythonRepr(text, handle.step_key);
  text.append(", output_name=");
  AppendPythonRepr(text, handle.output_name);
  text.append(", mapping_key=");
  if (handle.mapping_key) {
    AppendPythonRepr(text, *handle.mapping_key);
  } else {
    text.append("None");
  }
  text.push_back(')');
  return text;
}

// ---- Sources of inputs. Most carry a node and an input that nothing reads any more; Dagster writes empty names.

namespace {

template <class T>
constexpr auto kNoInputName = Constant<"input_name", T, "\"\"">;

template <class T>
constexpr auto kNoHandle = Constant<"solid_handle", T, R"({"__class__": "SolidHandle", "name": "", "parent": null})">;

}  // namespace

template <>
constexpr auto kClass<input_source::StepOutput> = Class<input_source::StepOutput, "FromStepOutput">(
    Field<"fan_in", &input_source::StepOutput::fan_in>, kNoInputName<input_source::StepOutput>,
    kNoHandle<input_source::StepOutput>, Field<"step_output_handle", &input_source::StepOutput::handle>);

template <>
constexpr auto kClass<input_source::LoadableAsset> = Class<input_source::LoadableAsset, "FromSourceAsset">(
    Field<"input_name", &input_source::LoadableAsset::input_name>,
    Field<"ordering_step_keys", &input_source::LoadableAsset::ordering_step_keys, AsFrozenSet>,
    Field<"solid_handle", &input_source::LoadableAsset::node_handle>);

template <>
constexpr auto kClass<input_source::InputManager> = Class<input_source::InputManager, "FromRootInputManager">(
    Field<"input_name", &input_source::InputManager::input_name>,
    Field<"solid_handle", &input_source::InputManager::node_handle>);

template <>
constexpr auto kClass<input_source::Config> = Class<input_source::Config, "FromConfig">(
    Field<"input_name", &input_source::Config::input_name>, Field<"solid_handle", &input_source::Config::node_handle>);

template <>
constexpr auto kClass<input_source::DefaultValue> = Class<input_source::DefaultValue, "FromDefaultValue">(
    Field<"input_name", &input_source::DefaultValue::input_name>,
    Field<"solid_handle", &input_source::DefaultValue::node_handle>);

template <>
constexpr auto kClass<input_source::DirectValue> = Class<input_source::DirectValue, "FromDirectInputValue">(
    Field<"input_name", &input_source::DirectValue::input_name>);

template <>
constexpr auto kClass<input_source::MultipleSources> = Class<input_source::MultipleSources, "FromMultipleSources">(
    kNoInputName<input_source::MultipleSources>, kNoHandle<input_source::MultipleSources>,
    Field<"sources", &input_source::MultipleSources::sources>);

template <>
constexpr auto kClass<input_source::GatedSource> =
    Class<input_source::GatedSource, "FromMultipleSourcesLoadSingleSource">(
        Field<"source_to_load_from", &input_source::GatedSource::source_to_load_from>,
        Field<"sources", &input_source::GatedSource::sources>);

// ---- Steps

template <>
constexpr auto kClass<StepInputSnap> = Class<StepInputSnap, "ExecutionStepInputSnap">(
    Field<"dagster_type_key", &StepInputSnap::dagster_type_key>, Field<"name", &StepInputSnap::name>,
    Field<"source", &StepInputSnap::source>, Field<"upstream_output_handles", &StepInputSnap::upstream_output_handles>);

template <>
constexpr auto kClass<StepOutputProperties> = Class<StepOutputProperties, "StepOutputProperties">(
    Field<"asset_check_key", &StepOutputProperties::asset_check_key>,
    Field<"asset_execution_type", &StepOutputProperties::asset_execution_type>,
    Field<"asset_key", &StepOutputProperties::asset_key>, Field<"is_asset", &StepOutputProperties::is_asset>,
    Field<"is_asset_partitioned", &StepOutputProperties::is_asset_partitioned>,
    Field<"is_dynamic", &StepOutputProperties::is_dynamic>, Field<"is_required", &StepOutputProperties::is_required>,
    Field<"should_materialize", &StepOutputProperties::should_materialize>);

template <>
constexpr auto kClass<StepOutputSnap> = Class<StepOutputSnap, "ExecutionStepOutputSnap">(
    Field<"dagster_type_key", &StepOutputSnap::dagster_type_key>, Field<"name", &StepOutputSnap::name>,
    Field<"properties", &StepOutputSnap::properties>, Field<"solid_handle", &StepOutputSnap::node_handle>);

namespace {

/// The step's tags once more, as items.
void WriteMetadataItems(std::string& out, const StepSnap& step) {
  std::vector<std::pair<std::string, std::string>> tags = step.tags;
  std::sort(tags.begin(), tags.end());
  out.push_back('[');
  for (const auto& [key, value] : tags) {
    if (out.back() != '[') out.append(", ");
    out.append(R"({"__class__": "ExecutionPlanMetadataItemSnap", "key": )");
    json::AppendQuoted(out, key);
    out.append(R"(, "value": )");
    json::AppendQuoted(out, value);
    out.push_back('}');
  }
  out.push_back(']');
}

void WriteHandleId(std::string& out, const StepSnap& step) { json::AppendQuoted(out, step.node_handle.ToString()); }

void WriteStepHandle(std::string& out, const StepSnap& step) {
  Codec<StepHandle>::Write(out, StepHandle{step.node_handle, step.key});
}

void ReadStepHandle(StepSnap& step, const json::Value& value) {
  step.node_handle = Codec<StepHandle>::Read(value).node_handle;
}

}  // namespace

template <>
constexpr auto kClass<StepSnap> = Class<StepSnap, "ExecutionStepSnap">(
    Field<"inputs", &StepSnap::inputs>, Field<"key", &StepSnap::key>, Field<"kind", &StepSnap::kind>,
    Computed<"metadata_items", StepSnap, WriteMetadataItems>, Field<"outputs", &StepSnap::outputs>,
    NullableField<"pool", &StepSnap::pool>, Computed<"solid_handle_id", StepSnap, WriteHandleId>,
    Computed<"step_handle", StepSnap, WriteStepHandle, ReadStepHandle>, Field<"tags", &StepSnap::tags>);

template <>
constexpr auto kClass<KnownState> = Class<KnownState, "KnownExecutionState">(
    Field<"dynamic_mappings", &KnownState::dynamic_mappings>, Field<"parent_state", &KnownState::parent_state>,
    Field<"previous_retry_attempts", &KnownState::previous_retry_attempts>,
    EitherSetField<"ready_outputs", &KnownState::ready_outputs, &KnownState::ready_outputs_frozen>,
    Field<"step_output_versions", &KnownState::step_output_versions>);

template <>
constexpr auto kClass<PlanSnap> = Class<PlanSnap, "ExecutionPlanSnapshot">(
    Field<"artifacts_persisted", &PlanSnap::artifacts_persisted>, Field<"executor_name", &PlanSnap::executor_name>,
    Field<"initial_known_state", &PlanSnap::initial_known_state>,
    Field<"pipeline_snapshot_id", &PlanSnap::job_snapshot_id>,
    EmptyableField<"repository_load_data", &PlanSnap::repository_load_data>,
    Constant<"snapshot_version", PlanSnap, "1">, Field<"step_keys_to_execute", &PlanSnap::step_keys_to_execute>,
    Field<"steps", &PlanSnap::steps>);

TIDEMILL_SERDES_INSTANTIATE(KnownState);
TIDEMILL_SERDES_INSTANTIATE(PlanSnap);

}  // namespace tidemill::serdes
