#include "external.h"
#include "instantiate.h"

namespace tidemill::serdes {

using namespace model;

template <>
constexpr EnumNames<6> kEnum<DagsterTypeKind>{"DagsterTypeKind",
                                              {"ANY", "SCALAR", "LIST", "NOTHING", "NULLABLE", "REGULAR"}};

namespace {

/// A list that is sorted by name on disk.
struct ByName {
  template <class E>
  static void Write(std::string& out, const std::vector<E>& list) {
    std::vector<const E*> sorted;
    sorted.reserve(list.size());
    for (const E& item : list) sorted.push_back(&item);
    std::stable_sort(sorted.begin(), sorted.end(), [](const E* a, const E* b) { return a->name < b->name; });
    out.push_back('[');
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      if (i > 0) out.append(", ");
      Codec<E>::Write(out, *sorted[i]);
    }
    out.push_back(']');
  }
  template <class E>
  static void Read(std::vector<E>& list, const json::Value& value) {
    list = Codec<std::vector<E>>::Read(value);
  }
};

/// A list of exactly one: jobs have had one mode since modes were given up.
struct AsListOfOne {
  template <class E>
  static void Write(std::string& out, const E& item) {
    out.push_back('[');
    Codec<E>::Write(out, item);
    out.push_back(']');
  }
  template <class E>
  static void Read(E& item, const json::Value& value) {
    const json::Array& list = value.AsArray();
    if (list.size() != 1) ThrowInvalid("a list of one is expected");
    item = Codec<E>::Read(list.front());
  }
};

}  // namespace

template <>
constexpr auto kClass<DagsterTypeSnap> = Class<DagsterTypeSnap, "DagsterTypeSnap">(
    Field<"description", &DagsterTypeSnap::description>, Field<"display_name", &DagsterTypeSnap::display_name>,
    Field<"is_builtin", &DagsterTypeSnap::is_builtin>, Field<"key", &DagsterTypeSnap::key>,
    Field<"kind", &DagsterTypeSnap::kind>, Field<"loader_schema_key", &DagsterTypeSnap::loader_schema_key>,
    Field<"materializer_schema_key", &DagsterTypeSnap::materializer_schema_key>,
    EmptyableField<"metadata_entries", &DagsterTypeSnap::metadata, AsEntries>, Field<"name", &DagsterTypeSnap::name>,
    Field<"type_param_keys", &DagsterTypeSnap::type_param_keys>);

template <>
constexpr auto kClass<InputDefSnap> = Class<InputDefSnap, "InputDefSnap">(
    Field<"dagster_type_key", &InputDefSnap::dagster_type_key>, Field<"description", &InputDefSnap::description>,
    EmptyableField<"metadata_entries", &InputDefSnap::metadata, AsEntries>, Field<"name", &InputDefSnap::name>);

template <>
constexpr auto kClass<OutputDefSnap> = Class<OutputDefSnap, "OutputDefSnap">(
    Field<"dagster_type_key", &OutputDefSnap::dagster_type_key>, Field<"description", &OutputDefSnap::description>,
    Field<"is_dynamic", &OutputDefSnap::is_dynamic>, Field<"is_required", &OutputDefSnap::is_required>,
    EmptyableField<"metadata_entries", &OutputDefSnap::metadata, AsEntries>, Field<"name", &OutputDefSnap::name>);

template <>
constexpr auto kClass<OpDefSnap> = Class<OpDefSnap, "SolidDefSnap">(
    Field<"config_field_snap", &OpDefSnap::config_field>, Field<"description", &OpDefSnap::description>,
    Field<"input_def_snaps", &OpDefSnap::inputs, ByName>, Field<"name", &OpDefSnap::name>,
    Field<"output_def_snaps", &OpDefSnap::outputs, ByName>, NullableField<"pool", &OpDefSnap::pool>,
    Field<"required_resource_keys", &OpDefSnap::required_resource_keys>, Field<"tags", &OpDefSnap::tags>);

template <>
constexpr auto kClass<OutputHandleSnap> = Class<OutputHandleSnap, "OutputHandleSnap">(
    Field<"output_name", &OutputHandleSnap::output_name>, Field<"solid_name", &OutputHandleSnap::node_name>);

template <>
constexpr auto kClass<InputDependencySnap> = Class<InputDependencySnap, "InputDependencySnap">(
    Field<"input_name", &InputDependencySnap::input_name>,
    Field<"is_dynamic_collect", &InputDependencySnap::is_dynamic_collect>,
    Field<"upstream_output_snaps", &InputDependencySnap::upstream_outputs>);

template <>
constexpr auto kClass<NodeInvocationSnap> = Class<NodeInvocationSnap, "SolidInvocationSnap">(
    Field<"input_dep_snaps", &NodeInvocationSnap::input_dependencies>,
    Field<"is_dynamic_mapped", &NodeInvocationSnap::is_dynamic_mapped>,
    Field<"solid_def_name", &NodeInvocationSnap::node_def_name>, Field<"solid_name", &NodeInvocationSnap::node_name>,
    Field<"tags", &NodeInvocationSnap::tags>);

template <>
constexpr auto kClass<DependencyStructureSnap> = Class<DependencyStructureSnap, "DependencyStructureSnapshot">(
    Field<"solid_invocation_snaps", &DependencyStructureSnap::node_invocations>);

