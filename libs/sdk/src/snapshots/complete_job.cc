#include "complete_job.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/contract/contract.h>
#include <tidemill/sdk/snapshots.h>

#include "node_walk.h"
#include "required_resources.h"
#include "type_namespace.h"

namespace tidemill::sdk {
namespace snapshots {
namespace {

constexpr std::string_view kIoManagerKey = "io_manager";

template <class T, class Name>
void SortBy(std::vector<T>& items, Name T::*name) {
  std::sort(items.begin(), items.end(), [name](const T& a, const T& b) { return a.*name < b.*name; });
}

model::OpDefSnap SnapOp(const engine::OpDefinition& op, TypeNamespace& types) {
  model::OpDefSnap snap;
  snap.name = op.name;
  for (const engine::InputDefinition& input : op.inputs) {
    snap.inputs.push_back({input.name, types.Add(input.type), input.description, input.metadata});
  }
  for (const engine::OutputDefinition& output : op.outputs) {
    snap.outputs.push_back({output.name, types.Add(output.type), output.description, output.is_required,
                            output.is_dynamic, output.metadata});
  }
  snap.description = op.description;
  snap.tags = op.tags;
  snap.required_resource_keys = op.required_resource_keys;
  std::sort(snap.required_resource_keys.begin(), snap.required_resource_keys.end());
  if (op.config.type) snap.config_field = op.config.Snap("config");
  snap.pool = op.pool;
  return snap;
}

/// Names of a node's ports, inputs in the order of its definition.
struct Ports {
  std::vector<std::string> inputs;
  std::set<std::string> outputs;
};

class Completer final {
 public:
  Completer(engine::JobDefinition& job, const IgnoredNodes& ignored) : job_(job), ignored_(ignored) {}

  void Run(bool is_subset) {
    KeepUsedDefinitions();
    Connect(job_.structure.dependencies, "job \"" + job_.name + "\"");
    for (model::GraphDefSnap& graph : job_.structure.graph_defs) {
      Connect(graph.dependencies, fmt::format("job \"{}\", graph \"{}\"", job_.name, graph.name));
    }
    job_.structure.op_defs.clear();
    for (const auto& [name, op] : job_.ops) job_.structure.op_defs.push_back(SnapOp(*op, types_));
    job_.structure.dagster_types = types_.snaps();
    job_.run_config_type = RunConfigType(job_, types_, ignored_, is_subset);
    FillMode();
  }

 private:
  /// Drops ops and graphs that no node uses, as Dagster does; sorts those that stay.
  void KeepUsedDefinitions() {
    std::set<std::string, std::less<>> used;
    NodeDefinitions(job_).ForEach(job_.structure.dependencies,
                                  [&](const NodePlace& place) { used.insert(place.invocation.node_def_name); });
    std::erase_if(job_.ops, [&](const auto& op) { return !used.contains(op.first); });
    std::erase_if(job_.structure.graph_defs, [&](const auto& graph) { return !used.contains(graph.name); });
    SortBy(job_.structure.graph_defs, &model::GraphDefSnap::name);
    for (const model::GraphDefSnap& graph : job_.structure.graph_defs) graphs_.emplace(graph.name, &graph);
  }

  Ports PortsOf(const model::NodeInvocationSnap& node) const {
    Ports ports;
    if (auto op = job_.ops.find(node.node_def_name); op != job_.ops.end()) {
      for (const auto& input : op->second->inputs) ports.inputs.push_back(input.name);
      for (const auto& output : op->second->outputs) ports.outputs.insert(output.name);
      // Dagster builds an asset's op with inputs sorted by name.
      if (IsAssetJob(job_)) std::sort(ports.inputs.begin(), ports.inputs.end());
    } else {
      const model::GraphDefSnap& graph = *graphs_.at(node.node_def_name);
      for (const auto& input : graph.inputs) ports.inputs.push_back(input.name);
      for (const auto& output : graph.outputs) ports.outputs.insert(output.name);
    }
    return ports;
  }

  /// Checks the edges of one level and brings nodes and inputs into Dagster's order, every input listed.
  void Connect(model::DependencyStructureSnap& level, const std::string& where) {
    std::map<std::string, Ports> ports;
    for (const auto& node : level.node_invocations) {
      if (!ports.emplace(node.node_name, PortsOf(node)).second) {
        throw Error(Code::kInvalidArgument,
                    fmt::format("{}: two nodes are named \"{}\"; give one an alias", where, node.node_name));
      }
    }
    for (auto& node : level.node_invocations) OrderInputs(node, ports.at(node.node_name), ports, where);
    SortBy(level.node_invocations, &model::NodeInvocationSnap::node_name);
    TopologicalOrder(level);
  }

