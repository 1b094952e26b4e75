#include "dequeue.h"

#include <fmt/format.h>
#include <unistd.h>

#include <tidemill/engine/event_builder.h>
#include <tidemill/launch/cancel.h>
#include <tidemill/launch/create_run.h>
#include <tidemill/launch/submit.h>

namespace tidemill::daemon {
namespace {

using model::EventType;
using model::RunStatus;

std::size_t CountEvents(const launch::Context& context, const std::string& run_id, EventType type) {
  storage::RunEventQuery query;
  query.types = {type};
  return context.storage().events().RunEvents(run_id, query).size();
}

/// Somebody may have canceled the run between our look and our claim; its last word must stand.
bool WasCanceled(const launch::Context& context, const model::Run& run) {
  if (CountEvents(context, run.run_id, EventType::kRunCanceled) == 0) return false;
  launch::ReportCanceled(context, run);
  return true;
}

void Requeue(const launch::Context& context, const model::Run& run, const Error& error, std::int64_t retries_left) {
  const engine::EventBuilder events(run.run_id, run.job_name, context.clock, ::getpid());
  std::vector<storage::NewEvent> again;
  again.emplace_back(events.Reported(
      EventType::kEngineEvent,
      fmt::format("The run's code location could not be reached; the run is back in the queue ({} {} left).",
                  retries_left, retries_left == 1 ? "retry" : "retries"),
      model::level::kError, engine::ErrorData(launch::ErrorInfoOf(error))));
  again.emplace_back(launch::EnqueuedEvent(run, context.clock));
  context.storage().events().Append(again);
}

void HandleFailure(const launch::Context& context, PausedLocations& paused, const model::Run& run, const Error& error) {
  const auto record = context.storage().runs().GetRun(run.run_id);
  // It may have come far enough to say for itself what happened.
  if (!record || (record->run.status != RunStatus::kQueued && record->run.status != RunStatus::kStarting)) return;
  const instance::RunQueueConfig& config = context.instance.config().run_queue;
  const bool unreachable = error.code() == Code::kUnavailable || error.code() == Code::kDeadlineExceeded;
  if (!unreachable || config.max_user_code_failure_retries == 0) {
    launch::ReportLaunchFailure(context, run, "The run could not be launched and has left the queue as failed.",
                                launch::ErrorInfoOf(error));
    return;
  }
  if (const auto repository = launch::RepositoryOf(run)) {
    paused.Pause(repository->location_name,
                 context.clock.Now() + std::chrono::seconds(config.user_code_failure_retry_delay_seconds));
  }
  const auto tries = static_cast<std::int64_t>(CountEvents(context, run.run_id, EventType::kRunEnqueued));
  const std::int64_t retries_left = config.max_user_code_failure_retries - (tries - 1);
  if (retries_left > 0) return Requeue(context, run, error, retries_left);
  launch::ReportLaunchFailure(
      context, run,
      fmt::format("The run's code location could not be reached, also not by {} retries; the run has failed.",
                  config.max_user_code_failure_retries),
      launch::ErrorInfoOf(error));
}

}  // namespace

void PausedLocations::Pause(const std::string& location_name, Timestamp until) {
  const std::lock_guard lock(mutex_);
  until_[location_name] = until;
}

std::set<std::string> PausedLocations::At(Timestamp now) const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> names;
  for (const auto& [name, until] : until_) {
    if (until > now) names.insert(name);
  }
  return names;
}

std::vector<model::Run> Claim(const launch::Context& context, const std::vector<std::string>& run_ids) {
  std::vector<model::Run> claimed;
  std::vector<storage::NewEvent> events;
  for (const std::string& run_id : run_ids) {
    auto record = context.storage().runs().GetRun(run_id);
    if (!record || record->run.status != RunStatus::kQueued) continue;
    events.emplace_back(launch::StartingEvent(record->run, context.clock));
    claimed.push_back(std::move(record->run));
    claimed.back().status = RunStatus::kStarting;
  }
  if (!events.empty()) context.storage().events().Append(events);
  std::erase_if(claimed, [&](const model::Run& run) { return WasCanceled(context, run); });
  return claimed;
}

void LaunchClaimed(const launch::Context& context, launch::RunLauncher& launcher, PausedLocations& paused,
                   const model::Run& run) {
  try {
    launcher.Launch(run);
  } catch (const Error& error) {
    HandleFailure(context, paused, run, error);
  }
}

}  // namespace tidemill::daemon
