#include <algorithm>

#include <fmt/format.h>

#include "assembly.h"

namespace tidemill::sdk::detail {
namespace {

AssetDescription Describe(const AssetRecord& asset, const std::vector<const Edge*>& edges,
                          const std::map<model::AssetKey, const AssetRecord*>& all) {
  AssetDescription description;
  description.key = asset.key;
  description.description = asset.description;
  description.group_name = asset.group;
  description.metadata = asset.metadata;
  description.tags = asset.tags;
  description.owners = asset.owners;
  description.code_version = asset.code_version;
  description.partitions = asset.partitions;
  description.execution_type = asset.execution_type;
  description.automation_condition = asset.automation_condition;
  description.freshness_policy = asset.freshness_policy;
  description.backfill_policy = asset.backfill_policy;
  description.auto_observe_interval_minutes = asset.auto_observe_minutes;
  for (const Edge* edge : edges) {
    const model::AssetKey& key = KeyOf(*edge);
    auto& dependencies = description.dependencies;
    if (std::ranges::find(dependencies, key, &engine::AssetInput::key) != dependencies.end()) continue;
    engine::AssetInput dependency;
    dependency.key = key;
    dependency.mapping = edge->mapping;
    const auto upstream = all.find(key);
    if (upstream != all.end()) dependency.partitions = upstream->second->partitions;
    dependencies.push_back(std::move(dependency));
  }
  return description;
}

}  // namespace

std::vector<AssetDescription> Assembly::DescribeAssets() const {
  std::vector<AssetDescription> descriptions;
  for (const auto& node : records_.nodes) {
    for (const auto& asset : node->assets) {
      descriptions.push_back(Describe(*asset, DependenciesOf(*node, *asset), assets_));
    }
  }
  for (const auto& asset : records_.externals) {
    std::vector<const Edge*> edges;
    for (const auto& edge : asset->deps) edges.push_back(&edge);
    descriptions.push_back(Describe(*asset, edges, assets_));
  }
  return descriptions;
}

std::vector<CheckDescription> Assembly::DescribeChecks() const {
  std::vector<CheckDescription> descriptions;
  for (const auto& node : records_.nodes) {
    for (const auto& check : node->checks) {
      CheckDescription description;
      description.key = {check->asset->key, check->name};
      description.description = check->description;
      description.blocking = check->blocking;
      for (const auto* asset : check->additional_assets) description.additional_assets.push_back(asset->key);
      description.partitions = check->partitions;
      description.automation_condition = check->automation_condition;
      descriptions.push_back(std::move(description));
    }
  }
  return descriptions;
}

model::RepositorySnap Assembly::Repository(bool defer_snapshots) const {
  RepositoryDescription description;
  for (const auto& name : JobNames()) description.jobs.push_back(&Whole(name));
  description.ops = asset_ops_;
  description.assets = DescribeAssets();
  description.checks = DescribeChecks();
  for (const auto& schedule : records_.schedules) description.schedules.push_back({schedule->snap, {}});
  for (const auto& sensor : records_.sensors) {
    model::SensorSnap snap = sensor->snap;
    for (const auto* job : sensor->jobs) {
      model::SensorTargetSnap target;
      target.job_name = job->name;
      snap.targets.emplace_back(job->name, std::move(target));
    }
    if (!sensor->jobs.empty()) snap.job_name = sensor->jobs.front()->name;
    description.sensors.push_back({std::move(snap), {}});
  }
  const auto definitions = ResourceScope(records_, nullptr).Define();
  for (const auto& [key, record] : records_.resources) {
    description.resources.emplace(key, ResourceDescription{definitions.at(key), record.configured, record.type_name});
  }
  for (const auto& job : records_.jobs) {
    if (job->backfill_policy) description.job_backfill_policies.emplace(job->name, *job->backfill_policy);
  }
  description.metadata = records_.metadata;
  return BuildRepositorySnap(description, defer_snapshots);
}

}  // namespace tidemill::sdk::detail