template <>
constexpr auto kClass<InputMappingSnap> =
    Class<InputMappingSnap, "InputMappingSnap">(Field<"external_input_name", &InputMappingSnap::external_input_name>,
                                                Field<"mapped_input_name", &InputMappingSnap::mapped_input_name>,
                                                Field<"mapped_solid_name", &InputMappingSnap::mapped_node_name>);

template <>
constexpr auto kClass<OutputMappingSnap> = Class<OutputMappingSnap, "OutputMappingSnap">(
    Field<"external_output_name", &OutputMappingSnap::external_output_name>,
    Field<"mapped_output_name", &OutputMappingSnap::mapped_output_name>,
    Field<"mapped_solid_name", &OutputMappingSnap::mapped_node_name>);

template <>
constexpr auto kClass<GraphDefSnap> = Class<GraphDefSnap, "CompositeSolidDefSnap">(
    Field<"config_field_snap", &GraphDefSnap::config_field>,
    Field<"dep_structure_snapshot", &GraphDefSnap::dependencies>, Field<"description", &GraphDefSnap::description>,
    Field<"input_def_snaps", &GraphDefSnap::inputs, ByName>,
    Field<"input_mapping_snaps", &GraphDefSnap::input_mappings>, Field<"name", &GraphDefSnap::name>,
    Field<"output_def_snaps", &GraphDefSnap::outputs, ByName>,
    Field<"output_mapping_snaps", &GraphDefSnap::output_mappings>, EmptyableField<"pools", &GraphDefSnap::pools, AsSet>,
    Field<"tags", &GraphDefSnap::tags>);

template <>
constexpr auto kClass<ResourceDefSnap> = Class<ResourceDefSnap, "ResourceDefSnap">(
    Field<"config_field_snap", &ResourceDefSnap::config_field>, Field<"description", &ResourceDefSnap::description>,
    Field<"name", &ResourceDefSnap::name>);
template struct External<ResourceDefSnap>;

template <>
constexpr auto kClass<LoggerDefSnap> = Class<LoggerDefSnap, "LoggerDefSnap">(
    Field<"config_field_snap", &LoggerDefSnap::config_field>, Field<"description", &LoggerDefSnap::description>,
    Field<"name", &LoggerDefSnap::name>);

template <>
constexpr auto kClass<ModeDefSnap> = Class<ModeDefSnap, "ModeDefSnap">(
    Field<"description", &ModeDefSnap::description>, Field<"logger_def_snaps", &ModeDefSnap::loggers>,
    Field<"name", &ModeDefSnap::name>, Field<"resource_def_snaps", &ModeDefSnap::resources>,
    Field<"root_config_key", &ModeDefSnap::root_config_key>);

template <>
constexpr auto kClass<JobLineageSnap> = Class<JobLineageSnap, "PipelineSnapshotLineage">(
    EitherSetField<"asset_check_selection", &JobLineageSnap::asset_check_selection,
                   &JobLineageSnap::asset_check_selection_frozen>,
    EitherSetField<"asset_selection", &JobLineageSnap::asset_selection, &JobLineageSnap::asset_selection_frozen>,
    Field<"parent_snapshot_id", &JobLineageSnap::parent_snapshot_id>,
    Field<"solid_selection", &JobLineageSnap::op_selection>,
    EitherSetField<"solids_to_execute", &JobLineageSnap::resolved_op_selection,
                   &JobLineageSnap::resolved_op_selection_frozen>);

namespace {

constexpr auto kConfigSchema =
    Class<JobSnap, "ConfigSchemaSnapshot">(Field<"all_config_snaps_by_key", &JobSnap::config_schema>);

constexpr auto kTypeNamespace =
    Class<JobSnap, "DagsterTypeNamespaceSnapshot">(Field<"all_dagster_type_snaps_by_key", &JobSnap::dagster_types>);

constexpr auto kDefinitions = Class<JobSnap, "SolidDefinitionsSnapshot">(
    Field<"composite_solid_def_snaps", &JobSnap::graph_defs>, Field<"solid_def_snaps", &JobSnap::op_defs>);

/// Snapshots of before the graph's name was kept lack it: it was the job's.
struct GraphName {
  static void Write(std::string& out, const JobSnap& job) {
    json::AppendQuoted(out, job.graph_def_name.empty() ? job.name : job.graph_def_name);
  }
  static void Read(JobSnap& job, const json::Value& value) {
    job.graph_def_name = value.is_null() ? std::string() : value.AsString();
  }
};

}  // namespace

template <>
constexpr auto kClass<JobSnap> = Class<JobSnap, "PipelineSnapshot">(
    NullableField<"automation_condition", &JobSnap::automation_condition>,
    Nested<"config_schema_snapshot", kConfigSchema>(), Nested<"dagster_type_namespace_snapshot", kTypeNamespace>(),
    Field<"dep_structure_snapshot", &JobSnap::dependencies>, Field<"description", &JobSnap::description>,
    Computed<"graph_def_name", JobSnap, GraphName::Write, GraphName::Read>,
    Field<"lineage_snapshot", &JobSnap::lineage>, EmptyableField<"metadata", &JobSnap::metadata, AsEntries>,
    Field<"mode_def_snaps", &JobSnap::mode, AsListOfOne>, Field<"name", &JobSnap::name>,
    NullableField<"owners", &JobSnap::owners>, NullableField<"run_tags", &JobSnap::run_tags>,
    Nested<"solid_definitions_snapshot", kDefinitions>(), Field<"tags", &JobSnap::tags>);
template struct External<JobSnap>;

TIDEMILL_SERDES_INSTANTIATE(JobSnap);

}  // namespace tidemill::serdes
