#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/sdk/snapshots.h>

#include "complete_job.h"
#include "op_query.h"

namespace tidemill::sdk {
namespace snapshots {
namespace {

/// A selected node and the selected nodes inside of it; none: all.
struct SelectionTree {
  std::map<std::string, SelectionTree> children;

  void Add(const model::NodeHandle& handle) {
    SelectionTree* tree = this;
    for (const std::string& name : handle.path) tree = &tree->children[name];
  }
};

class Subsetter final {
 public:
  explicit Subsetter(engine::JobDefinition& job) : job_(job) {}

  void Cut(model::DependencyStructureSnap& level, const SelectionTree& selection, const std::string& where) {
    for (const auto& [name, inner] : selection.children) {
      const model::NodeInvocationSnap* node = Find(level, name);
      if (node == nullptr) {
        throw Error(Code::kInvalidArgument, fmt::format("op selection: {} has no node \"{}\"", where, name));
      }
      if (!inner.children.empty()) {
        CutGraph(node->node_def_name, inner, fmt::format("{}, node \"{}\"", where, name));
      }
    }
    std::erase_if(level.node_invocations,
                  [&](const auto& node) { return !selection.children.contains(node.node_name); });
    for (auto& node : level.node_invocations) {
      DropLostInputs(node);
      for (auto& input : node.input_dependencies) {
        std::erase_if(input.upstream_outputs,
                      [&](const auto& output) { return !selection.children.contains(output.node_name); });
      }
    }
  }

 private:
  static const model::NodeInvocationSnap* Find(const model::DependencyStructureSnap& level, const std::string& name) {
    for (const auto& node : level.node_invocations) {
      if (node.node_name == name) return &node;
    }
    return nullptr;
  }

  /// A graph that was cut has only the inputs that its selected nodes need.
  void DropLostInputs(model::NodeInvocationSnap& node) const {
    if (!cut_.contains(node.node_def_name)) return;
    const auto& graphs = job_.structure.graph_defs;
    auto graph =
        std::find_if(graphs.begin(), graphs.end(), [&](const auto& each) { return each.name == node.node_def_name; });
    std::erase_if(node.input_dependencies, [&](const auto& dependency) {
      return std::none_of(graph->inputs.begin(), graph->inputs.end(),
                          [&](const auto& input) { return input.name == dependency.input_name; });
    });
  }

  void CutGraph(const std::string& definition, const SelectionTree& selection, const std::string& where) {
    auto& graphs = job_.structure.graph_defs;
    auto graph = std::find_if(graphs.begin(), graphs.end(), [&](const auto& each) { return each.name == definition; });
    if (graph == graphs.end()) {
      throw Error(Code::kInvalidArgument, fmt::format("op selection: {} is no graph, it has no nodes inside", where));
    }
    if (!cut_.insert(definition).second) {
      throw Error(Code::kInvalidArgument,
                  fmt::format("op selection: the graph \"{}\" is used twice; select whole uses of it", definition));
    }
    Cut(graph->dependencies, selection, where);
    std::erase_if(graph->input_mappings,
                  [&](const auto& map) { return !selection.children.contains(map.mapped_node_name); });
    std::erase_if(graph->output_mappings,
                  [&](const auto& map) { return !selection.children.contains(map.mapped_node_name); });
    std::erase_if(graph->inputs, [&](const auto& input) {
      return std::none_of(graph->input_mappings.begin(), graph->input_mappings.end(),
                          [&](const auto& map) { return map.external_input_name == input.name; });
    });
    std::erase_if(graph->outputs, [&](const auto& output) {
      return std::none_of(graph->output_mappings.begin(), graph->output_mappings.end(),
                          [&](const auto& map) { return map.external_output_name == output.name; });
    });
  }

  engine::JobDefinition& job_;
  std::set<std::string> cut_;
};

}  // namespace
}  // namespace snapshots

engine::JobDefinition SubsetByOps(const engine::JobDefinition& job, const std::vector<std::string>& op_selection) {
  bool handles = std::any_of(op_selection.begin(), op_selection.end(),
                             [](const std::string& text) { return text.find('.') != std::string::npos; });
  std::set<std::string> resolved = handles ? std::set<std::string>(op_selection.begin(), op_selection.end())
                                           : snapshots::SelectNodes(job.structure.dependencies, op_selection);
  snapshots::SelectionTree selection;
  for (const std::string& path : resolved) selection.Add(model::NodeHandle::FromString(path));

  engine::JobDefinition subset = job;
  // Configuration given with the whole job seldom fits a part of it; Dagster drops it too.
  subset.default_run_config = json::Object{};
  snapshots::Subsetter(subset).Cut(subset.structure.dependencies, selection, "job \"" + job.name + "\"");

  model::JobLineageSnap& lineage = subset.structure.lineage.emplace();
  lineage.op_selection = op_selection;
  std::sort(lineage.op_selection->begin(), lineage.op_selection->end());
  lineage.resolved_op_selection.emplace(resolved.begin(), resolved.end());
  lineage.resolved_op_selection_frozen = false;

  snapshots::IgnoredNodes ignored{&job, {}};
  for (const auto& node : job.structure.dependencies.node_invocations) {
    if (!selection.children.contains(node.node_name)) ignored.names.push_back(node.node_name);
  }
  snapshots::CompleteSubset(subset, ignored, true);
  return subset;
}

}  // namespace tidemill::sdk
