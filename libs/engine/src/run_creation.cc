#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include <tidemill/assets/partitions_subset.h>
#include <tidemill/assets/partitions_subset_json.h>
#include <tidemill/base/error.h>
#include <tidemill/base/uuid.h>
#include <tidemill/engine/event_builder.h>
#include <tidemill/engine/run_creation.h>
#include <tidemill/storage/event_storage.h>

namespace tidemill::engine {
namespace {

/// Dagster's count of the pools that a run's first steps need (compute_run_op_concurrency_info_for_snapshot).
std::optional<model::RunOpConcurrency> PoolsOf(const model::PlanSnap& plan) {
  const std::set<std::string> executed(plan.step_keys_to_execute.begin(), plan.step_keys_to_execute.end());
  std::map<std::string, std::int64_t> at_root;
  std::set<std::string> all;
  bool unconstrained = false;
  for (const model::StepSnap& step : plan.steps) {
    if (!executed.contains(step.key)) continue;
    const bool is_root = std::none_of(step.inputs.begin(), step.inputs.end(), [&](const model::StepInputSnap& input) {
      return std::any_of(input.upstream_output_handles.begin(), input.upstream_output_handles.end(),
                         [&](const model::StepOutputHandle& handle) { return executed.contains(handle.step_key); });
    });
    if (!step.pool) {
      unconstrained |= is_root;
      continue;
    }
    all.insert(*step.pool);
    if (is_root) ++at_root[*step.pool];
  }
  if (all.empty()) return std::nullopt;
  return model::RunOpConcurrency{{at_root.begin(), at_root.end()}, unconstrained, {all.begin(), all.end()}};
}

/// The partitions that a run's tags name, for an asset or check with these partitions.
std::optional<assets::PartitionsSubset> PartitionsOf(const model::Run& run,
                                                     const std::optional<model::PartitionsSnap>& definition,
                                                     const assets::PartitionsContext& context) {
  if (!definition) return std::nullopt;
  const std::string* key = model::FindTag(run.tags, model::tag::kPartition);
  const std::string* first = model::FindTag(run.tags, model::tag::kPartitionRangeStart);
  const std::string* last = model::FindTag(run.tags, model::tag::kPartitionRangeEnd);
  auto partitions = assets::PartitionsDefinition::FromSnap(*definition);
  if (first != nullptr && last != nullptr) {
    std::vector<std::string> keys = partitions.KeysInRange(*first, *last, context);
    return assets::PartitionsSubset::OfKeys(std::move(partitions), keys, context);
  }
  if (key == nullptr) return std::nullopt;
  partitions.CheckKey(*key, context);
  return assets::PartitionsSubset::OfKeys(std::move(partitions), {*key}, context);
}

/// The partitions that Dagster keeps with the run itself: those of the plan's last asset, where they are a stretch of
/// time or a range of a dynamic definition (construct_run_with_snapshots).
json::Value StoredPartitions(const RunCreation& creation) {
  const std::string* key = model::FindTag(creation.run.tags, model::tag::kPartition);
  const std::string* first = model::FindTag(creation.run.tags, model::tag::kPartitionRangeStart);
  const std::string* last = model::FindTag(creation.run.tags, model::tag::kPartitionRangeEnd);
  if (first == nullptr || last == nullptr) first = last = key;
  if (first == nullptr) return nullptr;
  const model::AssetKey* last_asset = nullptr;
  for (const model::StepSnap& step : creation.plan.steps) {
    for (const model::StepOutputSnap& output : step.outputs) {
      if (output.properties.asset_key) last_asset = &*output.properties.asset_key;
    }
  }
  if (last_asset == nullptr) return nullptr;
  const std::optional<model::PartitionsSnap>* snap = nullptr;
  for (const model::AssetNodeSnap& node : creation.repository.asset_nodes) {
    if (node.asset_key == *last_asset) snap = &node.partitions;
  }
  if (snap == nullptr || !*snap) return nullptr;
  if (const auto* dynamic = std::get_if<model::DynamicPartitionsSnap>(&**snap); dynamic != nullptr && dynamic->name) {
    const json::Value range = json::Object{{"__class__", "PartitionKeyRange"}, {"end", *last}, {"start", *first}};
    return json::Object{{"__class__", "KeyRangesPartitionsSubset"},
                        {"key_ranges", json::Array{range}},
                        {"partitions_snap", json::Object{{"__class__", "ExternalDynamicPartitionsDefinitionData"},
                                                         {"name", *dynamic->name}}}};
  }
  if (!std::holds_alternative<model::TimeWindowPartitionsSnap>(**snap)) return nullptr;
  auto definition = assets::PartitionsDefinition::FromSnap(**snap);
  const auto start = definition.WindowOf(*first);
  const auto end = definition.WindowOf(*last);
  if (!start || !end) return nullptr;
  return assets::ToJson(assets::PartitionsSubset::OfWindows(std::move(definition), {{start->start, end->end}}));
}

/// Says which assets and checks a run will make.
class PlannedEvents {
 public:
  PlannedEvents(const RunCreation& creation, const assets::PartitionsContext& partitions, const Clock& clock)
      : creation_(creation), partitions_(partitions), events_(creation.run.run_id, creation.run.job_name, clock, 0) {}

