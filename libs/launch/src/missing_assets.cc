#include <algorithm>
#include <set>

#include <fmt/format.h>

#include <tidemill/launch/reexecution.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::launch {
namespace {

constexpr std::string_view kAssetResumeRetryTag = "dagster/is_asset_resume_retry";

/// Assets and checks, as a plan names them.
struct Entities {
  std::set<model::AssetKey> assets;
  std::set<model::AssetCheckKey> checks;

  bool empty() const { return assets.empty() && checks.empty(); }
};

/// What a run has made, and which assets a blocking check refused.
struct Made {
  Entities done;
  std::set<model::AssetKey> refused;

  bool Needs(const model::AssetKey& key) const { return refused.contains(key) || !done.assets.contains(key); }
  bool Needs(const model::AssetCheckKey& key) const {
    return refused.contains(key.asset_key) || !done.checks.contains(key);
  }
};

Made ReadMade(storage::Storage& storage, const std::string& run_id) {
  storage::RunEventQuery query;
  query.types = {{model::EventType::kAssetMaterialization, model::EventType::kAssetCheckEvaluation}};
  Made made;
  for (const storage::StoredEvent& stored : storage.events().RunEvents(run_id, query)) {
    const model::DagsterEvent& event = *stored.entry.dagster_event;
    if (const auto* check = std::get_if<model::event::CheckEvaluation>(&event.data)) {
      if (check->blocking.value_or(false) && !check->passed) {
        made.refused.insert(check->asset_key);
      } else {
        made.done.checks.insert({check->asset_key, check->check_name});
      }
    } else if (const model::AssetKey* key = event.asset_key()) {
      made.done.assets.insert(*key);
    }
  }
  return made;
}

bool IsMissing(const model::StepOutputProperties& output, const Made& made) {
  return (output.asset_key && made.Needs(*output.asset_key)) ||
         (output.asset_check_key && made.Needs(*output.asset_check_key));
}

/// Adds what the step has to make again; if that is anything, also what it cannot leave out.
void AddMissing(const model::StepSnap& step, const Made& made, Entities& missing) {
  const bool any = std::any_of(step.outputs.begin(), step.outputs.end(),
                               [&](const auto& output) { return IsMissing(output.properties, made); });
  if (!any) return;
  for (const model::StepOutputSnap& output : step.outputs) {
    const model::StepOutputProperties& properties = output.properties;
    if (!properties.is_required && !IsMissing(properties, made)) continue;
    if (properties.asset_key) missing.assets.insert(*properties.asset_key);
    if (properties.asset_check_key) missing.checks.insert(*properties.asset_check_key);
  }
}

Entities FindMissing(storage::Storage& storage, const model::Run& parent) {
  const auto text = storage.runs().SnapshotText(parent.execution_plan_snapshot_id.value_or(""));
  if (!text) {
    throw Error(Code::kFailedPrecondition,
                fmt::format("the plan of run {} is not stored: launch its job instead", parent.run_id));
  }
  const auto plan = serdes::Decode<model::PlanSnap>(*text);
  const std::set<std::string_view> executed(plan.step_keys_to_execute.begin(), plan.step_keys_to_execute.end());
  const Made made = ReadMade(storage, parent.run_id);
  Entities missing;
  for (const model::StepSnap& step : plan.steps) {
    if (executed.contains(step.key)) AddMissing(step, made, missing);
  }
  return missing;
}

}  // namespace

Request ReexecuteMissingAssets(const Context& context, const model::Run& parent, const ReexecutionOptions& options) {
  const Entities missing = FindMissing(context.storage(), parent);
  if (missing.empty()) {
    throw Error(Code::kFailedPrecondition,
                fmt::format("run {} left no asset and no check to be made again", parent.run_id));
  }
  ReexecutionOptions all = options;
  all.strategy = engine::ReexecutionStrategy::kAllSteps;
  Request request = Reexecute(context, parent, all);
  request.target.asset_selection.emplace(missing.assets.begin(), missing.assets.end());
  request.target.asset_check_selection.emplace(missing.checks.begin(), missing.checks.end());
  model::SetTag(request.tags, kAssetResumeRetryTag, "true");
  return request;
}

}  // namespace tidemill::launch
