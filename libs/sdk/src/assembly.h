#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tidemill/sdk/definitions.h>
#include <tidemill/sdk/snapshots.h>

namespace tidemill::sdk::detail {

/// Everything the builders wrote down.
struct Records {
  std::vector<std::unique_ptr<NodeRecord>> nodes;
  std::vector<std::unique_ptr<AssetRecord>> externals;
  std::vector<std::unique_ptr<GraphRecord>> graphs;
  std::vector<std::unique_ptr<JobRecord>> jobs;
  std::vector<std::unique_ptr<ScheduleRecord>> schedules;
  std::vector<std::unique_ptr<SensorRecord>> sensors;
  std::map<std::string, ResourceRecord, std::less<>> resources;
  engine::ExecutorDefinition executor;
  model::Metadata metadata;
};

/// The location, put together from its records: names resolved, functions bound, jobs built when they are asked for.
/// Refers to the records. Safe from any thread.
class Assembly final {
 public:
  /// Throws Error(kInvalidArgument) that names the definition that does not fit, and the remedy. Jobs are checked when
  /// they are built.
  explicit Assembly(const Records& records);

  std::vector<std::string> JobNames() const;
  const JobRecord* FindJob(std::string_view name) const;
  engine::JobDefinition Job(const engine::JobSelector& selector) const;
  model::JobSnap Snapshot(const engine::JobSelector& selector) const;
  model::RepositorySnap Repository(bool defer_snapshots) const;
  /// Builds every job.
  void CheckAll() const;

 private:
  void CheckNames() const;
  void IndexAssets();
  void CheckEdges() const;
  void CheckCrons() const;
  void BuildAssetOps();

  /// The whole job, built at the first question; without the default IO manager, which is not shown.
  const engine::JobDefinition& Whole(std::string_view name) const;
  const std::string& WholeSnapshotId(std::string_view name) const;
  /// The part that is selected; nothing if nothing is.
  std::optional<engine::JobDefinition> Part(const engine::JobSelector& selector) const;
  engine::JobDefinition BuildJob(std::string_view name) const;
  engine::JobDefinition BuildOpJob(const JobRecord& record) const;
  AssetJobSpec SpecOf(const JobRecord* record) const;
  std::set<model::AssetKey> SelectedAssets(const JobRecord& record) const;
  std::map<std::string, engine::ResourceDefinition, std::less<>> ResourcesOf(const JobRecord* record) const;
  std::vector<AssetDescription> DescribeAssets() const;
  std::vector<CheckDescription> DescribeChecks() const;
  [[noreturn]] void ThrowUnknownJob(std::string_view name) const;

  const Records& records_;
  std::map<model::AssetKey, const AssetRecord*> assets_;
  std::vector<std::shared_ptr<const AssetOp>> asset_ops_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, engine::JobDefinition, std::less<>> whole_jobs_;  // Guarded by mutex_; never erased.
  mutable std::map<std::string, std::string, std::less<>> snapshot_ids_;          // Guarded by mutex_; never erased.
};

// ---- Pieces, each in a file of its own -----------------------------------------------------------------------------

/// Resource keys and definitions of one scope: a job's own resources in front of the location's.
class ResourceScope final {
 public:
  ResourceScope(const Records& records, const JobRecord* job) : records_(records), job_(job) {}

  /// The key of the resource that the parameter takes. Throws Error(kInvalidArgument) that names `owner` if there is
  /// none, or more than one of its type.
  std::string Resolve(const ResourceParameter& parameter, const std::string& owner) const;
  const ResourceRecord* Find(std::string_view key) const;
  std::map<std::string, engine::ResourceDefinition, std::less<>> Define() const;

 private:
  std::map<std::string, const ResourceRecord*, std::less<>> All() const;

  const Records& records_;
  const JobRecord* job_;
};

const model::AssetKey& KeyOf(const Edge& edge);
/// `asset "a/b"`, `op "x"`.
std::string OwnerName(const NodeRecord& node);
/// The name of the node's op: of an asset its key joined by "__".
std::string OpName(const NodeRecord& node);
std::string PythonName(const model::AssetKey& key);

/// Binds an asset's or check's function. `all` has the location's assets by key.
std::shared_ptr<const AssetOp> BindAssetOp(const NodeRecord& node, const ResourceScope& resources,
                                           const std::map<model::AssetKey, const AssetRecord*>& all);
std::shared_ptr<const engine::OpDefinition> BindOp(const NodeRecord& node, const ResourceScope& resources);
std::vector<std::string> OpInputNames(const NodeRecord& node);
std::vector<std::string> OpOutputNames(const NodeRecord& node);

/// What the asset of the node depends on, with and without a value.
std::vector<const Edge*> DependenciesOf(const NodeRecord& node, const AssetRecord& asset);

/// The IO manager under the key "io_manager" where the user defines none. Hosts are shown Dagster's own in its place.
void AddDefaultIoManager(engine::JobDefinition& job);

/// The job's graph, and the graphs and ops inside of it.
void AddGraph(const GraphRecord& graph, const ResourceScope& resources, engine::JobDefinition& job);

}  // namespace tidemill::sdk::detail
