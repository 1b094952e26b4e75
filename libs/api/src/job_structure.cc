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

std::shared_ptr<const model::JobSnap> Snap(const workspace::Repository& repository, const model::JobRefSnap& job) {
  const auto data = repository.Job(job.name);
  return {data, &data->job};
}

}  // namespace

JobStructure::JobStructure(std::string snapshot_id, std::shared_ptr<const model::JobSnap> job,
                           const workspace::Repository* repository)
    : snapshot_id_(std::move(snapshot_id)),
      job_(std::move(job)),
      repository_(repository),
      root_(StructureOf(job_->dependencies)) {
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
  std::unique_ptr<const JobStructure>& structure = current_[{&repository, job.snapshot_id}];
  if (!structure) structure = std::make_unique<const JobStructure>(job.snapshot_id, Snap(repository, job), &repository);
  return *structure;
}

const JobStructure* JobStructures::Historical(const std::string& snapshot_id) {
  if (const auto found = historical_.find(snapshot_id); found != historical_.end()) return found->second.get();
  std::shared_ptr<const model::JobSnap> job;
  for (const workspace::Repository* repository : context_.workspace().repositories()) {
    const model::JobRefSnap* current = repository->FindJobBySnapshotId(snapshot_id);
    if (current != nullptr && !job) job = Snap(*repository, *current);
  }
  if (!job) {
    const auto text = context_.storage().runs().SnapshotText(snapshot_id);
    if (!text) return nullptr;
    job = std::make_shared<const model::JobSnap>(serdes::Decode<model::JobSnap>(*text));
  }
  return historical_.emplace(snapshot_id, std::make_unique<const JobStructure>(snapshot_id, std::move(job)))
      .first->second.get();
}

}  // namespace tidemill::api
