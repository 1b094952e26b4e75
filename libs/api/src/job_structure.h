#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/model/job_snap.h>

namespace tidemill::api {

/// The end of a dependency inside of one graph.
struct InputHandle {
  const model::NodeInvocationSnap* node = nullptr;
  std::string_view input_name;
};

/// One graph of a job, the root or a nested one, with the look-ups that its fields need.
struct GraphStructure {
  const model::DependencyStructureSnap* snap = nullptr;
  std::map<std::string_view, const model::NodeInvocationSnap*> nodes;                            ///< By name.
  std::map<std::pair<std::string_view, std::string_view>, std::vector<InputHandle>> dependents;  ///< By node, output.

  const model::NodeInvocationSnap& Node(std::string_view name) const { return *nodes.at(name); }
};

/// A job's snapshot with its graphs and definitions by name. Immutable.
class JobStructure final {
 public:
  JobStructure(std::string snapshot_id, std::shared_ptr<const model::JobSnap> job,
               const workspace::Repository* repository = nullptr);

  /// Whose job it is now; nullptr of a job as a run had it.
  const workspace::Repository* repository() const { return repository_; }
  const std::string& snapshot_id() const { return snapshot_id_; }
  const model::JobSnap& job() const { return *job_; }
  const GraphStructure& root() const { return root_; }

  /// nullptr if it is a graph, or an op.
  const model::OpDefSnap* FindOp(std::string_view definition_name) const;
  const model::GraphDefSnap* FindGraph(std::string_view definition_name) const;
  const GraphStructure& GraphOf(const model::GraphDefSnap& graph) const { return graphs_.at(&graph); }

 private:
  std::string snapshot_id_;
  std::shared_ptr<const model::JobSnap> job_;
  const workspace::Repository* repository_;
  GraphStructure root_;
  std::unordered_map<std::string_view, const model::OpDefSnap*> ops_;
  std::unordered_map<std::string_view, const model::GraphDefSnap*> graph_defs_;
  std::unordered_map<const model::GraphDefSnap*, GraphStructure> graphs_;
};

/// The structures that a request has looked at, each built once.
class JobStructures final {
 public:
  explicit JobStructures(const RequestContext& context) : context_(context) {}

  /// A job that a repository has now. Throws as Repository::Job.
  const JobStructure& Of(const workspace::Repository& repository, const model::JobRefSnap& job);
  /// The job of a run, as it was then: from a repository if it has it still, else from the storage. nullptr if it is
  /// stored nowhere.
  const JobStructure* Historical(const std::string& snapshot_id);

 private:
  const RequestContext& context_;
  std::map<std::pair<const workspace::Repository*, std::string>, std::unique_ptr<const JobStructure>> current_;
  std::map<std::string, std::unique_ptr<const JobStructure>, std::less<>> historical_;
};

}  // namespace tidemill::api