  std::vector<storage::NewEvent> Make() {
    const auto& keys = creation_.plan.step_keys_to_execute;
    const std::set<std::string> executed(keys.begin(), keys.end());
    for (const model::StepSnap& step : creation_.plan.steps) {
      if (!executed.contains(step.key)) continue;
      for (const model::StepOutputSnap& output : step.outputs) PlanOutput(step, output.properties);
    }
    // Several are stored as one batch, which Dagster sorts by the text of their keys.
    if (planned_.size() > 1) {
      std::stable_sort(planned_.begin(), planned_.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    std::vector<storage::NewEvent> events;
    for (auto& [key, entry] : planned_) events.emplace_back(std::move(entry));
    return events;
  }

 private:
  void PlanOutput(const model::StepSnap& step, const model::StepOutputProperties& properties) {
    const bool made = !properties.asset_execution_type ||
                      *properties.asset_execution_type == model::AssetExecutionType::kMaterialization;
    if (properties.asset_key && made) PlanAsset(step, *properties.asset_key);
    if (properties.asset_check_key) PlanCheck(step, *properties.asset_check_key);
  }

  void PlanAsset(const model::StepSnap& step, const model::AssetKey& key) {
    std::optional<model::PartitionsSnap> definition;
    for (const model::AssetNodeSnap& node : creation_.repository.asset_nodes) {
      if (node.asset_key == key) definition = node.partitions;
    }
    const std::string column = key.ToColumn();
    const std::string message = fmt::format("{} intends to materialize asset {}", creation_.run.job_name, column);
    const auto add = [&](std::optional<std::string> partition) {
      Add(column, step, model::EventType::kAssetMaterializationPlanned, message,
          model::event::MaterializationPlanned{key, std::move(partition), {}});
    };
    const auto subset = PartitionsOf(creation_.run, definition, partitions_);
    if (!subset) return add(std::nullopt);
    for (std::string& partition : subset->Keys()) add(std::move(partition));
  }

  void PlanCheck(const model::StepSnap& step, const model::AssetCheckKey& key) {
    std::optional<model::PartitionsSnap> definition;
    for (const model::AssetCheckSnap& check : creation_.repository.asset_checks) {
      if (check.asset_key == key.asset_key && check.name == key.name) definition = check.partitions;
    }
    model::event::CheckPlanned planned;
    planned.asset_key = key.asset_key;
    planned.check_name = key.name;
    if (const auto subset = PartitionsOf(creation_.run, definition, partitions_)) {
      planned.partitions_subset = assets::ToJson(*subset);
    }
    const std::string column = key.asset_key.ToColumn();
    // The text of a check's key begins with a brace: they come after all assets.
    Add("{" + column + key.name, step, model::EventType::kAssetCheckEvaluationPlanned,
        fmt::format("{} intends to execute asset check {} on asset {}", creation_.run.job_name, key.name, column),
        std::move(planned));
  }

  void Add(const std::string& sort_key, const model::StepSnap& step, model::EventType type, std::string message,
           model::EventData data) {
    planned_.emplace_back(sort_key,
                          events_.Reported(type, std::move(message), model::level::kDebug, std::move(data), step.key));
  }

  const RunCreation& creation_;
  const assets::PartitionsContext& partitions_;
  EventBuilder events_;
  std::vector<std::pair<std::string, model::EventLogEntry>> planned_;  ///< By the text that they are sorted by.
};

}  // namespace

model::Run CreateRun(storage::Storage& storage, RunCreation creation, const assets::PartitionsContext& partitions,
                     const Clock& clock) {
  model::Run& run = creation.run;
  if (run.run_id.empty()) run.run_id = NewUuid();
  run.run_op_concurrency = PoolsOf(creation.plan);
  run.partitions_subset = StoredPartitions(creation);
  // Bad partitions are refused before anything is stored.
  const std::vector<storage::NewEvent> planned = PlannedEvents(creation, partitions, clock).Make();
  if (creation.parent_job != nullptr) storage.runs().AddJobSnapshot(*creation.parent_job);
  run.job_snapshot_id = storage.runs().AddJobSnapshot(creation.job);
  run.execution_plan_snapshot_id = storage.runs().AddPlanSnapshot(creation.plan);
  storage.runs().AddRun(run);
  if (!planned.empty()) storage.events().Append(planned);
  return std::move(run);
}

}  // namespace tidemill::engine
