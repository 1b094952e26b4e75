#include "job_structure.h"

#include <tidemill/serdes/serdes.h>

namespace tidemill::api {
namespace {

GraphStructure StructureOf(const model::DependencyStructureSnap& snap) {
  GraphStructure graph;
  graph.snap = &snap;
  for (const model::NodeInvocationSnap& node : snap.node_invocations) {
    graph.nodes.emplace(node.node_name, &node);
    for (const model::InputDependencySnap& input : node.input_dependencies) {
      for (const model::OutputHandleSnap& output : input.upstream_outputs) {
        graph.dependents[{output.node_name, output.output_name}].push_back({&node, input.input_name});
      }
    }
  }
  return graph;
}

template <class Index>
auto FindIn(const Index& index, std::string_view name) -> typename Index::mapped_type {
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

}  // namespace

JobStructure::JobStructure(std::string snapshot_id, std::shared_ptr<const model::JobSnap> job)
    : snapshot_id_(std::move(snapshot_id)), job_(std::move(job)), root_(StructureOf(job_->dependencies)) {
  for (const model::OpDefSnap& op : job_->op_defs) ops_.emplace(op.name, &op);
  for (const model::GraphDefSnap& graph : job_->graph_defs) {
    graph_defs_.emplace(graph.name, &graph);
    graphs_.emplace(&graph, StructureOf(graph.dependencies));
  }
}

const model::OpDefSnap* JobStructure::FindOp(std::string_view definition_name) const {
  return FindIn(ops_, definition_name);
}

const model::GraphDefSnap* JobStructure::FindGraph(std::string_view definition_name) const {
  return FindIn(graph_defs_, definition_name);
}

const JobStructure& JobStructures::Of(const workspace::Repository& repository, const model::JobRefSnap& job) {
  std::unique_ptr<const JobStructure>& structure = by_snapshot_id_[job.snapshot_id];
  if (!structure) {
    const auto data = repository.Job(job.name);
    structure =
        std::make_unique<const JobStructure>(job.snapshot_id, std::shared_ptr<const model::JobSnap>(data, &data->job));
  }
  return *structure;
}

const JobStructure* JobStructures::Historical(const std::string& snapshot_id) {
  for (const workspace::Repository* repository : context_.workspace().repositories()) {
    if (const model::JobRefSnap* job = repository->FindJobBySnapshotId(snapshot_id)) return &Of(*repository, *job);
  }
  if (const auto found = by_snapshot_id_.find(snapshot_id); found != by_snapshot_id_.end()) return found->second.get();
  const auto text = context_.storage().runs().SnapshotText(snapshot_id);
  if (!text) return nullptr;
  auto job = std::make_shared<const model::JobSnap>(serdes::Decode<model::JobSnap>(*text));
  return by_snapshot_id_.emplace(snapshot_id, std::make_unique<const JobStructure>(snapshot_id, std::move(job)))
      .first->second.get();
}

}  // namespace tidemill::api
