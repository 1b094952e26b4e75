#include "run_progress.h"

namespace tidemill::cli {

std::string_view StepStateName(StepState state) {
  switch (state) {
    case StepState::kWaiting:
      return "waiting";
    case StepState::kRunning:
      return "running";
    case StepState::kRetrying:
      return "retrying";
    case StepState::kSucceeded:
      return "succeeded";
    case StepState::kFailed:
      return "failed";
    case StepState::kSkipped:
      return "skipped";
  }
  return "";
}

RunProgress::RunProgress(std::string run_id, std::string job_name, const std::vector<std::string>& step_keys)
    : run_id_(std::move(run_id)), job_name_(std::move(job_name)) {
  for (const std::string& key : step_keys) Step(key);
}

StepProgress& RunProgress::Step(const std::string& key) {
  const auto [entry, is_new] = index_.emplace(key, steps_.size());
  if (is_new) {
    steps_.push_back({});
    steps_.back().key = key;
    ++counts_[static_cast<std::size_t>(StepState::kWaiting)];
  }
  return steps_[entry->second];
}

const StepProgress* RunProgress::Find(const std::string& key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &steps_[found->second];
}

bool RunProgress::Heeds(model::EventType type) {
  using model::EventType;
  switch (type) {
    case EventType::kStepStart:
    case EventType::kStepRestarted:
    case EventType::kStepUpForRetry:
    case EventType::kStepSuccess:
    case EventType::kStepSkipped:
    case EventType::kStepFailure:
    case EventType::kAssetMaterialization:
    case EventType::kAssetCheckEvaluation:
      return true;
    default:
      return model::StatusAfter(type).has_value();
  }
}

void RunProgress::SetState(StepProgress& step, StepState state) {
  --counts_[static_cast<std::size_t>(step.state)];
  step.state = state;
  ++counts_[static_cast<std::size_t>(state)];
}

void RunProgress::Apply(const model::EventLogEntry& entry) {
  if (!entry.dagster_event) return;
  if (entry.dagster_event->step_key) ApplyToStep(entry, *entry.dagster_event);
  ApplyToRun(entry, *entry.dagster_event);
}

void RunProgress::ApplyToStep(const model::EventLogEntry& entry, const model::DagsterEvent& event) {
  using model::EventType;
  const std::string& key = *event.step_key;
  switch (event.type) {
    case EventType::kStepStart:
    case EventType::kStepRestarted: {
      StepProgress& step = Step(key);
      SetState(step, StepState::kRunning);
      if (step.start == 0) step.start = entry.timestamp;
      ++step.attempts;
      break;
    }
    case EventType::kStepUpForRetry: {
      StepProgress& step = Step(key);
      SetState(step, StepState::kRetrying);
      if (const auto* retry = std::get_if<model::event::StepRetry>(&event.data)) step.error = retry->error;
      break;
    }
    case EventType::kStepSuccess:
    case EventType::kStepSkipped: {
      StepProgress& step = Step(key);
      SetState(step, event.type == EventType::kStepSuccess ? StepState::kSucceeded : StepState::kSkipped);
      step.end = entry.timestamp;
      step.error.reset();
      break;
    }
    case EventType::kStepFailure: {
      StepProgress& step = Step(key);
      SetState(step, StepState::kFailed);
      step.end = entry.timestamp;
      if (const auto* failure = std::get_if<model::event::StepFailure>(&event.data)) step.error = failure->error;
      break;
    }
    default:
      break;
  }
}

void RunProgress::ApplyToRun(const model::EventLogEntry& entry, const model::DagsterEvent& event) {
  if (const auto status = model::StatusAfter(event.type)) status_ = *status;
  if (event.type == model::EventType::kRunStart) start_ = entry.timestamp;
  if (model::IsFinished(status_) && end_ == 0) end_ = entry.timestamp;
  if (const auto* failure = std::get_if<model::event::RunFailure>(&event.data)) error_ = failure->error;
  if (const auto* canceled = std::get_if<model::event::RunCanceled>(&event.data)) error_ = canceled->error;
  if (const auto* made = std::get_if<model::event::StepMaterialization>(&event.data)) {
    materialized_.push_back({made->materialization.asset_key, made->materialization.partition});
  }
  if (const auto* check = std::get_if<model::event::CheckEvaluation>(&event.data)) {
    checks_.push_back({{check->asset_key, check->check_name}, check->partition, check->passed, check->severity});
  }
}

}  // namespace tidemill::cli
