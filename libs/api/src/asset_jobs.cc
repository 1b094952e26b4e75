#include "asset_jobs.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "asset_node.h"
#include "config_types.h"
#include "dagster_types.h"
#include "jobs.h"
#include "nodes.h"

namespace tidemill::api {
namespace {

std::vector<Job> JobsOfNode(const AssetNode& node) {
  std::vector<Job> jobs;
  for (const std::string& name : node.snap->job_names) {
    if (const auto* ref = node.repository->FindJob(name)) jobs.push_back({node.repository, ref, nullptr});
  }
  return jobs;
}

/// What computes the asset, as its first job has it; nothing if no job does.
std::optional<NodeDefinition> ComputationOf(const AssetNode& node, const RequestContext& context) {
  const std::vector<Job> jobs = JobsOfNode(node);
  if (jobs.empty()) return std::nullopt;
  const JobStructure& structure = jobs[0].Structure(context);
  const model::AssetNodeSnap& snap = *node.snap;
  const auto& name = snap.node_definition_name ? snap.node_definition_name
                     : snap.graph_name         ? snap.graph_name
                                               : snap.op_name;
  if (!name) return std::nullopt;
  NodeDefinition definition{&structure, structure.FindOp(*name), structure.FindGraph(*name)};
  if (definition.op == nullptr && definition.graph == nullptr) return std::nullopt;
  return definition;
}

std::optional<NodeDefinition> OpOf(const AssetNode& node, const RequestContext& context) {
  if (node.snap->execution_type == model::AssetExecutionType::kUnexecutable) return std::nullopt;
  return ComputationOf(node, context);
}

void CollectResources(const NodeDefinition& definition, std::set<std::string>& keys) {
  if (definition.op != nullptr) {
    keys.insert(definition.op->required_resource_keys.begin(), definition.op->required_resource_keys.end());
    return;
  }
  for (const model::NodeInvocationSnap& inner : definition.graph->dependencies.node_invocations) {
    const NodeDefinition next{definition.job, definition.job->FindOp(inner.node_def_name),
                              definition.job->FindGraph(inner.node_def_name)};
    CollectResources(next, keys);
  }
}

std::vector<ResourceRequirement> ResourcesOf(const AssetNode& node, const RequestContext& context) {
  std::set<std::string> keys;
  if (const auto definition = OpOf(node, context)) CollectResources(*definition, keys);
  std::vector<ResourceRequirement> requirements;
  for (const std::string& key : keys) requirements.push_back({key});
  return requirements;
}

std::optional<ConfigField> ConfigOf(const AssetNode& node, const RequestContext& context) {
  const auto definition = ComputationOf(node, context);
  if (!definition) return std::nullopt;
  const auto& field = definition->op != nullptr ? definition->op->config_field : definition->graph->config_field;
  if (!field) return std::nullopt;
  return ConfigField{&definition->job->job().config_schema, &*field};
}

std::optional<DagsterType> TypeOfNode(const AssetNode& node, const RequestContext& context) {
  const auto definition = ComputationOf(node, context);
  if (!definition || !node.snap->output_name) return std::nullopt;
  const auto& outputs = definition->op != nullptr ? definition->op->outputs : definition->graph->outputs;
  const auto output = std::ranges::find(outputs, *node.snap->output_name, &model::OutputDefSnap::name);
  if (output == outputs.end()) return std::nullopt;
  return FindDagsterType(definition->job->job(), output->dagster_type_key);
}

model::Tags OpTagsOf(const AssetNode& node, const RequestContext& context) {
  const auto definition = OpOf(node, context);
  if (!definition) return {};
  return definition->op != nullptr ? definition->op->tags : definition->graph->tags;
}

/// The assets that the op or graph makes in its job; none for a job as a run had it, which may have had others.
std::vector<AssetNode> AssetsOf(const NodeDefinition& definition, const RequestContext& context) {
  std::vector<AssetNode> nodes;
  const workspace::Repository* repository = definition.job->repository();
  if (repository == nullptr) return nodes;
  const std::string& name = NameOf(definition);
  for (const model::AssetNodeSnap* snap : repository->AssetsOfJob(definition.job->job().name)) {
    if (snap->node_definition_name != name && snap->graph_name != name) continue;
    const assets::AssetId id = context.workspace().asset_graph().Get(snap->asset_key);
    nodes.push_back({repository, snap, id, AssetNode::Scope::kRepository});
  }
  return nodes;
}

}  // namespace

void BindAssetJobs(graphql::Schema& schema) {
  schema.Object<AssetNode>("AssetNode")
      .Field("jobs", JobsOfNode)
      .Field("op", OpOf)
      .Field("opTags", OpTagsOf)
      .Field("requiredResources", ResourcesOf)
      .Field("configField", ConfigOf)
      .Field("type", TypeOfNode);
  for (const char* type : {"SolidDefinition", "CompositeSolidDefinition"}) {
    schema.Object<NodeDefinition>(type).Field("assetNodes", AssetsOf);
  }
}

}  // namespace tidemill::api
