#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemill/sdk/snapshots.h>
#include <tidemill/serdes/serdes.h>

#include "asset_nodes.h"
#include "resource_snaps.h"

namespace tidemill::sdk {
namespace {

constexpr std::string_view kPartitionSetSuffix = "_partition_set";
constexpr std::string_view kDefaultAutomationSensor = "default_automation_condition_sensor";
constexpr std::int64_t kAutomationIntervalSeconds = 30;

template <class T>
void SortByName(std::vector<T>& items) {
  std::sort(items.begin(), items.end(), [](const T& a, const T& b) { return a.name < b.name; });
}

/// The configuration that the launchpad offers for a job which has one.
json::Array Presets(const engine::JobDefinition& job) {
  if (!job.default_run_config.is_object() || job.default_run_config.AsObject().empty()) return {};
  return {json::Object{{"__class__", "ExternalPresetData"},
                       {"mode", "default"},
                       {"name", "default"},
                       {"run_config", job.default_run_config},
                       {"solid_selection", nullptr},
                       {"tags", json::Object{}}}};
}

void AddJobs(const RepositoryDescription& description, bool defer_snapshots, model::RepositorySnap& repository) {
  if (defer_snapshots) {
    repository.job_refs.emplace();
  } else {
    repository.jobs.emplace();
  }
  for (const engine::JobDefinition* job : description.jobs) {
    model::JobSnap snapshot = FullSnapshot(*job);
    if (defer_snapshots) {
      model::JobRefSnap ref;
      ref.name = job->name;
      ref.snapshot_id = serdes::SnapshotId(snapshot);
      ref.active_presets = Presets(*job);
      ref.owners = job->structure.owners;
      ref.automation_condition = job->structure.automation_condition;
      repository.job_refs->push_back(std::move(ref));
    } else {
      repository.jobs->push_back({job->name, std::move(snapshot), std::nullopt, Presets(*job)});
    }
  }
  if (defer_snapshots) {
    SortByName(*repository.job_refs);
  } else {
    SortByName(*repository.jobs);
  }
}

/// The smallest of the policies of the job's partitioned assets, one partition a run where an asset has none.
model::BackfillPolicy BackfillPolicyOf(const engine::JobDefinition& job, const RepositoryDescription& description) {
  auto given = description.job_backfill_policies.find(job.name);
  if (given != description.job_backfill_policies.end()) return given->second;
  std::map<model::AssetKey, const AssetDescription*> assets;
  for (const AssetDescription& asset : description.assets) assets.emplace(asset.key, &asset);
  std::optional<std::int64_t> smallest;
  bool any = false;
  for (const auto& [port, output] : job.asset_outputs) {
    auto asset = assets.find(output.key);
    if (!output.selected || asset == assets.end() || !asset->second->partitions) continue;
    auto size = asset->second->backfill_policy.value_or(model::BackfillPolicy{}).max_partitions_per_run;
    if (size) smallest = std::min(size.value(), smallest.value_or(*size));
    any = true;
  }
  return any ? model::BackfillPolicy{smallest} : model::BackfillPolicy{};
}

void AddPartitionSets(const RepositoryDescription& description, model::RepositorySnap& repository) {
  for (const engine::JobDefinition* job : description.jobs) {
    if (!job->partitions) continue;
    model::PartitionSetSnap set;
    set.name = job->name + std::string(kPartitionSetSuffix);
    set.job_name = job->name;
    set.partitions = job->partitions->ToSnap();
    set.backfill_policy = BackfillPolicyOf(*job, description);
    repository.partition_sets.push_back(std::move(set));
  }
  SortByName(repository.partition_sets);
}

/// Evaluates all conditions that no sensor of the user does; has no code of its own.
model::SensorSnap DefaultAutomationSensor() {
  model::SensorSnap sensor;
  sensor.name = kDefaultAutomationSensor;
  sensor.min_interval_seconds = kAutomationIntervalSeconds;
  sensor.sensor_type = "AUTO_MATERIALIZE";
  sensor.asset_selection = json::Object{{"__class__", "AllSelection"}, {"include_sources", false}};
  model::SensorTargetSnap target;
  target.job_name = kImplicitAssetJobName;
  sensor.targets.emplace_back(target.job_name, target);
  sensor.standard_metadata.emplace().emplace_back("dagster/emit_backfills", model::metadata::Bool{true});
  sensor.owners.emplace();
  return sensor;
}

bool NeedsAutomationSensor(const RepositoryDescription& description) {
  for (const SensorDescription& sensor : description.sensors) {
    if (sensor.snap.sensor_type == "AUTO_MATERIALIZE" || sensor.snap.sensor_type == "AUTOMATION") return false;
  }
  auto has_condition = [](const auto& each) { return !each.automation_condition.is_null(); };
  return std::any_of(description.assets.begin(), description.assets.end(), has_condition) ||
         std::any_of(description.checks.begin(), description.checks.end(), has_condition);
}

}  // namespace

model::RepositorySnap BuildRepositorySnap(const RepositoryDescription& description, bool defer_snapshots) {
  model::RepositorySnap repository;
  repository.name = description.name;
  repository.metadata = description.metadata;
  snapshots::AssetUses uses(description);
  repository.asset_nodes = snapshots::SnapAssets(description, uses);
  repository.asset_checks = snapshots::SnapChecks(description, uses);
  for (const ScheduleDescription& schedule : description.schedules) repository.schedules.push_back(schedule.snap);
  SortByName(repository.schedules);
  for (const SensorDescription& sensor : description.sensors) repository.sensors.push_back(sensor.snap);
  if (NeedsAutomationSensor(description)) repository.sensors.push_back(DefaultAutomationSensor());
  SortByName(repository.sensors);
  AddPartitionSets(description, repository);
  repository.resources = snapshots::SnapResources(description, repository.asset_nodes);
  repository.utilized_env_vars = snapshots::SnapEnvironmentVariables(description);
  AddJobs(description, defer_snapshots, repository);
  return repository;
}

}  // namespace tidemill::sdk
