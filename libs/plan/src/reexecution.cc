#include <algorithm>
#include <map>

#include <tidemill/plan/execution_plan.h>
#include <tidemill/plan/reexecution.h>

namespace tidemill::plan {
namespace {

struct StepHistory {
  bool seen = false;
  bool failed = false;
  bool succeeded = false;
  bool skipped = false;

  bool must_run_again() const { return !seen || failed || (!succeeded && !skipped); }
};

/// Python's repr of a handle, by which Dagster sorts a set of them.
std::string SortKey(const model::StepOutputHandle& handle) {
  return "StepOutputHandle(step_key='" + handle.step_key + "', output_name='" + handle.output_name +
         "', mapping_key=" + (handle.mapping_key ? "'" + *handle.mapping_key + "'" : "None") + ")";
}

json::Value ToJson(const model::StepOutputHandle& handle) {
  return json::Object{{"__class__", "StepOutputHandle"},
                      {"mapping_key", handle.mapping_key ? json::Value(*handle.mapping_key) : json::Value()},
                      {"output_name", handle.output_name},
                      {"step_key", handle.step_key}};
}

json::Value ToSet(const std::set<model::StepOutputHandle>& handles) {
  std::map<std::string, json::Value> sorted;
  for (const model::StepOutputHandle& handle : handles) sorted.emplace(SortKey(handle), ToJson(handle));
  json::Array items;
  for (auto& [key, item] : sorted) items.push_back(std::move(item));
  return json::Object{{"__set__", std::move(items)}};
}

model::StepOutputHandle HandleFrom(const json::Value& item) {
  const json::Object& fields = item.AsObject();
  model::StepOutputHandle handle{fields.At("step_key").AsString(), fields.At("output_name").AsString(), {}};
  if (const json::Value* key = fields.Find("mapping_key"); key != nullptr && key->is_string()) {
    handle.mapping_key = key->AsString();
  }
  return handle;
}

/// Notes what one event says of its step. Only these types count: others do not prove that the step started, its worker
/// may have died before.
void Note(const model::DagsterEvent& event, StepHistory& history, std::set<model::StepOutputHandle>& produced) {
  switch (event.type) {
    case model::EventType::kStepStart:
      break;
    case model::EventType::kStepFailure:
    case model::EventType::kResourceInitFailure:
      history.failed = true;
      break;
    case model::EventType::kStepSuccess:
      history.succeeded = true;
      break;
    case model::EventType::kStepSkipped:
      history.skipped = true;
      break;
    case model::EventType::kStepOutput:
      if (const auto* output = std::get_if<model::event::StepOutput>(&event.data)) {
        produced.insert(output->step_output_handle);
      }
      break;
    default:
      return;
  }
  history.seen = true;
}

/// What each step of the plan's selection needs inside of it.
std::map<std::string, std::set<std::string>> Dependencies(const model::PlanSnap& plan) {
  std::map<std::string, std::set<std::string>> needs;
  const std::set<std::string> in_plan(plan.step_keys_to_execute.begin(), plan.step_keys_to_execute.end());
  for (const model::StepSnap& step : plan.steps) {
    if (!in_plan.count(step.key)) continue;
    std::set<std::string>& upstream = needs[step.key];
    for (const model::StepInputSnap& input : step.inputs) {
      for (const model::StepOutputHandle& handle : input.upstream_output_handles) {
        if (in_plan.count(handle.step_key)) upstream.insert(handle.step_key);
      }
    }
  }
  return needs;
}

}  // namespace

PastRun ReadPastRun(std::string run_id, const model::PlanSnap& plan,
                    const std::optional<std::vector<std::string>>& step_keys_to_execute,
                    std::span<const model::EventLogEntry> events) {
  PastRun past;
  past.run_id = std::move(run_id);
  std::map<std::string, StepHistory> histories;
  for (const model::EventLogEntry& entry : events) {
    if (!entry.dagster_event || !entry.dagster_event->step_handle) continue;
    Note(*entry.dagster_event, histories[entry.dagster_event->step_handle->key], past.produced_outputs);
  }

  std::set<std::string> selected;
  if (step_keys_to_execute) selected.insert(step_keys_to_execute->begin(), step_keys_to_execute->end());
  const auto needs = Dependencies(plan);
  std::set<std::string> retried;
  for (const auto& level : TopologicalLevels(needs)) {
    for (const std::string& key : level) {
      if (!selected.empty() && !selected.count(key)) continue;
      const StepHistory& history = histories[key];
      if (history.skipped) continue;
      const std::set<std::string>& upstream = needs.at(key);
      const bool is_behind_retried = std::any_of(upstream.begin(), upstream.end(),
                                                 [&](const std::string& need) { return retried.count(need) != 0; });
      if (!history.must_run_again() && !is_behind_retried) continue;
      retried.insert(key);
      past.steps_to_retry.push_back(key);
    }
  }
  return past;
}

model::KnownState KnownStateOf(std::span<const PastRun> lineage) {
  model::KnownState state;
  for (auto run = lineage.rbegin(); run != lineage.rend(); ++run) {
    state.parent_state = json::Object{{"__class__", "PastExecutionState"},
                                      {"parent_state", std::move(state.parent_state)},
                                      {"produced_outputs", ToSet(run->produced_outputs)},
                                      {"run_id", run->run_id}};
  }
  return state;
}

Ancestry::Ancestry(const model::KnownState& state) {
  for (const json::Value* past = &state.parent_state; past != nullptr && past->is_object();
       past = past->Find("parent_state")) {
    const json::Object& fields = past->AsObject();
    runs_.push_back(fields.At("run_id").AsString());
    for (const json::Value& item : fields.At("produced_outputs").AsObject().At("__set__").AsArray()) {
      source_.try_emplace(HandleFrom(item), runs_.size() - 1);
    }
  }
}

const std::string* Ancestry::SourceRunOf(const model::StepOutputHandle& handle) const {
  const auto found = source_.find(handle);
  return found == source_.end() ? nullptr : &runs_[found->second];
}

json::Value Ancestry::ParentStateFor(std::span<const model::StepOutputHandle> handles) const {
  std::vector<PastRun> lineage;
  for (const std::string& run_id : runs_) lineage.push_back({run_id, {}, {}});
  for (const model::StepOutputHandle& handle : handles) {
    if (const auto found = source_.find(handle); found != source_.end()) {
      lineage[found->second].produced_outputs.insert(handle);
    }
  }
  return KnownStateOf(lineage).parent_state;
}

}  // namespace tidemill::plan
