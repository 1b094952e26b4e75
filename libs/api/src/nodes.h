#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/graphql/schema.h>

#include "job_structure.h"

namespace tidemill::api {

/// Solid: a use of an op or graph inside of a graph of a job.
struct Node {
  const JobStructure* job;
  const GraphStructure* graph;
  const model::NodeInvocationSnap* invocation;
};

/// SolidHandle: a node with the path to it through nested graphs.
struct NodeHandleView {
  Node node;
  std::string id;      ///< "outer.inner".
  std::string parent;  ///< The id of the graph's node; empty at the root.
};

/// SolidDefinition or CompositeSolidDefinition: exactly one of op and graph is set.
struct NodeDefinition {
  const JobStructure* job;
  const model::OpDefSnap* op = nullptr;
  const model::GraphDefSnap* graph = nullptr;
};

/// A resource that an op needs.
struct ResourceRequirement {
  std::string resource_key;
};

/// The nodes of one graph, sorted by name.
std::vector<Node> NodesOf(const JobStructure& job, const GraphStructure& graph);
/// All nodes of the job with their paths, sorted by id; with `parent_id` only those in that graph ("" is the root).
std::vector<NodeHandleView> NodeHandles(const JobStructure& job, std::optional<std::string_view> parent_id);
std::optional<NodeHandleView> FindNodeHandle(const JobStructure& job, std::string_view id);
NodeDefinition DefinitionOf(const Node& node);
const std::string& NameOf(const NodeDefinition& definition);

/// Fields `solidHandle` and `solidHandles` of a type, given how its object names a job's structure:
/// `structure_of(const T&, const RequestContext&) -> const JobStructure&`.
template <class T, class F>
void BindNodeContainer(graphql::ObjectBinding<T> binding, F structure_of) {
  binding
      .Field("solidHandle",
             [structure_of](const T& object, const graphql::Arguments& arguments, const RequestContext& context) {
               return FindNodeHandle(structure_of(object, context), arguments.Get<std::string_view>("handleID"));
             })
      .Field("solidHandles",
             [structure_of](const T& object, const graphql::Arguments& arguments, const RequestContext& context) {
               return NodeHandles(structure_of(object, context),
                                  arguments.Get<std::optional<std::string_view>>("parentHandleID"));
             });
}

void BindNodes(graphql::Schema& schema);

}  // namespace tidemill::api
