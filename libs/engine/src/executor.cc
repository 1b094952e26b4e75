#include "executor.h"

#include <charconv>

#include <fmt/format.h>

namespace tidemill::engine {
namespace {

constexpr auto kClaimInterval = std::chrono::seconds(1);
constexpr auto kMessageInterval = std::chrono::seconds(300);

std::int64_t PriorityTag(const model::Tags& tags) {
  const std::string* text = model::FindTag(tags, model::tag::kPriority);
  std::int64_t priority = 0;
  if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), priority);
  return priority;
}

}  // namespace

void WriteDecided(const Execution& execution, plan::RunPlan& run) {
  const EventBuilder& events = execution.events;
  for (const auto& skip : run.TakeSkipped()) {
    const model::StepSnap& step = execution.plan.step(skip.step).snap;
    execution.sink.Write(events.Log(
        model::level::kInfo,
        fmt::format("Skipping step {} due to skipped dependencies: {}.", step.key, PythonList(skip.missing_outputs)),
        step.key));
    const StepIdentity identity(events.run_id(), events.job_name(), step);
    execution.sink.Write(events.OfStep(identity, model::EventType::kStepSkipped,
                                       fmt::format("Skipped execution of step \"{}\".", step.key)));
  }
  for (const auto& abandoned : run.TakeAbandoned()) {
    const model::StepSnap& step = execution.plan.step(abandoned.step).snap;
    std::string text = fmt::format("Dependencies for step {}", step.key);
    if (!abandoned.failed.empty()) text += " failed: " + PythonList(abandoned.failed);
    if (!abandoned.not_executed.empty()) text += " were not executed: " + PythonList(abandoned.not_executed);
    execution.sink.Write(events.Log(model::level::kError, text + ". Not executing.", step.key));
  }
}

std::vector<std::string> StepKeysByLevel(const plan::ExecutionPlan& plan) {
  std::map<std::string, std::set<std::string>> needs;
  for (const plan::StepId id : plan.to_execute()) needs[plan.step(id).snap.key];
  for (const plan::StepId id : plan.to_execute()) {
    const model::StepSnap& step = plan.step(id).snap;
    for (const model::StepInputSnap& input : step.inputs) {
      for (const model::StepOutputHandle& handle : input.upstream_output_handles) {
        if (needs.count(handle.step_key)) needs[step.key].insert(handle.step_key);
      }
    }
  }
  std::vector<std::string> keys;
  for (const auto& level : plan::TopologicalLevels(needs)) keys.insert(keys.end(), level.begin(), level.end());
  return keys;
}

PoolClaims::PoolClaims(const Execution& execution)
    : execution_(execution), run_priority_(PriorityTag(execution.run.tags)) {}

PoolClaims::~PoolClaims() {
  if (claimed_.empty() && waiting_.empty()) return;
  try {
    execution_.storage.FreeSlots(execution_.run.run_id, std::nullopt);
  } catch (const std::exception& error) {
    execution_.sink.Write(
        execution_.events.Log(model::level::kWarning,
                              fmt::format("Could not give back this run's pool slots, which stay taken until they are "
                                          "freed in the deployment's concurrency settings: {}",
                                          error.what())));
  }
}

bool PoolClaims::Claim(plan::StepId id) {
  const model::StepSnap& step = execution_.plan.step(id).snap;
  const Timestamp now = execution_.events.Now();
  const auto waiting = waiting_.find(id);
  if (waiting != waiting_.end() && now < waiting->second.next_try) return false;
  if (execution_.storage.ClaimSlot(step.pool.value(), execution_.run.run_id, step.key,
                                   run_priority_ + PriorityTag(step.tags))) {
    waiting_.erase(id);
    claimed_.insert(id);
    return true;
  }
  const bool is_first = waiting == waiting_.end();
  Waiting& state = waiting_[id];
  state.next_try = now + kClaimInterval;
  if (is_first || now - state.last_message > kMessageInterval) {
    state.last_message = now;
    model::event::Engine data;
    data.metadata.emplace_back(
        "pool", model::metadata::Unknown{json::Object{{"__class__", "PoolMetadataValue"}, {"name", *step.pool}}});
    const StepIdentity identity(execution_.events.run_id(), execution_.events.job_name(), step);
    execution_.sink.Write(execution_.events.OfStep(
        identity, model::EventType::kEngineEvent,
        fmt::format("Step {} by limit for pool {}", is_first ? "blocked" : "still blocked", *step.pool),
        std::move(data)));
  }
  return false;
}

void PoolClaims::Free(plan::StepId id) {
  if (claimed_.erase(id) == 0) return;
  execution_.storage.FreeSlots(execution_.run.run_id, execution_.plan.step(id).snap.key);
}

std::optional<Timestamp> PoolClaims::NextTry() const {
  std::optional<Timestamp> next;
  for (const auto& [step, waiting] : waiting_) {
    if (!next || waiting.next_try < *next) next = waiting.next_try;
  }
  return next;
}

}  // namespace tidemill::engine
