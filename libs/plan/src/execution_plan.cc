#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <tidemill/base/error.h>
#include <tidemill/plan/execution_plan.h>

namespace tidemill::plan {

ExecutionPlan::ExecutionPlan(std::vector<PlanStep> steps, std::string executor_name)
    : steps_(std::move(steps)), executor_name_(std::move(executor_name)) {
  to_execute_.reserve(steps_.size());
  for (StepId id = 0; id < steps_.size(); ++id) {
    if (!index_.emplace(steps_[id].snap.key, id).second) {
      throw Error(Code::kInvalidArgument,
                  fmt::format("two steps have the key \"{}\": give one of the nodes an alias", steps_[id].snap.key));
    }
    to_execute_.push_back(id);
  }
}

ExecutionPlan ExecutionPlan::WithSteps(const std::vector<std::string>& step_keys) const {
  ExecutionPlan subset = *this;
  subset.to_execute_.clear();
  std::vector<std::string> unknown;
  std::set<StepId> seen;
  for (const std::string& key : step_keys) {
    const auto id = Find(key);
    if (!id) {
      unknown.push_back(key);
    } else if (seen.insert(*id).second) {
      subset.to_execute_.push_back(*id);
    }
  }
  if (!unknown.empty()) {
    throw Error(Code::kNotFound,
                fmt::format("the plan has no step {}: it may be that the job changed since the step was "
                            "selected",
                            fmt::join(unknown, ", ")));
  }
  return subset;
}

ExecutionPlan ExecutionPlan::WithKnownState(model::KnownState state) const {
  ExecutionPlan plan = *this;
  plan.known_state_ = std::move(state);
  return plan;
}

std::optional<StepId> ExecutionPlan::Find(std::string_view step_key) const {
  const auto found = index_.find(std::string(step_key));
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> ExecutionPlan::step_keys_to_execute() const {
  std::vector<std::string> keys;
  keys.reserve(to_execute_.size());
  for (const StepId id : to_execute_) keys.push_back(steps_[id].snap.key);
  return keys;
}

model::PlanSnap ExecutionPlan::Snap(std::string job_snapshot_id) const {
  model::PlanSnap snap;
  snap.steps.reserve(steps_.size());
  for (const PlanStep& step : steps_) snap.steps.push_back(step.snap);
  const auto by_name = [](const auto& left, const auto& right) { return left.name < right.name; };
  for (model::StepSnap& step : snap.steps) {
    std::sort(step.inputs.begin(), step.inputs.end(), by_name);
    std::sort(step.outputs.begin(), step.outputs.end(), by_name);
  }
  std::sort(snap.steps.begin(), snap.steps.end(),
            [](const model::StepSnap& left, const model::StepSnap& right) { return left.key < right.key; });
  snap.step_keys_to_execute = step_keys_to_execute();
  snap.job_snapshot_id = std::move(job_snapshot_id);
  snap.executor_name = executor_name_;
  snap.initial_known_state = known_state_;
  // Every IO manager of Tidemill stores its outputs; only a plan of nothing has no artifacts (Dagster's rule).
  snap.artifacts_persisted = !to_execute_.empty();
  return snap;
}

namespace {

template <class Source>
void AppendUpstream(const Source& source, std::vector<model::StepOutputHandle>& handles) {
  if (const auto* output = std::get_if<model::input_source::StepOutput>(&source)) handles.push_back(output->handle);
}

}  // namespace

std::vector<model::StepOutputHandle> UpstreamOutputs(const model::InputSource& source) {
  std::vector<model::StepOutputHandle> handles;
  AppendUpstream(source, handles);
  const std::vector<model::SingleInputSource>* sources = nullptr;
  if (const auto* several = std::get_if<model::input_source::MultipleSources>(&source)) sources = &several->sources;
  if (const auto* gated = std::get_if<model::input_source::GatedSource>(&source)) sources = &gated->sources;
  if (sources == nullptr) return handles;
  for (const auto& single : *sources) AppendUpstream(single, handles);
  return handles;
}

std::vector<std::vector<std::string>> TopologicalLevels(
    const std::map<std::string, std::set<std::string>>& dependencies) {
  std::unordered_map<std::string_view, std::size_t> missing;
  std::unordered_map<std::string_view, std::vector<std::string_view>> dependents;
  for (const auto& [node, needs] : dependencies) {
    missing.try_emplace(node, 0);
    for (const std::string& need : needs) {
      missing.try_emplace(need, 0);
      if (need == node) continue;  // Dagster's toposort lets a node depend on itself.
      ++missing[node];
      dependents[need].push_back(node);
    }
  }
  std::vector<std::vector<std::string>> levels;
  std::vector<std::string_view> level;
  for (const auto& [node, count] : missing) {
    if (count == 0) level.push_back(node);
  }
  std::size_t placed = 0;
  while (!level.empty()) {
    std::sort(level.begin(), level.end());
    placed += level.size();
    levels.emplace_back(level.begin(), level.end());
    std::vector<std::string_view> next;
    for (const std::string_view node : level) {
      for (const std::string_view dependent : dependents[node]) {
        if (--missing[dependent] == 0) next.push_back(dependent);
      }
    }
    level = std::move(next);
  }
  if (placed == missing.size()) return levels;
  std::vector<std::string> stuck;
  for (const auto& [node, count] : missing) {
    if (count > 0) stuck.emplace_back(node);
  }
  std::sort(stuck.begin(), stuck.end());
  throw Error(
      Code::kInvalidArgument,
      fmt::format("these nodes depend on each other in a circle, or on one that does: {}", fmt::join(stuck, ", ")));
}

}  // namespace tidemill::plan
