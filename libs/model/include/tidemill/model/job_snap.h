#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/model/config_snap.h>
#include <tidemill/model/ids.h>
#include <tidemill/model/metadata.h>

namespace tidemill::model {

enum class DagsterTypeKind { kAny, kScalar, kList, kNothing, kNullable, kRegular };

struct DagsterTypeSnap {
  DagsterTypeKind kind = DagsterTypeKind::kRegular;
  std::string key;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::string display_name;
  bool is_builtin = false;
  std::vector<std::string> type_param_keys;
  std::optional<std::string> loader_schema_key;
  std::optional<std::string> materializer_schema_key;
  Metadata metadata;
};

struct InputDefSnap {
  std::string name;
  std::string dagster_type_key;
  std::optional<std::string> description;
  Metadata metadata;
};

struct OutputDefSnap {
  std::string name = "result";
  std::string dagster_type_key;
  std::optional<std::string> description;
  bool is_required = true;
  bool is_dynamic = false;
  Metadata metadata;
};

/// One op's definition.
struct OpDefSnap {
  std::string name;
  std::vector<InputDefSnap> inputs;  ///< In the order of the function's parameters; sorted by name on disk.
  std::vector<OutputDefSnap> outputs;
  std::optional<std::string> description;
  Tags tags;
  std::vector<std::string> required_resource_keys;
  std::optional<ConfigFieldSnap> config_field;
  std::optional<std::string> pool;
};

struct OutputHandleSnap {
  std::string node_name;
  std::string output_name;
  auto operator<=>(const OutputHandleSnap&) const = default;
};

struct InputDependencySnap {
  std::string input_name;
  std::vector<OutputHandleSnap> upstream_outputs;  ///< More than one where the input fans in.
  bool is_dynamic_collect = false;
};

/// A use of an op or graph inside of a graph.
struct NodeInvocationSnap {
  std::string node_name;
  std::string node_def_name;
  Tags tags;
  std::vector<InputDependencySnap> input_dependencies;
  bool is_dynamic_mapped = false;
};

struct DependencyStructureSnap {
  std::vector<NodeInvocationSnap> node_invocations;
};

struct InputMappingSnap {
  std::string mapped_node_name;
  std::string mapped_input_name;
  std::string external_input_name;
};

struct OutputMappingSnap {
  std::string mapped_node_name;
  std::string mapped_output_name;
  std::string external_output_name;
};

/// One nested graph's definition.
struct GraphDefSnap {
  std::string name;
  std::vector<InputDefSnap> inputs;
  std::vector<OutputDefSnap> outputs;
  std::optional<std::string> description;
  Tags tags;
  std::optional<ConfigFieldSnap> config_field;
  DependencyStructureSnap dependencies;
  std::vector<InputMappingSnap> input_mappings;
  std::vector<OutputMappingSnap> output_mappings;
  std::vector<std::string> pools;
};

struct ResourceDefSnap {
  std::string name;
  std::optional<std::string> description;
  std::optional<ConfigFieldSnap> config_field;
};

struct LoggerDefSnap {
  std::string name;
  std::optional<std::string> description;
  std::optional<ConfigFieldSnap> config_field;
};

struct ModeDefSnap {
  std::string name = "default";
  std::optional<std::string> description;
  std::vector<ResourceDefSnap> resources;
  std::vector<LoggerDefSnap> loggers;
  std::optional<std::string> root_config_key;
};

/// Which part of which job a subset job is.
struct JobLineageSnap {
  std::optional<std::string> parent_snapshot_id;
  std::optional<std::vector<std::string>> op_selection;
  std::optional<std::vector<std::string>> resolved_op_selection;
  std::optional<std::vector<AssetKey>> asset_selection;
  std::optional<std::vector<AssetCheckKey>> asset_check_selection;
  /// Python's set and frozenset differ on disk, and so in the snapshot's id: which one each selection was.
  bool resolved_op_selection_frozen = true;
  bool asset_selection_frozen = true;
  bool asset_check_selection_frozen = true;
};

/// The whole structure of one job (`PipelineSnapshot` on disk). Its id is the SHA-1 of its serdes text.
struct JobSnap {
  std::string name;
  std::optional<std::string> description;
  Tags tags;
  std::optional<Tags> run_tags;
  ConfigSchemaSnap config_schema;
  std::map<std::string, DagsterTypeSnap> dagster_types;  ///< By key.
  std::vector<OpDefSnap> op_defs;
  std::vector<GraphDefSnap> graph_defs;
  DependencyStructureSnap dependencies;
  ModeDefSnap mode;
  std::optional<JobLineageSnap> lineage;
  std::string graph_def_name;
  Metadata metadata;
  std::optional<std::vector<std::string>> owners;
  json::Value automation_condition;
};

}  // namespace tidemill::model
