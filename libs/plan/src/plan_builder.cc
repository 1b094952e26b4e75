#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/plan/execution_plan.h>

namespace tidemill::plan {
namespace {

/// The sources that a graph gives to its inner nodes, by the name of the graph's input.
using GraphInputs = std::map<std::string, model::InputSource, std::less<>>;

/// One graph of the job while its nodes become steps.
struct GraphScope {
  const model::DependencyStructureSnap& dependencies;
  const std::vector<model::InputMappingSnap>& input_mappings;
  const std::optional<model::NodeHandle>& handle;  ///< None: the root.
  const GraphInputs& inputs;
  /// Where the value of each of the graph's nodes' outputs really comes from: filled in order.
  std::map<model::OutputHandleSnap, model::StepOutputHandle> outputs;
};

/// The graph's input that is passed on to a node's input, or null.
const std::string* MappedInput(const GraphScope& graph, std::string_view node, std::string_view input) {
  for (const model::InputMappingSnap& mapping : graph.input_mappings) {
    if (mapping.mapped_node_name == node && mapping.mapped_input_name == input) return &mapping.external_input_name;
  }
  return nullptr;
}

class Builder {
 public:
  Builder(const model::JobSnap& job, const PortAnnotations& ports) : job_(job), ports_(ports) {
    for (const model::OpDefSnap& op : job.op_defs) ops_.emplace(op.name, &op);
    for (const model::GraphDefSnap& graph : job.graph_defs) graphs_.emplace(graph.name, &graph);
  }

  std::vector<PlanStep> Build() {
    static const std::vector<model::InputMappingSnap> kNoMappings;
    const auto root = graphs_.find(job_.graph_def_name);
    const std::optional<model::NodeHandle> no_handle;
    GraphInputs inputs;
    for (auto it = ports_.config_inputs.lower_bound(Port("", ""));
         it != ports_.config_inputs.end() && it->first.empty(); ++it) {
      inputs.emplace(it->second, model::input_source::Config{std::nullopt, it->second});
    }
    GraphScope scope{
        job_.dependencies, root == graphs_.end() ? kNoMappings : root->second->input_mappings, no_handle, inputs, {}};
    BuildGraph(scope);
    return std::move(steps_);
  }

 private:
  void BuildGraph(GraphScope& graph) {
    std::map<std::string, const model::NodeInvocationSnap*> nodes;
    std::map<std::string, std::set<std::string>> needs;
    for (const model::NodeInvocationSnap& node : graph.dependencies.node_invocations) {
      nodes.emplace(node.node_name, &node);
      std::set<std::string>& upstream = needs[node.node_name];
      for (const model::InputDependencySnap& dependency : node.input_dependencies) {
        for (const model::OutputHandleSnap& output : dependency.upstream_outputs) upstream.insert(output.node_name);
      }
    }
    for (const auto& level : TopologicalLevels(needs)) {
      for (const std::string& name : level) {
        const auto node = nodes.find(name);
        if (node == nodes.end()) {
          throw Error(Code::kInvalidArgument,
                      fmt::format("job {}: a node depends on \"{}\", which is not in its graph", job_.name, name));
        }
        BuildNode(graph, *node->second);
      }
    }
  }

  void BuildNode(GraphScope& graph, const model::NodeInvocationSnap& node) {
    const model::NodeHandle handle =
        graph.handle ? graph.handle->Child(node.node_name) : model::NodeHandle{{node.node_name}};
    if (const auto op = ops_.find(node.node_def_name); op != ops_.end()) {
      BuildStep(graph, node, handle, *op->second);
    } else if (const auto nested = graphs_.find(node.node_def_name); nested != graphs_.end()) {
      BuildNestedGraph(graph, node, handle, *nested->second);
    } else {
      throw Error(Code::kInvalidArgument, fmt::format("job {}: node {} is a \"{}\", which the job does not define",
                                                      job_.name, handle.ToString(), node.node_def_name));
    }
  }

