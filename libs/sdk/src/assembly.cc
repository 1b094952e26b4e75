#include "assembly.h"

#include <algorithm>

#include <fmt/format.h>

#include <tidemill/assets/asset_graph.h>
#include <tidemill/assets/cron.h>
#include <tidemill/assets/selection.h>
#include <tidemill/assets/time_zone.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::sdk::detail {
namespace {

[[noreturn]] void Fail(const std::string& message) { throw Error(Code::kInvalidArgument, message); }

/// Tells of a name that is used twice.
class UniqueNames final {
 public:
  explicit UniqueNames(const char* kind) : kind_(kind) {}
  void Add(const std::string& name) {
    if (!names_.insert(name).second) Fail(fmt::format("{} \"{}\" is defined twice; rename one of them", kind_, name));
  }

 private:
  const char* kind_;
  std::set<std::string> names_;
};

model::AssetNodeSnap NodeOf(const AssetDescription& asset) {
  model::AssetNodeSnap node;
  node.asset_key = asset.key;
  node.group_name = asset.group_name;
  node.tags = asset.tags;
  node.owners = asset.owners;
  node.execution_type = asset.execution_type;
  if (asset.partitions) node.partitions = asset.partitions->ToSnap();
  for (const auto& dependency : asset.dependencies) {
    model::AssetDependencySnap snap;
    snap.upstream_asset_key = dependency.key;
    node.dependencies.push_back(std::move(snap));
  }
  return node;
}

}  // namespace

Assembly::Assembly(const Records& records) : records_(records) {
  IndexAssets();
  CheckNames();
  CheckEdges();
  CheckCrons();
  BuildAssetOps();
}

void Assembly::IndexAssets() {
  const auto add = [this](const AssetRecord& asset) {
    if (assets_.emplace(asset.key, &asset).second) return;
    Fail(fmt::format("asset \"{}\" is defined twice; give one of them another name, or a KeyPrefix",
                     asset.key.ToUserString()));
  };
  for (const auto& node : records_.nodes) {
    for (const auto& asset : node->assets) add(*asset);
  }
  for (const auto& asset : records_.externals) add(*asset);
}

void Assembly::CheckNames() const {
  UniqueNames ops("op or graph");
  UniqueNames checks("asset check");
  UniqueNames jobs("job");
  UniqueNames instigators("schedule or sensor");
  for (const auto& node : records_.nodes) {
    ops.Add(OpName(*node));
    for (const auto& check : node->checks) {
      checks.Add(model::AssetCheckKey{check->asset->key, check->name}.ToUserString());
    }
  }
  for (const auto& graph : records_.graphs) ops.Add(graph->name);
  for (const auto& job : records_.jobs) jobs.Add(job->name);
  for (const auto& schedule : records_.schedules) instigators.Add(schedule->snap.name);
  for (const auto& sensor : records_.sensors) instigators.Add(sensor->snap.name);
}

void Assembly::CheckEdges() const {
  const auto check = [this](const std::string& owner, const Edge& edge) {
    if (assets_.contains(KeyOf(edge))) return;
    const std::string name = KeyOf(edge).ToUserString();
    Fail(
        fmt::format("{} depends on the asset \"{}\", which is not defined; define it, or declare one that is made "
                    "elsewhere: defs.ExternalAsset(\"{}\")",
                    owner, name, name));
  };
  for (const auto& node : records_.nodes) {
    for (const auto& edge : node->from) check(OwnerName(*node), edge);
    for (const auto& asset : node->assets) {
      for (const auto& edge : asset->deps) check(OwnerName(*node), edge);
    }
  }
  for (const auto& asset : records_.externals) {
    for (const auto& edge : asset->deps) check(fmt::format("asset \"{}\"", asset->key.ToUserString()), edge);
  }
}

void Assembly::CheckCrons() const {
  for (const auto& schedule : records_.schedules) {
    try {
      assets::CronSchedule::Parse(schedule->snap.cron_schedules);
      if (schedule->snap.execution_timezone) assets::TimeZone::Find(*schedule->snap.execution_timezone);
    } catch (const Error& error) {
      Fail(fmt::format("schedule \"{}\": {}", schedule->snap.name, error.what()));
    }
  }
}

void Assembly::BuildAssetOps() {
  const ResourceScope resources(records_, nullptr);
  for (const auto& node : records_.nodes) {
    if (node->kind != NodeKind::kOp) asset_ops_.push_back(BindAssetOp(*node, resources, assets_));
  }
}

std::vector<std::string> Assembly::JobNames() const {
  std::vector<std::string> names;
  if (!asset_ops_.empty()) names.emplace_back(kImplicitAssetJobName);
  for (const auto& job : records_.jobs) names.push_back(job->name);
  std::ranges::sort(names);
  return names;
}

const JobRecord* Assembly::FindJob(std::string_view name) const {
  const auto at = std::ranges::find_if(records_.jobs, [name](const auto& job) { return job->name == name; });
  return at != records_.jobs.end() ? at->get() : nullptr;
}

void Assembly::ThrowUnknownJob(std::string_view name) const {
  throw Error(Code::kNotFound,
              fmt::format("there is no job \"{}\"; this location has {}", name, fmt::join(JobNames(), ", ")));
}

const engine::JobDefinition& Assembly::Whole(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  auto at = whole_jobs_.find(name);
  if (at == whole_jobs_.end()) at = whole_jobs_.emplace(name, BuildJob(name)).first;
  return at->second;
}

