#include "node_walk.h"

#include <set>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/plan/execution_plan.h>

namespace tidemill::sdk::snapshots {

bool NodePlace::HasUpstream(std::string_view input) const {
  for (const model::InputDependencySnap& dependency : invocation.input_dependencies) {
    if (dependency.input_name == input && !dependency.upstream_outputs.empty()) return true;
  }
  if (parent == nullptr) return false;
  for (const model::InputMappingSnap& mapping : parent->input_mappings) {
    if (mapping.mapped_node_name == invocation.node_name && mapping.mapped_input_name == input) return true;
  }
  return false;
}

NodeDefinitions::NodeDefinitions(const engine::JobDefinition& job) : job_(job) {
  for (const model::GraphDefSnap& graph : job.structure.graph_defs) graphs_.emplace(graph.name, &graph);
}

NodePlace NodeDefinitions::Place(const model::NodeInvocationSnap& invocation, const std::string& parent_handle,
                                 const model::GraphDefSnap* parent) const {
  NodePlace place{invocation, parent_handle.empty() ? invocation.node_name : parent_handle + "." + invocation.node_name,
                  parent, nullptr, nullptr};
  if (auto op = job_.ops.find(invocation.node_def_name); op != job_.ops.end()) {
    place.op = op->second.get();
  } else if (auto graph = graphs_.find(invocation.node_def_name); graph != graphs_.end()) {
    place.graph = graph->second;
  } else {
    throw Error(Code::kInvalidArgument,
                fmt::format("job \"{}\": node \"{}\" uses \"{}\", which is neither an op nor a graph of the job",
                            job_.name, place.handle, invocation.node_def_name));
  }
  return place;
}

void NodeDefinitions::ForEach(const model::DependencyStructureSnap& top,
                              const std::function<void(const NodePlace&)>& function) const {
  Walk(top, "", nullptr, function);
}

void NodeDefinitions::Walk(const model::DependencyStructureSnap& level, const std::string& parent_handle,
                           const model::GraphDefSnap* parent,
                           const std::function<void(const NodePlace&)>& function) const {
  for (const model::NodeInvocationSnap& invocation : level.node_invocations) {
    NodePlace place = Place(invocation, parent_handle, parent);
    function(place);
    if (place.graph != nullptr) Walk(place.graph->dependencies, place.handle, place.graph, function);
  }
}

std::vector<std::string> TopologicalOrder(const model::DependencyStructureSnap& level) {
  std::map<std::string, std::set<std::string>> needs;
  for (const model::NodeInvocationSnap& node : level.node_invocations) {
    auto& upstream = needs[node.node_name];
    for (const auto& input : node.input_dependencies) {
      for (const auto& output : input.upstream_outputs) upstream.insert(output.node_name);
    }
  }
  std::vector<std::string> order;
  for (auto& names : plan::TopologicalLevels(needs)) order.insert(order.end(), names.begin(), names.end());
  return order;
}

}  // namespace tidemill::sdk::snapshots