  void BuildStep(GraphScope& graph, const model::NodeInvocationSnap& node, const model::NodeHandle& handle,
                 const model::OpDefSnap& op) {
    const std::string key = handle.ToString();
    PlanStep step;
    step.op_name = op.name;
    step.snap.key = key;
    step.snap.node_handle = handle;
    step.snap.tags = op.tags;
    for (const auto& [name, value] : node.tags) model::SetTag(step.snap.tags, name, value);
    step.snap.pool = op.pool;
    for (const model::InputDefSnap& input : op.inputs) {
      auto source = Source(graph, node, handle, input);
      if (!source) continue;
      step.snap.inputs.push_back({input.name, input.dagster_type_key, std::move(*source), {}});
      step.snap.inputs.back().upstream_output_handles = UpstreamOutputs(step.snap.inputs.back().source);
    }
    for (const model::OutputDefSnap& output : op.outputs) {
      if (output.is_dynamic) {
        throw Error(Code::kInvalidArgument,
                    fmt::format("step {}: its output \"{}\" is dynamic, which C++ jobs cannot have "
                                "yet: yield one list instead",
                                key, output.name));
      }
      step.snap.outputs.push_back(Output(handle, output));
      graph.outputs.emplace(model::OutputHandleSnap{node.node_name, output.name},
                            model::StepOutputHandle{key, output.name, std::nullopt});
    }
    steps_.push_back(std::move(step));
  }

  void BuildNestedGraph(GraphScope& graph, const model::NodeInvocationSnap& node, const model::NodeHandle& handle,
                        const model::GraphDefSnap& nested) {
    GraphInputs inputs;
    for (const model::InputDefSnap& input : nested.inputs) {
      if (auto source = Source(graph, node, handle, input, &nested)) inputs.emplace(input.name, std::move(*source));
    }
    const std::optional<model::NodeHandle> inner_handle = handle;
    GraphScope inner{nested.dependencies, nested.input_mappings, inner_handle, inputs, {}};
    BuildGraph(inner);
    for (const model::OutputMappingSnap& mapping : nested.output_mappings) {
      const auto origin = inner.outputs.find({mapping.mapped_node_name, mapping.mapped_output_name});
      if (origin == inner.outputs.end()) {
        throw Error(Code::kInvalidArgument,
                    fmt::format("graph {}: its output \"{}\" is mapped to {}.{}, which is not there", nested.name,
                                mapping.external_output_name, mapping.mapped_node_name, mapping.mapped_output_name));
      }
      graph.outputs.emplace(model::OutputHandleSnap{node.node_name, mapping.external_output_name}, origin->second);
    }
  }

  model::StepOutputSnap Output(const model::NodeHandle& handle, const model::OutputDefSnap& output) const {
    model::StepOutputSnap snap{output.name, output.dagster_type_key, handle, {}};
    snap.properties.is_required = output.is_required;
    const Port port(handle.ToString(), output.name);
    if (const auto asset = ports_.asset_outputs.find(port); asset != ports_.asset_outputs.end()) {
      snap.properties.is_asset = true;
      if (asset->second.selected) snap.properties.asset_key = asset->second.key;
      snap.properties.is_asset_partitioned = asset->second.is_partitioned;
      snap.properties.asset_execution_type = asset->second.execution_type;
    }
    if (const auto check = ports_.check_outputs.find(port); check != ports_.check_outputs.end()) {
      if (check->second.selected) snap.properties.asset_check_key = check->second.key;
    }
    return snap;
  }

  /// Where an input's value comes from; nothing for an input of type Nothing that nothing is connected to. The order of
  /// the cases is Dagster's (get_step_input_source).
  std::optional<model::InputSource> Source(const GraphScope& graph, const model::NodeInvocationSnap& node,
                                           const model::NodeHandle& handle, const model::InputDefSnap& input,
                                           const model::GraphDefSnap* nested = nullptr) const {
    const Port port(handle.ToString(), input.name);
    const std::string* mapped = MappedInput(graph, node.node_name, input.name);
    const model::InputDependencySnap* dependency = nullptr;
    for (const model::InputDependencySnap& candidate : node.input_dependencies) {
      if (candidate.input_name == input.name && !candidate.upstream_outputs.empty()) dependency = &candidate;
    }
    if (dependency == nullptr && mapped == nullptr) {
      if (ports_.asset_inputs.count(port)) return model::input_source::LoadableAsset{};
      if (ports_.manager_inputs.count(port)) return model::input_source::InputManager{handle, input.name};
    }
    if (dependency != nullptr) return FromDependency(graph, handle, port, *dependency);
    if (ports_.config_inputs.count(port)) return model::input_source::Config{handle, input.name};
    if (mapped != nullptr) {
      if (const auto found = graph.inputs.find(*mapped); found != graph.inputs.end()) return found->second;
    }
    if (HasDefault(port, nested)) return model::input_source::DefaultValue{handle, input.name};
    if (IsNothing(input.dagster_type_key)) return std::nullopt;
    throw Error(
        Code::kInvalidArgument,
        fmt::format("job {}: input \"{}\" of {} gets no value: connect it to an output, give it a default, or set "
                    "it under \"inputs\" in the run's configuration",
                    job_.name, input.name, port.first));
  }

