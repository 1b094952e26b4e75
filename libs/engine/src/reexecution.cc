#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/engine/event_builder.h>
#include <tidemill/engine/run_creation.h>
#include <tidemill/plan/reexecution.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::engine {
namespace {

/// Tags that tell of the parent's own fate and do not hold for a run that repeats it (TAGS_TO_MAYBE_OMIT_ON_RETRY).
constexpr auto kOwnTags = std::to_array<std::string_view>(
    {"dagster/failure_reason", "dagster/retry_number", "dagster/is_resume_retry", "dagster/will_retry",
     "dagster/auto_retry_run_id", "dagster/backfill", "dagster/parent_backfill_id", "dagster/root_backfill_id",
     ".dagster/run_metrics", "dagster/run_metrics"});

plan::PastRun ReadRun(storage::Storage& storage, const model::Run& run) {
  if (!run.execution_plan_snapshot_id) {
    throw Error(Code::kFailedPrecondition, fmt::format("run {} has no execution plan stored", run.run_id));
  }
  const auto text = storage.runs().SnapshotText(*run.execution_plan_snapshot_id);
  if (!text) {
    throw Error(Code::kDataLoss, fmt::format("the execution plan {} of run {} is not in the storage",
                                             *run.execution_plan_snapshot_id, run.run_id));
  }
  std::vector<model::EventLogEntry> events;
  for (storage::StoredEvent& event : storage.events().RunEvents(run.run_id, {})) {
    events.push_back(std::move(event.entry));
  }
  return plan::ReadPastRun(run.run_id, serdes::Decode<model::PlanSnap>(*text), run.step_keys_to_execute, events);
}

/// The run, its parent, and so on.
std::vector<plan::PastRun> ReadLineage(storage::Storage& storage, model::Run run) {
  std::vector<plan::PastRun> lineage;
  while (true) {
    lineage.push_back(ReadRun(storage, run));
    if (!run.parent_run_id) return lineage;
    auto parent = storage.runs().GetRun(*run.parent_run_id);
    if (!parent) return lineage;  // Deleted since: its outputs cannot be traced, and need not be if nothing reads them.
    run = std::move(parent->run);
  }
}

}  // namespace

Reexecution PlanReexecution(storage::Storage& storage, const model::Run& parent, ReexecutionStrategy strategy,
                            const std::vector<std::string>& chosen_steps) {
  if (!model::IsFinished(parent.status)) {
    throw Error(Code::kFailedPrecondition, fmt::format("run {} is {}: it can be executed again when it has ended",
                                                       parent.run_id, model::RunStatusName(parent.status)));
  }
  Reexecution again;
  again.parent_run_id = parent.run_id;
  again.root_run_id = parent.root_run_id.value_or(parent.run_id);
  for (const auto& [key, value] : parent.tags) {
    if (std::find(kOwnTags.begin(), kOwnTags.end(), key) == kOwnTags.end()) again.tags.emplace_back(key, value);
  }
  model::SetTag(again.tags, model::tag::kParentRunId, again.parent_run_id);
  model::SetTag(again.tags, model::tag::kRootRunId, again.root_run_id);
  if (strategy == ReexecutionStrategy::kAllSteps) return again;

  const std::vector<plan::PastRun> lineage = ReadLineage(storage, parent);
  again.known_state = plan::KnownStateOf(lineage);
  if (strategy == ReexecutionStrategy::kChosenSteps) {
    again.step_keys_to_execute = chosen_steps;
    return again;
  }
  if (parent.status == model::RunStatus::kSuccess) {
    throw Error(Code::kFailedPrecondition,
                fmt::format("run {} has succeeded: there is no failure to go on from", parent.run_id));
  }
  again.step_keys_to_execute = lineage.front().steps_to_retry;
  if (again.step_keys_to_execute->empty()) {
    throw Error(Code::kFailedPrecondition,
                fmt::format("run {} has no step that failed or did not run: execute all steps again", parent.run_id));
  }
  model::SetTag(again.tags, model::tag::kResumeRetry, "true");
  return again;
}

model::RunStatus EndAbandonedRun(storage::Storage& storage, const std::string& run_id, const std::string& reason,
                                 const Clock& clock) {
  storage.events().RepairRun(run_id);
  const auto record = storage.runs().GetRun(run_id);
  if (!record) throw Error(Code::kNotFound, fmt::format("there is no run {}", run_id));
  const model::Run& run = record->run;
  if (model::IsFinished(run.status)) return run.status;

  const EventBuilder events(run_id, run.job_name, clock, 0);
  std::vector<storage::NewEvent> last;
  last.emplace_back(events.Reported(model::EventType::kEngineEvent,
                                    fmt::format("The run's worker ended before the run did: {}.", reason),
                                    model::level::kError, model::event::Engine{}));
  if (run.status == model::RunStatus::kCanceling) {
    last.emplace_back(events.Reported(model::EventType::kRunCanceled,
                                      fmt::format("Execution of run for \"{}\" canceled.", run.job_name),
                                      model::level::kError, model::event::RunCanceled{}));
  } else {
    model::event::RunFailure failure;
    failure.failure_reason = "UNEXPECTED_TERMINATION";
    last.emplace_back(events.Reported(model::EventType::kRunFailure,
                                      "The run was marked as failed: its worker is gone and has not recorded an end.",
                                      model::level::kError, std::move(failure)));
  }
  storage.events().Append(last);
  return run.status == model::RunStatus::kCanceling ? model::RunStatus::kCanceled : model::RunStatus::kFailure;
}

}  // namespace tidemill::engine
