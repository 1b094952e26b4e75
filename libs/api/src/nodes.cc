#include "nodes.h"

#include <algorithm>

#include "config_types.h"
#include "dagster_types.h"
#include "modes.h"

namespace tidemill::api {
namespace {

constexpr std::string_view kComputeKindTag = "dagster/compute_kind";
constexpr std::string_view kLegacyComputeKindTag = "kind";

struct InputDefinition {
  const model::JobSnap* job;
  const model::InputDefSnap* snap;
};
struct OutputDefinition {
  const model::JobSnap* job;
  const model::OutputDefSnap* snap;
};
struct InputView {
  Node node;
  const model::InputDefSnap* definition;
};
struct OutputView {
  Node node;
  const model::OutputDefSnap* definition;
};
struct InputMapping {
  InputView input;
  InputDefinition definition;
};
struct OutputMapping {
  OutputView output;
  OutputDefinition definition;
};

const std::vector<model::InputDefSnap>& InputsOf(const NodeDefinition& definition) {
  return definition.op != nullptr ? definition.op->inputs : definition.graph->inputs;
}
const std::vector<model::OutputDefSnap>& OutputsOf(const NodeDefinition& definition) {
  return definition.op != nullptr ? definition.op->outputs : definition.graph->outputs;
}
const model::Tags& TagsOf(const NodeDefinition& definition) {
  return definition.op != nullptr ? definition.op->tags : definition.graph->tags;
}

template <class Snap>
const Snap* Named(const std::vector<Snap>& snaps, std::string_view name) {
  const auto found = std::ranges::find(snaps, name, &Snap::name);
  return found == snaps.end() ? nullptr : &*found;
}

InputView InputOf(const Node& node, std::string_view name) { return {node, Named(InputsOf(DefinitionOf(node)), name)}; }
OutputView OutputOf(const Node& node, std::string_view name) {
  return {node, Named(OutputsOf(DefinitionOf(node)), name)};
}

Node SiblingOf(const Node& node, std::string_view name) { return {node.job, node.graph, &node.graph->Node(name)}; }

const model::InputDependencySnap* DependencyOf(const InputView& input) {
  const auto& dependencies = input.node.invocation->input_dependencies;
  const auto found = std::ranges::find(dependencies, input.definition->name, &model::InputDependencySnap::input_name);
  return found == dependencies.end() ? nullptr : &*found;
}

std::vector<OutputView> DependsOn(const InputView& input) {
  std::vector<OutputView> outputs;
  if (const model::InputDependencySnap* dependency = DependencyOf(input)) {
    for (const model::OutputHandleSnap& upstream : dependency->upstream_outputs) {
      outputs.push_back(OutputOf(SiblingOf(input.node, upstream.node_name), upstream.output_name));
    }
  }
  return outputs;
}

std::vector<InputView> DependedBy(const OutputView& output) {
  std::vector<InputView> inputs;
  const auto& dependents = output.node.graph->dependents;
  const auto found = dependents.find({output.node.invocation->node_name, output.definition->name});
  if (found == dependents.end()) return inputs;
  for (const InputHandle& handle : found->second) {
    inputs.push_back(InputOf({output.node.job, output.node.graph, handle.node}, handle.input_name));
  }
  return inputs;
}

std::vector<InputView> NodeInputs(const Node& node) {
  std::vector<InputView> inputs;
  for (const model::InputDefSnap& input : InputsOf(DefinitionOf(node))) inputs.push_back({node, &input});
  return inputs;
}

std::vector<OutputView> NodeOutputs(const Node& node) {
  std::vector<OutputView> outputs;
  for (const model::OutputDefSnap& output : OutputsOf(DefinitionOf(node))) outputs.push_back({node, &output});
  return outputs;
}

model::Tags MetadataItems(const NodeDefinition& definition) {
  model::Tags items;
  const model::Tags& tags = TagsOf(definition);
  const bool has_kind = std::ranges::any_of(tags, [](const auto& tag) { return tag.first == kComputeKindTag; });
  for (const auto& [key, value] : tags) {
    items.emplace_back(key, value);
    if (key == kLegacyComputeKindTag && !has_kind) items.emplace_back(kComputeKindTag, value);
  }
  return items;
}

std::vector<InputDefinition> InputDefinitions(const NodeDefinition& definition) {
  std::vector<InputDefinition> inputs;
  for (const model::InputDefSnap& input : InputsOf(definition)) inputs.push_back({&definition.job->job(), &input});
  return inputs;
}

std::vector<OutputDefinition> OutputDefinitions(const NodeDefinition& definition) {
  std::vector<OutputDefinition> outputs;
  for (const model::OutputDefSnap& output : OutputsOf(definition)) {
    outputs.push_back({&definition.job->job(), &output});
  }
  return outputs;
}

std::vector<std::string> PoolsOf(const NodeDefinition& definition) {
  if (definition.graph != nullptr) return definition.graph->pools;
  if (definition.op->pool) return {*definition.op->pool};
  return {};
}

std::vector<ResourceRequirement> RequiredResources(const NodeDefinition& definition) {
  std::vector<ResourceRequirement> requirements;
  for (const std::string& key : definition.op->required_resource_keys) requirements.push_back({key});
  return requirements;
}

Node MappedNode(const NodeDefinition& definition, std::string_view name) {
  const GraphStructure& graph = definition.job->GraphOf(*definition.graph);
  return {definition.job, &graph, &graph.Node(name)};
}

std::vector<InputMapping> InputMappings(const NodeDefinition& definition) {
  std::vector<InputMapping> mappings;
  for (const model::InputMappingSnap& mapping : definition.graph->input_mappings) {
    mappings.push_back({InputOf(MappedNode(definition, mapping.mapped_node_name), mapping.mapped_input_name),
                        {&definition.job->job(), Named(definition.graph->inputs, mapping.external_input_name)}});
  }
  return mappings;
}

std::vector<OutputMapping> OutputMappings(const NodeDefinition& definition) {
  std::vector<OutputMapping> mappings;
  for (const model::OutputMappingSnap& mapping : definition.graph->output_mappings) {
    mappings.push_back({OutputOf(MappedNode(definition, mapping.mapped_node_name), mapping.mapped_output_name),
                        {&definition.job->job(), Named(definition.graph->outputs, mapping.external_output_name)}});
  }
  return mappings;
}

void CollectHandles(const JobStructure& job, const GraphStructure& graph, const std::string& parent,
                    std::vector<NodeHandleView>& handles) {
  for (const auto& [name, invocation] : graph.nodes) {
    NodeHandleView handle{{&job, &graph, invocation}, parent, parent};
    if (!parent.empty()) handle.id += '.';
    handle.id += name;
    if (const model::GraphDefSnap* nested = job.FindGraph(invocation->node_def_name)) {
      CollectHandles(job, job.GraphOf(*nested), handle.id, handles);
    }
    handles.push_back(std::move(handle));
  }
}

void BindNode(graphql::Schema& schema) {
  schema.Object<Node>("Solid")
      .Field("name", [](const Node& node) { return node.invocation->node_name; })
      .Field("definition", DefinitionOf)
      .Field("inputs", NodeInputs)
      .Field("outputs", NodeOutputs)
      .Field("isDynamicMapped", [](const Node& node) { return node.invocation->is_dynamic_mapped; });
  schema.Object<NodeHandleView>("SolidHandle")
      .Field("handleID", &NodeHandleView::id)
      .Field("solid", &NodeHandleView::node)
      .Field("parent", [](const NodeHandleView& handle) -> std::optional<NodeHandleView> {
        if (handle.parent.empty()) return std::nullopt;
        return FindNodeHandle(*handle.node.job, handle.parent);
      });
  schema.Object<InputView>("Input")
      .Field("solid", &InputView::node)
      .Field("definition",
             [](const InputView& input) {
               return InputDefinition{&input.node.job->job(), input.definition};
             })
      .Field("dependsOn", DependsOn)
      .Field("isDynamicCollect", [](const InputView& input) {
        const model::InputDependencySnap* dependency = DependencyOf(input);
        return dependency != nullptr && dependency->is_dynamic_collect;
      });
  schema.Object<OutputView>("Output")
      .Field("solid", &OutputView::node)
      .Field("definition",
             [](const OutputView& output) {
               return OutputDefinition{&output.node.job->job(), output.definition};
             })
      .Field("dependedBy", DependedBy);
}

void BindInputsAndOutputs(graphql::Schema& schema) {
  schema.Object<InputDefinition>("InputDefinition")
      .Field("name", [](const InputDefinition& input) { return input.snap->name; })
      .Field("description", [](const InputDefinition& input) { return input.snap->description; })
      .Field("type",
             [](const InputDefinition& input) { return FindDagsterType(*input.job, input.snap->dagster_type_key); });
  schema.Object<OutputDefinition>("OutputDefinition")
      .Field("name", [](const OutputDefinition& output) { return output.snap->name; })
      .Field("description", [](const OutputDefinition& output) { return output.snap->description; })
      .Field("isDynamic", [](const OutputDefinition& output) { return output.snap->is_dynamic; })
      .Field("type", [](const OutputDefinition& output) {
        return FindDagsterType(*output.job, output.snap->dagster_type_key);
      });
  schema.Object<InputMapping>("InputMapping")
      .Field("mappedInput", &InputMapping::input)
      .Field("definition", &InputMapping::definition);
  schema.Object<OutputMapping>("OutputMapping")
      .Field("mappedOutput", &OutputMapping::output)
      .Field("definition", &OutputMapping::definition);
}

void BindDefinitions(graphql::Schema& schema) {
  schema.TypeOf<NodeDefinition>([](const NodeDefinition& definition) {
    return definition.op != nullptr ? "SolidDefinition" : "CompositeSolidDefinition";
  });
  schema.Interface<NodeDefinition>("ISolidDefinition")
      .Field("name", NameOf)
      .Field("description",
             [](const NodeDefinition& definition) {
               return definition.op != nullptr ? definition.op->description : definition.graph->description;
             })
      .Field("metadata", MetadataItems)
      .Field("inputDefinitions", InputDefinitions)
      .Field("outputDefinitions", OutputDefinitions)
      .Field("pools", PoolsOf);
  schema.Object<NodeDefinition>("SolidDefinition")
      .Field("configField",
             [](const NodeDefinition& definition) {
               return FieldWithKnownType(definition.job->job().config_schema, definition.op->config_field);
             })
      .Field("requiredResources", RequiredResources)
      .Field("pool", [](const NodeDefinition& definition) { return definition.op->pool; });
  schema.Object<ResourceRequirement>("ResourceRequirement").Field("resourceKey", &ResourceRequirement::resource_key);

  auto composite = schema.Object<NodeDefinition>("CompositeSolidDefinition");
  BindNodeContainer(composite, [](const NodeDefinition& definition, const RequestContext&) -> const JobStructure& {
    return *definition.job;
  });
  composite
      .Field("id",
             [](const NodeDefinition& definition) { return definition.job->snapshot_id() + ":" + NameOf(definition); })
      .Field("solids",
             [](const NodeDefinition& definition) {
               return NodesOf(*definition.job, definition.job->GraphOf(*definition.graph));
             })
      .Field("inputMappings", InputMappings)
      .Field("outputMappings", OutputMappings)
      // Graphs have had no modes since Dagster 0.15.
      .Field("modes", [] { return std::vector<Mode>(); });
}

}  // namespace

std::vector<Node> NodesOf(const JobStructure& job, const GraphStructure& graph) {
  std::vector<Node> nodes;
  for (const auto& [name, invocation] : graph.nodes) nodes.push_back({&job, &graph, invocation});
  return nodes;
}

std::vector<NodeHandleView> NodeHandles(const JobStructure& job, std::optional<std::string_view> parent_id) {
  std::vector<NodeHandleView> handles;
  CollectHandles(job, job.root(), "", handles);
  if (parent_id) std::erase_if(handles, [&](const NodeHandleView& handle) { return handle.parent != *parent_id; });
  std::ranges::sort(handles, {}, &NodeHandleView::id);
  return handles;
}

std::optional<NodeHandleView> FindNodeHandle(const JobStructure& job, std::string_view id) {
  const GraphStructure* graph = &job.root();
  std::string parent;
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(id.find('.', begin), id.size());
    const auto node = graph->nodes.find(id.substr(begin, end - begin));
    if (node == graph->nodes.end()) return std::nullopt;
    if (end == id.size()) return NodeHandleView{{&job, graph, node->second}, std::string(id), parent};
    const model::GraphDefSnap* nested = job.FindGraph(node->second->node_def_name);
    if (nested == nullptr) return std::nullopt;
    graph = &job.GraphOf(*nested);
    parent = id.substr(0, end);
    begin = end + 1;
  }
}

NodeDefinition DefinitionOf(const Node& node) {
  const std::string& name = node.invocation->node_def_name;
  return {node.job, node.job->FindOp(name), node.job->FindGraph(name)};
}

const std::string& NameOf(const NodeDefinition& definition) {
  return definition.op != nullptr ? definition.op->name : definition.graph->name;
}

void BindNodes(graphql::Schema& schema) {
  BindNode(schema);
  BindInputsAndOutputs(schema);
  BindDefinitions(schema);
}

}  // namespace tidemill::api
