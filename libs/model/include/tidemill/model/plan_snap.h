#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tidemill/model/events.h>
#include <tidemill/model/ids.h>

namespace tidemill::model {

enum class AssetExecutionType { kMaterialization, kObservation, kUnexecutable };

/// Where a step's input comes from; one struct for each class of Dagster.
namespace input_source {
struct StepOutput {
  StepOutputHandle handle;
  bool fan_in = false;
};
struct LoadableAsset {
  std::vector<std::string> ordering_step_keys;
  NodeHandle node_handle{{""}};  ///< With input_name: given only behind blocking checks, and nothing reads them.
  std::string input_name;
};
struct InputManager {
  NodeHandle node_handle;
  std::string input_name;
};
struct Config {
  std::optional<NodeHandle> node_handle;
  std::string input_name;
};
struct DefaultValue {
  NodeHandle node_handle;
  std::string input_name;
};
struct DirectValue {
  std::string input_name;
};
struct MultipleSources;
struct GatedSource;
struct Unknown {
  json::Value data;
};  ///< Dynamic sources, kept as read until the SDK has dynamic outputs.
}  // namespace input_source

using SingleInputSource =
    std::variant<input_source::StepOutput, input_source::LoadableAsset, input_source::InputManager,
                 input_source::Config, input_source::DefaultValue, input_source::DirectValue, input_source::Unknown>;

/// A fan-in: one value of the input's list for each source.
struct input_source::MultipleSources {
  std::vector<SingleInputSource> sources;
};

/// An input that blocking asset checks gate (Dagster's FromMultipleSourcesLoadSingleSource): the step waits for all
/// sources, of which one gives the value.
struct input_source::GatedSource {
  std::vector<SingleInputSource> sources;
  SingleInputSource source_to_load_from;
};

using InputSource = std::variant<input_source::StepOutput, input_source::LoadableAsset, input_source::InputManager,
                                 input_source::Config, input_source::DefaultValue, input_source::DirectValue,
                                 input_source::MultipleSources, input_source::GatedSource, input_source::Unknown>;

struct StepInputSnap {
  std::string name;
  std::string dagster_type_key;
  InputSource source;
  std::vector<StepOutputHandle> upstream_output_handles;
};

struct StepOutputProperties {
  bool is_required = true;
  bool is_dynamic = false;
  bool is_asset = false;
  bool should_materialize = false;
  std::optional<AssetKey> asset_key;
  bool is_asset_partitioned = false;
  std::optional<AssetCheckKey> asset_check_key;
  std::optional<AssetExecutionType> asset_execution_type;
};

struct StepOutputSnap {
  std::string name = "result";
  std::string dagster_type_key;
  std::optional<NodeHandle> node_handle;
  StepOutputProperties properties;
};

enum class StepKind { kCompute, kUnresolvedMapped, kUnresolvedCollect };

struct StepSnap {
  std::string key;
  NodeHandle node_handle;
  StepKind kind = StepKind::kCompute;
  std::vector<StepInputSnap> inputs;
  std::vector<StepOutputSnap> outputs;
  Tags tags;
  std::optional<std::string> pool;
};

/// What is known of a run's earlier attempt (Dagster's KnownExecutionState). Null members are kept as read.
struct KnownState {
  std::vector<std::pair<std::string, std::int64_t>> previous_retry_attempts;
  json::Value dynamic_mappings = json::Object{};
  std::vector<StepOutputHandle> ready_outputs;
  bool ready_outputs_frozen = true;  ///< Whether Python held a frozenset, which differs on disk.
  std::vector<json::Value> step_output_versions;
  json::Value parent_state;
};

/// The steps of one run (ExecutionPlanSnapshot). Its id is the SHA-1 of its serdes text.
struct PlanSnap {
  std::vector<StepSnap> steps;                    ///< Sorted by key.
  std::vector<std::string> step_keys_to_execute;  ///< Topological.
  std::string job_snapshot_id;
  std::optional<std::string> executor_name;
  KnownState initial_known_state;
  bool artifacts_persisted = true;
  json::Value repository_load_data;  ///< RepositoryLoadData as serdes JSON, or null.
};

}  // namespace tidemill::model
