#include <fmt/format.h>

#include "assembly.h"

namespace tidemill::sdk::detail {
namespace {

using model::DependencyStructureSnap;
using model::InputDependencySnap;
using model::NodeInvocationSnap;

std::vector<std::string> GraphInputNames(const GraphRecord& graph) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const std::string fallback = graph.inputs.size() == 1 ? "input" : fmt::format("input_{}", i + 1);
    names.push_back(graph.inputs[i].first.empty() ? fallback : graph.inputs[i].first);
  }
  return names;
}

std::vector<std::string> GraphOutputNames(const GraphRecord& graph) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const std::string& name = graph.outputs[i].first.name;
    names.push_back(name.empty() ? fmt::format("result_{}", i + 1) : name);
  }
  return names;
}

std::vector<std::string> InputNames(const NodeUse& use) {
  return use.op != nullptr ? OpInputNames(*use.op) : GraphInputNames(*use.graph);
}

std::vector<std::string> OutputNames(const NodeUse& use) {
  return use.op != nullptr ? OpOutputNames(*use.op) : GraphOutputNames(*use.graph);
}

/// Writes one graph down as Dagster's dependency structure, and what is nested in it into the job.
class GraphWriter final {
 public:
  GraphWriter(const GraphRecord& graph, const ResourceScope& resources, engine::JobDefinition& job, std::string prefix)
      : graph_(graph), resources_(resources), job_(job), prefix_(std::move(prefix)) {}

  DependencyStructureSnap Write() {
    CheckNames();
    DependencyStructureSnap structure;
    for (const auto& use : graph_.nodes) structure.node_invocations.push_back(WriteNode(use));
    return structure;
  }

  const std::vector<model::InputMappingSnap>& input_mappings() const { return input_mappings_; }

 private:
  void CheckNames() const {
    if (graph_.duplicates.empty()) return;
    throw Error(Code::kInvalidArgument, fmt::format("graph \"{}\" has two nodes \"{}\"; rename one by .As(\"…\")",
                                                    graph_.name, graph_.duplicates.front()));
  }

  NodeInvocationSnap WriteNode(const NodeUse& use) {
    NodeInvocationSnap node;
    node.node_name = use.name;
    node.node_def_name = use.op != nullptr ? use.op->name : use.graph->name;
    node.tags = use.tags;
    const auto names = InputNames(use);
    for (std::size_t i = 0; i < names.size(); ++i) {
      node.input_dependencies.push_back(WriteInput(use, names[i], i < use.inputs.size() ? use.inputs[i] : kNone));
    }
    if (use.op != nullptr) WriteWaits(use, node);
    if (use.retry) job_.node_retry_policies.insert_or_assign(prefix_ + use.name, *use.retry);
    AddDefinition(use);
    return node;
  }

  void WriteWaits(const NodeUse& use, NodeInvocationSnap& node) {
    for (const auto& name : use.op->nothing_inputs) {
      const auto at =
          std::ranges::find_if(use.nothing_inputs, [&name](const auto& each) { return each.first == name; });
      node.input_dependencies.push_back(WriteInput(use, name, at != use.nothing_inputs.end() ? at->second : kNone));
    }
    for (const auto& [name, sources] : use.nothing_inputs) {
      if (std::ranges::find(use.op->nothing_inputs, name) != use.op->nothing_inputs.end()) continue;
      throw Error(
          Code::kInvalidArgument,
          fmt::format("op \"{}\" has no waiting input \"{}\"; declare it by .After(\"{}\")", use.op->name, name, name));
    }
  }

  InputDependencySnap WriteInput(const NodeUse& use, const std::string& name, const std::vector<Source>& sources) {
    InputDependencySnap input;
    input.input_name = name;
    for (const Source& source : sources) {
      if (source.node == Source::kGraphInput) {
        input_mappings_.push_back({use.name, name, GraphInputNames(graph_).at(source.output)});
      } else {
        const NodeUse& upstream = graph_.nodes.at(source.node);
        input.upstream_outputs.push_back({upstream.name, OutputNames(upstream).at(source.output)});
      }
    }
    return input;
  }

  void AddDefinition(const NodeUse& use) {
    if (use.op != nullptr) {
      if (!job_.ops.contains(use.op->name)) job_.ops.emplace(use.op->name, BindOp(*use.op, resources_));
      return;
    }
    const bool is_known = std::ranges::any_of(job_.structure.graph_defs,
                                              [&use](const auto& each) { return each.name == use.graph->name; });
    GraphWriter writer(*use.graph, resources_, job_, prefix_ + use.name + ".");
    model::GraphDefSnap definition;
    definition.name = use.graph->name;
    definition.description = use.graph->description;
    definition.tags = use.graph->tags;
    definition.dependencies = writer.Write();
    definition.input_mappings = writer.input_mappings();
    if (!is_known) AddGraphDefinition(*use.graph, std::move(definition));
  }

  void AddGraphDefinition(const GraphRecord& graph, model::GraphDefSnap definition) {
    const auto inputs = GraphInputNames(graph);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      model::InputDefSnap input;
      input.name = inputs[i];
      input.dagster_type_key = graph.inputs[i].second->dagster_type.key;
      definition.inputs.push_back(std::move(input));
    }
    const auto outputs = GraphOutputNames(graph);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto& [slot, source] = graph.outputs[i];
      model::OutputDefSnap output;
      output.name = outputs[i];
      output.dagster_type_key = "Any";  // Dagster's graphs have no types of outputs of their own.
      definition.outputs.push_back(std::move(output));
      if (source.node == Source::kGraphInput) {
        throw Error(Code::kInvalidArgument,
                    fmt::format("graph \"{}\" returns its own input; return what a Call() gives", graph.name));
      }
      const NodeUse& node = graph.nodes.at(source.node);
      definition.output_mappings.push_back({node.name, OutputNames(node).at(source.output), outputs[i]});
    }
    job_.structure.graph_defs.push_back(std::move(definition));
  }

  static const std::vector<Source> kNone;

  const GraphRecord& graph_;
  const ResourceScope& resources_;
  engine::JobDefinition& job_;
  std::string prefix_;  ///< Handles of the nodes in front of their names.
  std::vector<model::InputMappingSnap> input_mappings_;
};

const std::vector<Source> GraphWriter::kNone;

}  // namespace

void AddGraph(const GraphRecord& graph, const ResourceScope& resources, engine::JobDefinition& job) {
  job.structure.dependencies = GraphWriter(graph, resources, job, "").Write();
}

}  // namespace tidemill::sdk::detail