const std::string& Assembly::WholeSnapshotId(std::string_view name) const {
  const engine::JobDefinition& whole = Whole(name);
  const std::lock_guard lock(mutex_);
  auto at = snapshot_ids_.find(name);
  if (at == snapshot_ids_.end()) at = snapshot_ids_.emplace(name, serdes::SnapshotId(FullSnapshot(whole))).first;
  return at->second;
}

std::optional<engine::JobDefinition> Assembly::Part(const engine::JobSelector& selector) const {
  const JobRecord* record = FindJob(selector.job_name);
  if (selector.asset_selection || selector.asset_check_selection) {
    if (record != nullptr && record->graph != nullptr) {
      Fail(fmt::format("job \"{}\" is made of ops, so no assets can be selected from it", selector.job_name));
    }
    std::set<model::AssetKey> selected;
    if (selector.asset_selection) selected = {selector.asset_selection->begin(), selector.asset_selection->end()};
    std::optional<std::set<model::AssetCheckKey>> checks;
    if (selector.asset_check_selection) {
      checks.emplace(selector.asset_check_selection->begin(), selector.asset_check_selection->end());
    }
    return SubsetByAssets(Whole(selector.job_name), SpecOf(record), selected, checks);
  }
  if (selector.op_selection && !selector.op_selection->empty()) {
    return SubsetByOps(Whole(selector.job_name), *selector.op_selection);
  }
  return {};
}

engine::JobDefinition Assembly::Job(const engine::JobSelector& selector) const {
  auto part = Part(selector);
  engine::JobDefinition job = part ? *std::move(part) : Whole(selector.job_name);
  AddDefaultIoManager(job);
  return job;
}

model::JobSnap Assembly::Snapshot(const engine::JobSelector& selector) const {
  if (const auto part = Part(selector)) return FullSnapshot(*part, WholeSnapshotId(selector.job_name));
  return FullSnapshot(Whole(selector.job_name));
}

engine::JobDefinition Assembly::BuildJob(std::string_view name) const {
  const JobRecord* record = FindJob(name);
  if (record == nullptr && (name != kImplicitAssetJobName || asset_ops_.empty())) ThrowUnknownJob(name);
  try {
    if (record != nullptr && record->graph != nullptr) return BuildOpJob(*record);
    engine::JobDefinition job = BuildAssetJob(SpecOf(record));
    if (record != nullptr && record->partitions) job.partitions = record->partitions;
    return job;
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("job \"{}\": {}", name, error.what()));
  }
}

engine::JobDefinition Assembly::BuildOpJob(const JobRecord& record) const {
  engine::JobDefinition job;
  job.name = record.name;
  job.structure.name = record.name;
  job.structure.description = record.description;
  job.structure.tags = record.tags;
  job.structure.run_tags = record.run_tags;
  job.structure.metadata = record.metadata;
  job.structure.owners = record.owners;
  job.executor = record.executor.value_or(records_.executor);
  job.default_run_config = record.run_config;
  job.op_retry_policy = record.op_retry;
  job.partitions = record.partitions;
  job.resources = ResourcesOf(&record);
  AddGraph(*record.graph, ResourceScope(records_, &record), job);
  std::set<std::string, std::less<>> own_resources;
  for (const auto& [key, resource] : record.resources) own_resources.insert(key);
  CompleteJob(job, own_resources);
  return job;
}

AssetJobSpec Assembly::SpecOf(const JobRecord* record) const {
  AssetJobSpec spec;
  spec.ops = asset_ops_;
  spec.resources = ResourcesOf(record);
  spec.executor = records_.executor;
  if (record == nullptr) {
    spec.name = kImplicitAssetJobName;
    for (const auto& [key, asset] : assets_) {
      if (asset->execution_type != model::AssetExecutionType::kUnexecutable) spec.assets.insert(key);
    }
    return spec;
  }
  spec.name = record->name;
  spec.description = record->description;
  spec.tags = record->tags;
  spec.run_tags = record->run_tags.value_or(record->tags);
  spec.metadata = record->metadata;
  spec.owners = record->owners;
  if (record->executor) spec.executor = *record->executor;
  spec.default_run_config = record->run_config;
  spec.op_retry_policy = record->op_retry;
  spec.assets = SelectedAssets(*record);
  return spec;
}

std::set<model::AssetKey> Assembly::SelectedAssets(const JobRecord& record) const {
  std::set<model::AssetKey> selected;
  for (const auto* asset : record.assets) selected.insert(asset->key);
  if (record.selection) {
    std::vector<model::AssetNodeSnap> nodes;
    for (const auto& asset : DescribeAssets()) nodes.push_back(NodeOf(asset));
    const assets::AssetGraph graph{std::span<const model::AssetNodeSnap>(nodes)};
    for (const assets::AssetId id : assets::AssetSelection::Parse(*record.selection).Resolve(graph)) {
      selected.insert(graph.key(id));
    }
  }
  if (selected.empty()) Fail("its selection has no asset; name at least one");
  return selected;
}

std::map<std::string, engine::ResourceDefinition, std::less<>> Assembly::ResourcesOf(const JobRecord* record) const {
  return ResourceScope(records_, record).Define();
}

void Assembly::CheckAll() const {
  for (const auto& name : JobNames()) Whole(name);
}

}  // namespace tidemill::sdk::detail
