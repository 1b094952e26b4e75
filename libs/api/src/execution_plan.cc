#include "execution_plan.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <tidemill/serdes/serdes.h>

namespace tidemill::api {
namespace {

/// Steps and inputs keep the plan that they point into.
struct Step {
  std::shared_ptr<const model::PlanSnap> plan;
  const model::StepSnap* step;
};
struct StepInput {
  std::shared_ptr<const model::PlanSnap> plan;
  const model::StepInputSnap* input;
};

bool Executes(const model::PlanSnap& plan, std::string_view step_key) {
  const auto& keys = plan.step_keys_to_execute;
  return std::find(keys.begin(), keys.end(), step_key) != keys.end();
}

const model::StepSnap* FindStep(const model::PlanSnap& plan, std::string_view key) {
  const auto found =
      std::find_if(plan.steps.begin(), plan.steps.end(), [&](const auto& step) { return step.key == key; });
  return found == plan.steps.end() ? nullptr : &*found;
}

std::vector<Step> StepsOf(const std::shared_ptr<const model::PlanSnap>& plan, const std::vector<std::string>& keys) {
  std::vector<Step> steps;
  for (const std::string& key : keys) {
    if (const model::StepSnap* step = FindStep(*plan, key)) steps.push_back({plan, step});
  }
  return steps;
}

/// The steps of this plan that the input waits for, each once.
std::vector<Step> DependenciesOf(const StepInput& input) {
  std::vector<std::string> keys;
  const auto add = [&](const std::string& key) {
    if (Executes(*input.plan, key) && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  };
  for (const model::StepOutputHandle& handle : input.input->upstream_output_handles) add(handle.step_key);
  if (const auto* asset = std::get_if<model::input_source::LoadableAsset>(&input.input->source)) {
    for (const std::string& key : asset->ordering_step_keys) add(key);
  }
  return StepsOf(input.plan, keys);
}

std::string_view KindOf(const Step& step) {
  switch (step.step->kind) {
    case model::StepKind::kCompute:
      return "COMPUTE";
    case model::StepKind::kUnresolvedMapped:
      return "UNRESOLVED_MAPPED";
    case model::StepKind::kUnresolvedCollect:
      return "UNRESOLVED_COLLECT";
  }
  return "COMPUTE";
}

/// The step's tags, sorted.
model::Tags MetadataOf(const Step& step) {
  model::Tags items = step.step->tags;
  std::sort(items.begin(), items.end());
  return items;
}

void BindSteps(graphql::Schema& schema) {
  schema.Object<model::StepOutputSnap>("ExecutionStepOutput").Field("name", &model::StepOutputSnap::name);
  schema.Object<StepInput>("ExecutionStepInput")
      .Field("name", [](const StepInput& input) -> const std::string& { return input.input->name; })
      .Field("dependsOn", DependenciesOf);
  schema.Object<Step>("ExecutionStep")
      .Field("key", [](const Step& step) -> const std::string& { return step.step->key; })
      .Field("inputs",
             [](const Step& step) {
               std::vector<StepInput> inputs;
               for (const model::StepInputSnap& input : step.step->inputs) inputs.push_back({step.plan, &input});
               return inputs;
             })
      .Field(
          "outputs", [](const Step& step) -> const auto& { return step.step->outputs; })
      .Field("solidHandleID", [](const Step& step) { return step.step->node_handle.ToString(); })
      .Field("kind", KindOf)
      .Field("metadata", MetadataOf);
}

}  // namespace

std::optional<ExecutionPlan> PlanOf(const Run& run, const RequestContext& context) {
  const model::Run& row = run.run();
  if (!row.execution_plan_snapshot_id) return std::nullopt;
  const auto text = context.storage().runs().SnapshotText(*row.execution_plan_snapshot_id);
  if (!text) return std::nullopt;
  return ExecutionPlan{std::make_shared<const model::PlanSnap>(serdes::Decode<model::PlanSnap>(*text))};
}

std::vector<model::AssetKey> AssetKeysOf(const model::PlanSnap& plan) {
  std::vector<model::AssetKey> keys;
  for (const model::StepSnap& step : plan.steps) {
    if (!Executes(plan, step.key)) continue;
    for (const model::StepOutputSnap& output : step.outputs) {
      const auto& key = output.properties.asset_key;
      if (key && std::find(keys.begin(), keys.end(), *key) == keys.end()) keys.push_back(*key);
    }
  }
  return keys;
}

std::vector<model::AssetCheckKey> CheckKeysOf(const model::PlanSnap& plan) {
  std::vector<model::AssetCheckKey> keys;
  for (const model::StepSnap& step : plan.steps) {
    if (!Executes(plan, step.key)) continue;
    for (const model::StepOutputSnap& output : step.outputs) {
      const auto& key = output.properties.asset_check_key;
      if (key && std::find(keys.begin(), keys.end(), *key) == keys.end()) keys.push_back(*key);
    }
  }
  return keys;
}

void BindExecutionPlan(graphql::Schema& schema) {
  BindSteps(schema);
  schema.Object<ExecutionPlan>("ExecutionPlan")
      .Field("steps", [](const ExecutionPlan& plan) { return StepsOf(plan.plan, plan.plan->step_keys_to_execute); })
      .Field("artifactsPersisted", [](const ExecutionPlan& plan) { return plan.plan->artifacts_persisted; })
      .Field("assetKeys", [](const ExecutionPlan& plan) { return AssetKeysOf(*plan.plan); })
      .Field("assetCheckKeys", [](const ExecutionPlan& plan) { return CheckKeysOf(*plan.plan); })
      .Field("assetSelection", [](const ExecutionPlan& plan) {
        std::vector<std::string> texts;
        for (const model::AssetKey& key : AssetKeysOf(*plan.plan)) texts.push_back("AssetKey(" + key.ToColumn() + ")");
        return texts;
      });
  schema.Object<Run>("Run").Field("executionPlan", [](const Run& run, const RequestContext& context) {
    return run.run().job_snapshot_id ? PlanOf(run, context) : std::nullopt;
  });
}

}  // namespace tidemill::api