  static void OrderInputs(model::NodeInvocationSnap& node, const Ports& own, const std::map<std::string, Ports>& all,
                          const std::string& where) {
    std::map<std::string, model::InputDependencySnap> given;
    for (auto& dependency : node.input_dependencies) {
      for (const auto& output : dependency.upstream_outputs) {
        auto upstream = all.find(output.node_name);
        if (upstream == all.end() || !upstream->second.outputs.contains(output.output_name)) {
          throw Error(
              Code::kInvalidArgument,
              fmt::format("{}: input \"{}\" of node \"{}\" needs output \"{}\" of node \"{}\", which does not exist",
                          where, dependency.input_name, node.node_name, output.output_name, output.node_name));
        }
      }
      std::string name = dependency.input_name;
      given.insert_or_assign(std::move(name), std::move(dependency));
    }
    node.input_dependencies.clear();
    for (const std::string& name : own.inputs) {
      auto found = given.extract(name);
      node.input_dependencies.push_back(found ? std::move(found.mapped())
                                              : model::InputDependencySnap{name, {}, false});
    }
    if (!given.empty()) {
      throw Error(Code::kInvalidArgument,
                  fmt::format("{}: node \"{}\" has no input \"{}\"", where, node.node_name, given.begin()->first));
    }
  }

  void FillMode() {
    model::ModeDefSnap& mode = job_.structure.mode;
    mode = {};
    for (const auto& [key, resource] : ShownResources(job_)) {
      std::optional<model::ConfigFieldSnap> config;
      if (resource.config.type) config = resource.config.Snap("config");
      mode.resources.push_back({key, resource.description, std::move(config)});
    }
    for (const contract::Component& logger : contract::Contract::Get().default_loggers()) {
      std::optional<model::ConfigFieldSnap> config;
      if (logger.config) config = logger.config->Snap("config");
      mode.loggers.push_back({logger.name, logger.description, std::move(config)});
    }
    mode.root_config_key = job_.run_config_type->key();
  }

  engine::JobDefinition& job_;
  const IgnoredNodes& ignored_;
  std::map<std::string_view, const model::GraphDefSnap*> graphs_;
  TypeNamespace types_;
};

/// Dagster gives a job of ops all resources of its location if it needs one of them or if they hold another IO manager,
/// and otherwise only its own.
bool NeedsLocationResources(const engine::JobDefinition& job, const std::set<std::string, std::less<>>& own) {
  const auto is_of_location = [&](const auto& key) { return job.resources.contains(key) && !own.contains(key); };
  if (is_of_location(kIoManagerKey)) return true;
  const std::set<std::string> required = RequiredResources(job, NodeDefinitions(job));
  return std::any_of(required.begin(), required.end(), is_of_location);
}

/// Graph ports refer to types by key; the types come with the ops that they are mapped to.
void SortPorts(model::JobSnap& snap) {
  for (model::OpDefSnap& op : snap.op_defs) {
    SortBy(op.inputs, &model::InputDefSnap::name);
    SortBy(op.outputs, &model::OutputDefSnap::name);
  }
  for (model::GraphDefSnap& graph : snap.graph_defs) {
    SortBy(graph.inputs, &model::InputDefSnap::name);
    SortBy(graph.outputs, &model::OutputDefSnap::name);
    SortBy(graph.input_mappings, &model::InputMappingSnap::external_input_name);
    SortBy(graph.output_mappings, &model::OutputMappingSnap::external_output_name);
  }
}

}  // namespace

void CompleteSubset(engine::JobDefinition& job, const IgnoredNodes& ignored, bool is_subset) {
  job.structure.name = job.name;
  if (job.structure.graph_def_name.empty()) job.structure.graph_def_name = job.name;
  Completer(job, ignored).Run(is_subset);
}

}  // namespace snapshots

void CompleteJob(engine::JobDefinition& job, const std::set<std::string, std::less<>>& own_resources) {
  if (!snapshots::NeedsLocationResources(job, own_resources)) {
    std::erase_if(job.resources, [&](const auto& resource) { return !own_resources.contains(resource.first); });
  }
  snapshots::CompleteSubset(job, {}, false);
}

model::JobSnap FullSnapshot(const engine::JobDefinition& job) {
  using config::ConfigType;
  model::JobSnap snap = job.structure;
  snapshots::SortPorts(snap);
  for (const auto& type :
       {ConfigType::Any(), ConfigType::Bool(), ConfigType::Float(), ConfigType::Int(), ConfigType::String()}) {
    type->CollectSnaps(snap.config_schema);
  }
  job.run_config_type->CollectSnaps(snap.config_schema);
  snapshots::TypeNamespace types;
  auto add_type = [&](const engine::ValueType* type) { types.Add(type); };
  for (const auto& [name, op] : job.ops) {
    if (op->config.type) op->config.type->CollectSnaps(snap.config_schema);
    for (const auto& input : op->inputs) add_type(input.type);
    for (const auto& output : op->outputs) add_type(output.type);
  }
  for (const auto& [key, type] : types.snaps()) {
    if (auto loader = types.Loader(key)) loader->CollectSnaps(snap.config_schema);
  }
  return snap;
}

model::JobSnap FullSnapshot(const engine::JobDefinition& job, const std::string& parent_snapshot_id) {
  model::JobSnap snap = FullSnapshot(job);
  if (snap.lineage) snap.lineage->parent_snapshot_id = parent_snapshot_id;
  return snap;
}

}  // namespace tidemill::sdk
