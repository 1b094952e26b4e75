#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/model/config_snap.h>
#include <tidemill/model/ids.h>
#include <tidemill/model/job_snap.h>
#include <tidemill/model/plan_snap.h>

namespace tidemill::model {

struct StaticPartitionsSnap {
  std::vector<std::string> partition_keys;
};
struct TimeWindowPartitionsSnap {
  double start = 0;  ///< Seconds since the epoch.
  std::optional<double> end;
  std::string timezone = "UTC";
  std::string fmt;  ///< strftime form of the keys.
  std::int64_t end_offset = 0;
  std::string cron_schedule;
  json::Value exclusions;
};
struct DynamicPartitionsSnap {
  std::optional<std::string> name;
};
struct MultiPartitionsSnap;

using PartitionsSnap =
    std::variant<StaticPartitionsSnap, TimeWindowPartitionsSnap, DynamicPartitionsSnap, MultiPartitionsSnap>;

/// Dimensions sorted by name; a key's text is the dimensions' keys joined by '|' in that order.
struct MultiPartitionsSnap {
  std::vector<std::pair<std::string, PartitionsSnap>> dimensions;
};

struct AssetDependencySnap {
  AssetKey upstream_asset_key;
  json::Value partition_mapping;  ///< A PartitionMapping as serdes JSON, or null for the default.
  std::optional<std::string> input_name;
  std::optional<std::string> output_name;
};

struct BackfillPolicy {
  std::optional<std::int64_t> max_partitions_per_run = 1;
};

/// One asset of a code location (ExternalAssetNode).
struct AssetNodeSnap {
  AssetKey asset_key;
  std::vector<AssetDependencySnap> dependencies;
  AssetExecutionType execution_type = AssetExecutionType::kMaterialization;
  std::vector<std::string> pools;
  std::optional<std::string> compute_kind;
  std::optional<std::string> op_name;
  std::vector<std::string> op_names;
  std::optional<std::string> code_version;
  std::optional<std::string> node_definition_name;
  std::optional<std::string> graph_name;
  std::optional<std::string> description;
  std::vector<std::string> job_names;
  std::optional<PartitionsSnap> partitions;
  std::optional<std::string> output_name;
  Metadata metadata;
  Tags tags;
  std::optional<std::string> group_name;
  json::Value legacy_freshness_policy;
  json::Value freshness_policy;
  bool is_source = false;
  bool is_observable = false;
  std::optional<bool> is_virtual;
  std::optional<std::string> atomic_execution_unit_id;
  std::vector<std::string> required_top_level_resources;
  json::Value auto_materialize_policy;
  json::Value automation_condition_snapshot;
  std::optional<BackfillPolicy> backfill_policy;
  json::Value auto_observe_interval_minutes;  ///< Null, an integer or a float.
  std::vector<std::string> owners;
};

struct AssetCheckSnap {
  std::string name;
  AssetKey asset_key;
  std::optional<std::string> description;
  std::optional<std::string> atomic_execution_unit_id;
  std::vector<std::string> job_names;
  bool blocking = false;
  std::vector<AssetKey> additional_asset_keys;
  json::Value automation_condition;
  json::Value automation_condition_snapshot;
  std::optional<PartitionsSnap> partitions;
};

enum class InstigatorStatus { kRunning, kStopped, kDeclaredInCode };

struct ScheduleSnap {
  std::string name;
  std::vector<std::string> cron_schedules;  ///< One is written as a string, several as a list.
  std::string job_name;
  std::optional<std::vector<std::string>> op_selection;
  std::optional<std::string> mode = "default";
  json::Value environment_vars = json::Object{};
  std::optional<std::string> partition_set_name;
  std::optional<std::string> execution_timezone;
  std::optional<std::string> description;
  std::optional<InstigatorStatus> default_status;
  json::Value asset_selection;
  Tags tags;
  Metadata metadata;
  std::optional<std::vector<std::string>> owners;
};

struct SensorTargetSnap {
  std::string job_name;
  std::string mode = "default";
  std::optional<std::vector<std::string>> op_selection;
};

struct SensorSnap {
  std::string name;
  std::optional<std::string> job_name;
  std::optional<std::vector<std::string>> op_selection;
  std::optional<std::string> mode;
  std::optional<std::int64_t> min_interval_seconds;
  std::optional<std::string> description;
  std::vector<std::pair<std::string, SensorTargetSnap>> targets;  ///< By job name.
  std::optional<std::vector<AssetKey>> monitored_asset_keys;
  std::optional<Metadata> standard_metadata;
  std::optional<InstigatorStatus> default_status;
  std::optional<std::string> sensor_type;  ///< Enum member, e.g. "STANDARD".
  json::Value asset_selection;
  Tags tags;
  Tags run_tags;
  std::optional<std::vector<std::string>> owners;
};

struct ResourceJobUsage {
  std::string job_name;
  std::vector<NodeHandle> node_handles;
};

struct ResourceSnap {
  std::string name;
  ResourceDefSnap definition;
  json::Value configured_values = json::Object{};
  std::vector<ConfigFieldSnap> config_fields;
  ConfigSchemaSnap config_schema;
  json::Value nested_resources = json::Object{};
  json::Value parent_resources = json::Object{};
  std::string resource_type;
  bool is_top_level = true;
  std::vector<AssetKey> asset_keys_using;
  std::vector<ResourceJobUsage> job_ops_using;
  bool dagster_maintained = false;
  std::vector<std::string> schedules_using;
  std::vector<std::string> sensors_using;
};

struct PartitionSetSnap {
  std::string name;
  std::string job_name;
  std::optional<std::vector<std::string>> op_selection;
  std::optional<std::string> mode = "default";
  std::optional<PartitionsSnap> partitions;
  std::optional<BackfillPolicy> backfill_policy;
};

struct JobRefSnap {
  std::string name;
  std::string snapshot_id;
  json::Array active_presets;
  std::optional<std::string> parent_snapshot_id;
  Tags preview_tags;
  std::optional<std::vector<std::string>> owners;
  json::Value automation_condition;
};

/// A job with what the launchpad needs beside its structure (ExternalPipelineData).
struct JobDataSnap {
  std::string name;
  JobSnap job;
  std::optional<JobSnap> parent_job;
  json::Array active_presets;
};

/// Everything one repository of a code location defines (ExternalRepositoryData).
struct RepositorySnap {
  std::string name = "__repository__";
  std::vector<ScheduleSnap> schedules;
  std::vector<PartitionSetSnap> partition_sets;
  std::vector<SensorSnap> sensors;
  std::vector<AssetNodeSnap> asset_nodes;
  std::optional<std::vector<JobDataSnap>> jobs;  ///< Exactly one of jobs and job_refs is set.
  std::optional<std::vector<JobRefSnap>> job_refs;
  std::vector<ResourceSnap> resources;
  std::vector<AssetCheckSnap> asset_checks;
  Metadata metadata;
  json::Value utilized_env_vars = json::Object{};
  json::Value component_tree;
  json::Value defs_state_info;
};

}  // namespace tidemill::model
