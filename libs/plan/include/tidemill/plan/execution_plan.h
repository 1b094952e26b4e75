#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tidemill/model/job_snap.h>
#include <tidemill/model/plan_snap.h>

namespace tidemill::plan {

/// A step's place in its plan.
using StepId = std::uint32_t;

/// Names an input or output of a node by the text of its handle: ("outer.op", "result"). The root graph's handle is "".
using Port = std::pair<std::string, std::string>;

/// What a job's snapshot does not say about the ports of its nodes, but its plan depends on.
struct PortAnnotations {
  struct Asset {
    model::AssetKey key;
    bool selected = true;  ///< False: an output of a multi-asset that this run does not make.
    bool is_partitioned = false;
    model::AssetExecutionType execution_type = model::AssetExecutionType::kMaterialization;
  };
  struct Check {
    model::AssetCheckKey key;
    bool selected = true;
  };
  std::map<Port, Asset> asset_outputs;
  std::map<Port, Check> check_outputs;
  std::set<Port> asset_inputs;    ///< Loaded from an asset where nothing is connected.
  std::set<Port> manager_inputs;  ///< Have an input manager of their own.
  std::set<Port> default_inputs;  ///< Have a default value.
  std::set<Port> config_inputs;   ///< Get their value from the run's configuration.
  std::set<Port> fan_in_inputs;   ///< Fan-ins of a single output; several outputs need no mark.
};

/// One step with its ports in the order of the op's definition.
struct PlanStep {
  model::StepSnap snap;
  std::string op_name;  ///< The op's definition.
};

/// The steps of one job and which of them a run executes. Immutable.
class ExecutionPlan final {
 public:
  /// `steps` in Dagster's building order, of which all are to be executed. Throws Error(kInvalidArgument) if two steps
  /// have one key.
  ExecutionPlan(std::vector<PlanStep> steps, std::string executor_name);

  /// The same plan with the given steps to execute, in this order, and what is known of earlier attempts. Throws
  /// Error(kNotFound) that names the keys the plan does not have.
  ExecutionPlan WithSteps(const std::vector<std::string>& step_keys) const;
  ExecutionPlan WithKnownState(model::KnownState state) const;

  const std::vector<PlanStep>& steps() const { return steps_; }
  const PlanStep& step(StepId id) const { return steps_.at(id); }
  std::optional<StepId> Find(std::string_view step_key) const;
  const std::vector<StepId>& to_execute() const { return to_execute_; }
  /// Keys of to_execute.
  std::vector<std::string> step_keys_to_execute() const;
  const std::string& executor_name() const { return executor_name_; }
  const model::KnownState& known_state() const { return known_state_; }

  /// Dagster's snapshot of the plan: steps and their ports sorted by name.
  model::PlanSnap Snap(std::string job_snapshot_id) const;

 private:
  std::vector<PlanStep> steps_;
  std::vector<StepId> to_execute_;
  std::string executor_name_;
  model::KnownState known_state_;
  std::unordered_map<std::string, StepId> index_;
};

/// Flattens the nested graphs of `job` into steps. Ordered as Dagster does it: each graph's nodes level by level, by
/// name inside of a level, a nested graph's steps in its place. Throws Error(kInvalidArgument) that names the input
/// without a value, the cycle, the missing definition, or the dynamic output, which is not supported.
ExecutionPlan BuildExecutionPlan(const model::JobSnap& job, const PortAnnotations& ports, std::string executor_name);

/// The steps whose outputs the input needs.
std::vector<model::StepOutputHandle> UpstreamOutputs(const model::InputSource& source);

/// Groups the keys of `dependencies` (node to the nodes it needs) by level: first those that need none, and so on; each
/// level sorted. Names that are needed but no keys form part of their level, as in Dagster's toposort. Throws
/// Error(kInvalidArgument) that names the nodes of a cycle.
std::vector<std::vector<std::string>> TopologicalLevels(
    const std::map<std::string, std::set<std::string>>& dependencies);

}  // namespace tidemill::plan
