#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/engine/definitions.h>
#include <tidemill/model/job_snap.h>

namespace tidemill::sdk::snapshots {

/// One use of an op or graph in a job.
struct NodePlace {
  const model::NodeInvocationSnap& invocation;
  std::string handle;                 ///< "outer.inner".
  const model::GraphDefSnap* parent;  ///< The nested graph it stands in; null at the top.
  const engine::OpDefinition* op;     ///< Null for a graph.
  const model::GraphDefSnap* graph;   ///< Null for an op.

  /// Whether another node of its graph feeds the input, or the graph's own input does.
  bool HasUpstream(std::string_view input) const;
};

/// The definitions of a job by name. Refers to the job.
class NodeDefinitions final {
 public:
  explicit NodeDefinitions(const engine::JobDefinition& job);

  /// Throws Error(kInvalidArgument) that names the node if its definition is in neither map.
  NodePlace Place(const model::NodeInvocationSnap& invocation, const std::string& parent_handle,
                  const model::GraphDefSnap* parent) const;

  /// Calls for every node at any depth, a graph before the nodes inside of it.
  void ForEach(const model::DependencyStructureSnap& top, const std::function<void(const NodePlace&)>& function) const;

 private:
  void Walk(const model::DependencyStructureSnap& level, const std::string& parent_handle,
            const model::GraphDefSnap* parent, const std::function<void(const NodePlace&)>& function) const;

  const engine::JobDefinition& job_;
  std::map<std::string_view, const model::GraphDefSnap*> graphs_;
};

/// The nodes of one graph level by level, by name inside of a level, as Dagster's toposort_flatten. Throws
/// Error(kInvalidArgument) that names the nodes of a cycle.
std::vector<std::string> TopologicalOrder(const model::DependencyStructureSnap& level);

}  // namespace tidemill::sdk::snapshots