  model::InputSource FromDependency(const GraphScope& graph, const model::NodeHandle& handle, const Port& port,
                                    const model::InputDependencySnap& dependency) const {
    if (dependency.is_dynamic_collect) {
      throw Error(Code::kInvalidArgument,
                  fmt::format("input \"{}\" of {} collects a dynamic output, which C++ jobs cannot have yet",
                              port.second, port.first));
    }
    const bool is_fan_in = ports_.fan_in_inputs.count(port) != 0;
    std::vector<model::input_source::StepOutput> outputs;
    std::optional<std::size_t> value_at;  // Where a check gates the input: the output that gives the value.
    bool has_check = false;
    for (const model::OutputHandleSnap& upstream : dependency.upstream_outputs) {
      const auto origin = graph.outputs.find(upstream);
      if (origin == graph.outputs.end()) {
        throw Error(Code::kInvalidArgument,
                    fmt::format("input \"{}\" of {} depends on {}.{}, which is not there", port.second, port.first,
                                upstream.node_name, upstream.output_name));
      }
      if (ports_.check_outputs.count(Port(origin->second.step_key, origin->second.output_name))) {
        has_check = true;
      } else {
        value_at = outputs.size();
      }
      outputs.push_back({origin->second, false});
    }
    const bool gated = has_check && !is_fan_in;
    if (outputs.size() == 1 && !gated && !is_fan_in) return outputs.front();
    std::vector<model::SingleInputSource> sources;
    for (auto& output : outputs) {
      output.fan_in = true;
      sources.emplace_back(std::move(output));
    }
    if (!gated) return model::input_source::MultipleSources{std::move(sources)};
    if (!value_at) {
      sources.emplace_back(model::input_source::LoadableAsset{{}, handle, port.second});
      value_at = sources.size() - 1;
    }
    model::SingleInputSource value = sources[*value_at];
    return model::input_source::GatedSource{std::move(sources), std::move(value)};
  }

  bool HasDefault(const Port& port, const model::GraphDefSnap* graph) const {
    if (ports_.default_inputs.count(port)) return true;
    if (graph == nullptr) return false;
    for (const model::InputMappingSnap& mapping : graph->input_mappings) {
      if (mapping.external_input_name != port.second) continue;
      for (const model::NodeInvocationSnap& node : graph->dependencies.node_invocations) {
        if (node.node_name != mapping.mapped_node_name) continue;
        const auto inner = graphs_.find(node.node_def_name);
        return HasDefault(Port(port.first + "." + node.node_name, mapping.mapped_input_name),
                          inner == graphs_.end() ? nullptr : inner->second);
      }
    }
    return false;
  }

  bool IsNothing(const std::string& type_key) const {
    const auto type = job_.dagster_types.find(type_key);
    if (type == job_.dagster_types.end()) return type_key == "Nothing";
    return type->second.kind == model::DagsterTypeKind::kNothing;
  }

  const model::JobSnap& job_;
  const PortAnnotations& ports_;
  std::map<std::string_view, const model::OpDefSnap*> ops_;
  std::map<std::string_view, const model::GraphDefSnap*> graphs_;
  std::vector<PlanStep> steps_;
};

}  // namespace

ExecutionPlan BuildExecutionPlan(const model::JobSnap& job, const PortAnnotations& ports, std::string executor_name) {
  return ExecutionPlan(Builder(job, ports).Build(), std::move(executor_name));
}

}  // namespace tidemill::plan
