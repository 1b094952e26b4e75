#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/engine/job_plan.h>

namespace tidemill::engine {
namespace {

/// Marks the inputs of each node, with those inside of nested graphs.
class PortMarker {
 public:
  PortMarker(const JobDefinition& job, const RunConfig& config, plan::PortAnnotations& ports)
      : job_(job), config_(config), ports_(ports) {}

  void MarkGraph(const model::DependencyStructureSnap& graph, const std::vector<std::string>& path) {
    for (const model::NodeInvocationSnap& node : graph.node_invocations) {
      model::NodeHandle handle{path};
      handle.path.push_back(node.node_name);
      if (const auto op = job_.ops.find(node.node_def_name); op != job_.ops.end()) {
        MarkOp(handle, *op->second);
        continue;
      }
      for (const model::GraphDefSnap& nested : job_.structure.graph_defs) {
        if (nested.name != node.node_def_name) continue;
        for (const model::InputDefSnap& input : nested.inputs) MarkConfigured(handle, input.name);
        MarkGraph(nested.dependencies, handle.path);
      }
    }
  }

 private:
  void MarkOp(const model::NodeHandle& handle, const OpDefinition& op) {
    for (const InputDefinition& input : op.inputs) {
      const Port port(handle.ToString(), input.name);
      if (input.default_value.has_value()) ports_.default_inputs.insert(port);
      if (input.input_manager_key) ports_.manager_inputs.insert(port);
      MarkConfigured(handle, input.name);
    }
  }

  void MarkConfigured(const model::NodeHandle& handle, const std::string& input) {
    if (config_.InputValue(handle, input) != nullptr) ports_.config_inputs.emplace(handle.ToString(), input);
  }

  const JobDefinition& job_;
  const RunConfig& config_;
  plan::PortAnnotations& ports_;
};

void AddWithRequired(const JobDefinition& job, const std::string& key, std::set<std::string>& keys) {
  if (!keys.insert(key).second) return;
  const auto resource = job.resources.find(key);
  if (resource == job.resources.end()) return;
  for (const std::string& required : resource->second.required_resource_keys) AddWithRequired(job, required, keys);
}

template <class Items>
const auto& Named(const Items& items, std::string_view name, const OpDefinition& op) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
  if (found == items.end()) {
    throw Error(Code::kInternal,
                fmt::format("op {} has no port \"{}\", though its job's structure has it", op.name, name));
  }
  return *found;
}

}  // namespace

plan::ExecutionPlan PlanJob(const JobDefinition& job, const RunConfig& config) {
  plan::PortAnnotations ports;
  for (const auto& [port, asset] : job.asset_outputs) {
    ports.asset_outputs[port] = {asset.key, asset.selected, asset.partitions.has_value(), asset.execution_type};
  }
  for (const auto& [port, check] : job.check_outputs) ports.check_outputs[port] = {check.key, check.selected};
  for (const auto& [port, asset] : job.asset_inputs) ports.asset_inputs.insert(port);
  if (const json::Value* inputs = config.value().Find("inputs"); inputs != nullptr && inputs->is_object()) {
    for (const auto& [name, value] : inputs->AsObject()) ports.config_inputs.emplace("", name);
  }
  PortMarker(job, config, ports).MarkGraph(job.structure.dependencies, {});
  return plan::BuildExecutionPlan(job.structure, ports, std::string(job.executor.name()));
}

std::set<std::string> RequiredResources(const JobDefinition& job, const plan::ExecutionPlan& plan,
                                        const std::vector<plan::StepId>& steps) {
  std::set<std::string> keys;
  for (const plan::StepId id : steps) {
    const plan::PlanStep& step = plan.step(id);
    const OpDefinition& op = OpOf(job, step);
    for (const std::string& key : op.required_resource_keys) AddWithRequired(job, key, keys);
    for (const OutputDefinition& output : op.outputs) AddWithRequired(job, output.io_manager_key, keys);
    for (const model::StepInputSnap& input : step.snap.inputs) {
      const InputDefinition& definition = InputOf(op, input.name);
      if (definition.input_manager_key) AddWithRequired(job, *definition.input_manager_key, keys);
      for (const model::StepOutputHandle& handle : input.upstream_output_handles) {
        AddWithRequired(job, IoManagerOf(job, plan, handle), keys);
      }
      const auto asset = job.asset_inputs.find(Port(step.snap.key, input.name));
      if (std::holds_alternative<model::input_source::LoadableAsset>(input.source) && asset != job.asset_inputs.end()) {
        AddWithRequired(job, asset->second.io_manager_key, keys);
      }
    }
  }
  return keys;
}

const OpDefinition& OpOf(const JobDefinition& job, const plan::PlanStep& step) {
  const auto found = job.ops.find(step.op_name);
  if (found == job.ops.end() || found->second == nullptr) {
    throw Error(Code::kInternal, fmt::format("job {}: step {} runs op \"{}\", which this executable does not define",
                                             job.name, step.snap.key, step.op_name));
  }
  return *found->second;
}

const InputDefinition& InputOf(const OpDefinition& op, std::string_view name) { return Named(op.inputs, name, op); }

const OutputDefinition& OutputOf(const OpDefinition& op, std::string_view name) { return Named(op.outputs, name, op); }

const std::string& IoManagerOf(const JobDefinition& job, const plan::ExecutionPlan& plan,
                               const model::StepOutputHandle& handle) {
  const auto step = plan.Find(handle.step_key);
  if (!step) throw Error(Code::kInternal, fmt::format("the plan has no step {}", handle.step_key));
  return OutputOf(OpOf(job, plan.step(*step)), handle.output_name).io_manager_key;
}

const RetryPolicy* RetryPolicyOf(const JobDefinition& job, const plan::PlanStep& step) {
  if (const auto node = job.node_retry_policies.find(step.snap.key); node != job.node_retry_policies.end()) {
    return &node->second;
  }
  const OpDefinition& op = OpOf(job, step);
  if (op.retry_policy) return &*op.retry_policy;
  return job.op_retry_policy ? &*job.op_retry_policy : nullptr;
}

bool IsNothing(const ValueType* type) {
  return type != nullptr && type->dagster_type.kind == model::DagsterTypeKind::kNothing;
}

std::string DisplayName(const ValueType* type) { return type == nullptr ? "Any" : type->dagster_type.display_name; }

std::string_view ExecutorDefinition::name() const {
  switch (kind) {
    case Kind::kInProcess:
      return "in_process";
    case Kind::kMultiprocess:
      return "multiprocess";
    case Kind::kMultiOrInProcess:
      return "multi_or_in_process_executor";
  }
  return "";
}

}  // namespace tidemill::engine
