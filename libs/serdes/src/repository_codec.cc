#include "enums.h"
#include "external.h"
#include "instantiate.h"

namespace tidemill::serdes {

using namespace model;

template <>
constexpr auto kClass<AssetDependencySnap> = Class<AssetDependencySnap, "ExternalAssetDependency">(
    Field<"input_name", &AssetDependencySnap::input_name>, Field<"output_name", &AssetDependencySnap::output_name>,
    Field<"partition_mapping", &AssetDependencySnap::partition_mapping>,
    Field<"upstream_asset_key", &AssetDependencySnap::upstream_asset_key>);

template <>
constexpr auto kClass<BackfillPolicy> =
    Class<BackfillPolicy, "BackfillPolicy">(Field<"max_partitions_per_run", &BackfillPolicy::max_partitions_per_run>);

template <>
constexpr auto kClass<AssetNodeSnap> = Class<AssetNodeSnap, "ExternalAssetNode">(
    Field<"asset_key", &AssetNodeSnap::asset_key>,
    Field<"atomic_execution_unit_id", &AssetNodeSnap::atomic_execution_unit_id>,
    Field<"auto_materialize_policy", &AssetNodeSnap::auto_materialize_policy>,
    Field<"auto_observe_interval_minutes", &AssetNodeSnap::auto_observe_interval_minutes>,
    Field<"automation_condition_snapshot", &AssetNodeSnap::automation_condition_snapshot>,
    Field<"backfill_policy", &AssetNodeSnap::backfill_policy>, Field<"code_version", &AssetNodeSnap::code_version>,
    Field<"compute_kind", &AssetNodeSnap::compute_kind>, Constant<"depended_by", AssetNodeSnap, "[]">,
    Field<"dependencies", &AssetNodeSnap::dependencies>, Field<"execution_type", &AssetNodeSnap::execution_type>,
    Field<"freshness_policy", &AssetNodeSnap::legacy_freshness_policy>, Field<"graph_name", &AssetNodeSnap::graph_name>,
    Field<"group_name", &AssetNodeSnap::group_name>, Field<"is_observable", &AssetNodeSnap::is_observable>,
    Field<"is_source", &AssetNodeSnap::is_source>, Field<"is_virtual", &AssetNodeSnap::is_virtual>,
    Field<"job_names", &AssetNodeSnap::job_names>, Field<"metadata_entries", &AssetNodeSnap::metadata, AsEntries>,
    Field<"new_freshness_policy", &AssetNodeSnap::freshness_policy>,
    Field<"node_definition_name", &AssetNodeSnap::node_definition_name>,
    Field<"op_description", &AssetNodeSnap::description>, Field<"op_name", &AssetNodeSnap::op_name>,
    Field<"op_names", &AssetNodeSnap::op_names>, Field<"output_name", &AssetNodeSnap::output_name>,
    Field<"owners", &AssetNodeSnap::owners>, Field<"partitions_def_data", &AssetNodeSnap::partitions>,
    Field<"pools", &AssetNodeSnap::pools, AsSet>,
    Field<"required_top_level_resources", &AssetNodeSnap::required_top_level_resources>,
    Field<"tags", &AssetNodeSnap::tags>);

template <>
constexpr auto kClass<AssetCheckSnap> = Class<AssetCheckSnap, "ExternalAssetCheck">(
    Field<"additional_asset_keys", &AssetCheckSnap::additional_asset_keys>,
    Field<"asset_key", &AssetCheckSnap::asset_key>,
    Field<"atomic_execution_unit_id", &AssetCheckSnap::atomic_execution_unit_id>,
    Field<"automation_condition", &AssetCheckSnap::automation_condition>,
    Field<"automation_condition_snapshot", &AssetCheckSnap::automation_condition_snapshot>,
    Field<"blocking", &AssetCheckSnap::blocking>, Field<"description", &AssetCheckSnap::description>,
    Field<"job_names", &AssetCheckSnap::job_names>, Field<"name", &AssetCheckSnap::name>,
    Field<"partitions_def_snapshot", &AssetCheckSnap::partitions>);

template <>
constexpr auto kClass<ScheduleSnap> = Class<ScheduleSnap, "ExternalScheduleData">(
    Field<"asset_selection", &ScheduleSnap::asset_selection>,
    Field<"cron_schedule", &ScheduleSnap::cron_schedules, AsCron>,
    NullableField<"default_status", &ScheduleSnap::default_status, EnumAs<"DefaultScheduleStatus">>,
    Field<"description", &ScheduleSnap::description>, Field<"environment_vars", &ScheduleSnap::environment_vars>,
    Field<"execution_timezone", &ScheduleSnap::execution_timezone>, Field<"metadata", &ScheduleSnap::metadata>,
    Field<"mode", &ScheduleSnap::mode>, Field<"name", &ScheduleSnap::name>, Field<"owners", &ScheduleSnap::owners>,
    Field<"partition_set_name", &ScheduleSnap::partition_set_name>, Field<"pipeline_name", &ScheduleSnap::job_name>,
    Field<"solid_selection", &ScheduleSnap::op_selection>, Field<"tags", &ScheduleSnap::tags>);

template <>
constexpr auto kClass<SensorTargetSnap> = Class<SensorTargetSnap, "ExternalTargetData">(
    Field<"mode", &SensorTargetSnap::mode>, Field<"pipeline_name", &SensorTargetSnap::job_name>,
    Field<"solid_selection", &SensorTargetSnap::op_selection>);

namespace {

constexpr auto kSensorMetadata = Class<SensorSnap, "ExternalSensorMetadata">(
    Field<"asset_keys", &SensorSnap::monitored_asset_keys>, Field<"standard_metadata", &SensorSnap::standard_metadata>);

constexpr auto kResourceConfigSchema =
    Class<ResourceSnap, "ConfigSchemaSnapshot">(Field<"all_config_snaps_by_key", &ResourceSnap::config_schema>);

}  // namespace

template <>
constexpr auto kClass<SensorSnap> = Class<SensorSnap, "ExternalSensorData">(
    Field<"asset_selection", &SensorSnap::asset_selection>,
    NullableField<"default_status", &SensorSnap::default_status, EnumAs<"DefaultSensorStatus">>,
    Field<"description", &SensorSnap::description>, Nested<"metadata", kSensorMetadata>(),
    Field<"min_interval", &SensorSnap::min_interval_seconds>, Field<"mode", &SensorSnap::mode>,
    Field<"name", &SensorSnap::name>, Field<"owners", &SensorSnap::owners>,
    Field<"pipeline_name", &SensorSnap::job_name>, Field<"run_tags", &SensorSnap::run_tags>,
    NullableField<"sensor_type", &SensorSnap::sensor_type, EnumText<"SensorType">>,
    Field<"solid_selection", &SensorSnap::op_selection>, Field<"tags", &SensorSnap::tags>,
    Field<"target_dict", &SensorSnap::targets>);

template <>
constexpr auto kClass<ResourceJobUsage> = Class<ResourceJobUsage, "ResourceJobUsageEntry">(
    Field<"job_name", &ResourceJobUsage::job_name>, Field<"node_handles", &ResourceJobUsage::node_handles>);

template <>
constexpr auto kClass<ResourceSnap> = Class<ResourceSnap, "ExternalResourceData">(
    Field<"asset_keys_using", &ResourceSnap::asset_keys_using>,
    Field<"config_field_snaps", &ResourceSnap::config_fields>, Nested<"config_schema_snap", kResourceConfigSchema>(),
    Field<"configured_values", &ResourceSnap::configured_values>,
    Field<"dagster_maintained", &ResourceSnap::dagster_maintained>, Field<"is_top_level", &ResourceSnap::is_top_level>,
    Field<"job_ops_using", &ResourceSnap::job_ops_using>, Field<"name", &ResourceSnap::name>,
    Field<"nested_resources", &ResourceSnap::nested_resources>,
    Field<"parent_resources", &ResourceSnap::parent_resources>, Field<"resource_snapshot", &ResourceSnap::definition>,
    Field<"resource_type", &ResourceSnap::resource_type>, Field<"schedules_using", &ResourceSnap::schedules_using>,
    Field<"sensors_using", &ResourceSnap::sensors_using>);

template <>
constexpr auto kClass<PartitionSetSnap> = Class<PartitionSetSnap, "ExternalPartitionSetData">(
    Field<"backfill_policy", &PartitionSetSnap::backfill_policy>,
    Field<"external_partitions_data", &PartitionSetSnap::partitions>, Field<"mode", &PartitionSetSnap::mode>,
    Field<"name", &PartitionSetSnap::name>, Field<"pipeline_name", &PartitionSetSnap::job_name>,
    Field<"solid_selection", &PartitionSetSnap::op_selection>);

template <>
constexpr auto kClass<JobRefSnap> = Class<JobRefSnap, "ExternalJobRef">(
    Field<"active_presets", &JobRefSnap::active_presets>,
    NullableField<"automation_condition", &JobRefSnap::automation_condition>,
    Constant<"is_legacy_pipeline", JobRefSnap, "false">, Field<"name", &JobRefSnap::name>,
    Field<"owners", &JobRefSnap::owners>, Field<"parent_snapshot_id", &JobRefSnap::parent_snapshot_id>,
    Field<"preview_tags", &JobRefSnap::preview_tags>, Field<"snapshot_id", &JobRefSnap::snapshot_id>);

template <>
constexpr auto kClass<JobDataSnap> = Class<JobDataSnap, "ExternalPipelineData">(
    Field<"active_presets", &JobDataSnap::active_presets>, Constant<"is_job", JobDataSnap, "true">,
    Field<"name", &JobDataSnap::name>, Field<"parent_pipeline_snapshot", &JobDataSnap::parent_job>,
    Field<"pipeline_snapshot", &JobDataSnap::job>);

template <>
constexpr auto kClass<RepositorySnap> = Class<RepositorySnap, "ExternalRepositoryData">(
    EmptyableField<"component_tree", &RepositorySnap::component_tree>,
    EmptyableField<"defs_state_info", &RepositorySnap::defs_state_info>,
    Field<"external_asset_checks", &RepositorySnap::asset_checks>,
    Field<"external_asset_graph_data", &RepositorySnap::asset_nodes>,
    Field<"external_job_refs", &RepositorySnap::job_refs>,
    Field<"external_partition_set_datas", &RepositorySnap::partition_sets>,
    Field<"external_pipeline_datas", &RepositorySnap::jobs>,
    Field<"external_resource_data", &RepositorySnap::resources>,
    Field<"external_schedule_datas", &RepositorySnap::schedules>,
    Field<"external_sensor_datas", &RepositorySnap::sensors>, Field<"metadata", &RepositorySnap::metadata>,
    Field<"name", &RepositorySnap::name>, Field<"utilized_env_vars", &RepositorySnap::utilized_env_vars>);

TIDEMILL_SERDES_INSTANTIATE(AssetNodeSnap);
TIDEMILL_SERDES_INSTANTIATE(JobDataSnap);
TIDEMILL_SERDES_INSTANTIATE(RepositorySnap);

}  // namespace tidemill::serdes
