#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemill/assets/partition_mapping.h>
#include <tidemill/assets/partitions.h>
#include <tidemill/config/config_type.h>
#include <tidemill/engine/io_manager.h>
#include <tidemill/engine/step_context.h>
#include <tidemill/engine/value.h>
#include <tidemill/model/job_snap.h>
#include <tidemill/model/plan_snap.h>
#include <tidemill/plan/execution_plan.h>
#include <tidemill/plan/retry_policy.h>

namespace tidemill::engine {

using plan::Backoff;
using plan::Jitter;
using plan::RetryPolicy;

struct InputDefinition {
  std::string name;
  const ValueType* type = nullptr;
  std::optional<std::string> description;
  model::Metadata metadata;
  AnyValue default_value;  ///< Empty: none.
  std::optional<std::string> input_manager_key;
};

struct OutputDefinition {
  std::string name = "result";
  const ValueType* type = nullptr;
  std::optional<std::string> description;
  model::Metadata metadata;
  bool is_required = true;
  bool is_dynamic = false;
  std::string io_manager_key = "io_manager";
  std::optional<std::string> code_version;
};

/// One op with the user's code.
struct OpDefinition {
  std::string name;
  std::vector<InputDefinition> inputs;  ///< In the order of the function's parameters.
  std::vector<OutputDefinition> outputs;
  std::optional<std::string> description;
  model::Tags tags;
  std::vector<std::string> required_resource_keys;
  config::Field config;  ///< Of the op's own configuration; ConfigType::Any, not required, where it takes none.
  std::optional<std::string> pool;
  std::optional<RetryPolicy> retry_policy;
  std::optional<std::string> code_version;
  /// Runs the user's function: takes inputs from the context, yields outputs to it; what it throws fails the step.
  std::function<void(StepContext&)> compute;
};

class ResourceInitContext {
 public:
  virtual ~ResourceInitContext() = default;
  virtual const json::Value& config() const = 0;
  virtual ResourceRef Resource(std::string_view key) = 0;
  virtual const std::string& run_id() const = 0;
  virtual const std::filesystem::path& storage_root() const = 0;
  virtual void Log(int level, std::string message) = 0;
};

/// How a resource is made. It lives from before the first step of its process that needs it to after the last one. The
/// value of an IO manager is a shared_ptr<IoManager>, and its type typeid(IoManager).
struct ResourceDefinition {
  std::optional<std::string> description;
  config::Field config;
  std::vector<std::string> required_resource_keys;
  std::function<ResourceRef(ResourceInitContext&)> create;
  /// Shown in the run's events, Dagster's "module" and "name" of the resource's class.
  std::pair<std::string, std::string> artifact;
  bool is_io_manager = false;
};

/// The asset that an output materialises.
struct AssetOutput {
  model::AssetKey key;
  std::optional<assets::PartitionsDefinition> partitions;
  model::AssetExecutionType execution_type = model::AssetExecutionType::kMaterialization;
  std::optional<std::string> code_version;
  std::vector<model::AssetKey> dependencies;
  model::Metadata metadata;  ///< Of the asset's definition: what its IO manager is told.
  bool selected = true;      ///< False: an output of a multi-asset that this run does not make.
};

struct CheckOutput {
  model::AssetCheckKey key;
  bool blocking = false;
  std::optional<std::string> description;
  std::optional<assets::PartitionsDefinition> partitions;
  bool selected = true;
};

/// The asset that an input reads, and which of its partitions.
struct AssetInput {
  model::AssetKey key;
  std::optional<assets::PartitionsDefinition> partitions;
  std::optional<assets::PartitionMapping> mapping;  ///< None: the default for the two definitions.
  bool is_nothing = false;                          ///< A dependency without a value.
  std::string io_manager_key = "io_manager";        ///< Loads the asset if this run does not make it.
};

using plan::Port;

struct ExecutorDefinition {
  enum class Kind { kInProcess, kMultiprocess, kMultiOrInProcess };
  Kind kind = Kind::kMultiOrInProcess;
  /// Configuration that the job fixes, laid under the run's `execution: config:`.
  json::Value config;

  std::string_view name() const;  ///< Dagster's: "in_process", "multiprocess", "multi_or_in_process_executor".
};

/// A job with its code: what the engine needs to run it. The structure's names refer to the maps beside it.
struct JobDefinition {
  std::string name;
  /// Nodes, edges, nested graphs, tags; its config_schema may be empty, since the engine does not read it.
  model::JobSnap structure;
  std::map<std::string, std::shared_ptr<const OpDefinition>, std::less<>> ops;
  std::map<std::string, ResourceDefinition, std::less<>> resources;
  ExecutorDefinition executor;
  /// Root of the run configuration: execution, loggers, ops, resources (and inputs).
  config::ConfigTypePtr run_config_type;
  json::Value default_run_config = json::Object{};

  std::map<Port, AssetOutput> asset_outputs;
  std::map<Port, CheckOutput> check_outputs;
  std::map<Port, AssetInput> asset_inputs;
  std::map<std::string, RetryPolicy> node_retry_policies;  ///< By handle text; beats the op's own.
  std::optional<RetryPolicy> op_retry_policy;              ///< For ops that have none.
  std::optional<assets::PartitionsDefinition> partitions;
};

/// Which job, and which part of it, a run executes.
struct JobSelector {
  std::string job_name;
  std::optional<std::vector<std::string>> op_selection;
  std::optional<std::vector<model::AssetKey>> asset_selection;
  std::optional<std::vector<model::AssetCheckKey>> asset_check_selection;
};

/// The definitions of one code location, as the engine and the location's server see them.
class CodeLocation {
 public:
  virtual ~CodeLocation() = default;

  /// Makes the definitions, where they are made at the first question. Throws nothing: what making them throws, each
  /// question does.
  virtual void Load() const {}

  /// Throws Error(kNotFound) that lists the jobs there are, Error(kInvalidArgument) for a selection that matches
  /// nothing.
  virtual JobDefinition Job(const JobSelector& selector) const = 0;
  /// The whole snapshot of the same job (with config schema, types and lineage).
  virtual model::JobSnap JobSnapshot(const JobSelector& selector) const = 0;
  /// With job_refs (snapshots deferred) or with jobs.
  virtual model::RepositorySnap Repository(bool defer_snapshots) const = 0;
  virtual std::vector<std::string> JobNames() const = 0;
};

}  // namespace tidemill::engine
