#include <fmt/format.h>
#include <unistd.h>

#include <tidemill/engine/event_builder.h>
#include <tidemill/launch/create_run.h>
#include <tidemill/launch/submit.h>

namespace tidemill::launch {
namespace {

void Append(const Context& context, model::EventLogEntry entry) {
  const storage::NewEvent event(std::move(entry));
  context.storage().events().Append({&event, 1});
}

engine::EventBuilder EventsOf(const model::Run& run, const Clock& clock) {
  return engine::EventBuilder(run.run_id, run.job_name, clock, ::getpid());
}

void LaunchAtOnce(const Context& context, const model::Run& run, RunLauncher& launcher) {
  Append(context, StartingEvent(run, context.clock));
  model::Run starting = run;
  starting.status = model::RunStatus::kStarting;
  try {
    launcher.Launch(starting);
  } catch (const Error& error) {
    ReportLaunchFailure(context, run, error.what(), ErrorInfoOf(error));
    throw;
  }
}

}  // namespace

model::EventLogEntry EnqueuedEvent(const model::Run& run, const Clock& clock) {
  model::EventData data;
  if (const auto repository = RepositoryOf(run)) {
    model::event::RunEnqueued enqueued{repository->location_name, repository->repository_name, {}};
    if (const std::string* partition = model::FindTag(run.tags, model::tag::kPartition)) {
      enqueued.partition_key = *partition;
    }
    data = std::move(enqueued);
  }
  return EventsOf(run, clock).Reported(model::EventType::kRunEnqueued, {}, model::level::kInfo, std::move(data));
}

model::EventLogEntry StartingEvent(const model::Run& run, const Clock& clock) {
  return EventsOf(run, clock).Reported(model::EventType::kRunStarting, {}, model::level::kInfo);
}

void Enqueue(const Context& context, const model::Run& run) { Append(context, EnqueuedEvent(run, context.clock)); }

void Submit(const Context& context, const model::Run& run, RunLauncher& launcher) {
  if (run.status != model::RunStatus::kNotStarted) return;
  switch (context.instance.config().run_coordinator_kind) {
    case instance::RunCoordinatorKind::kQueued:
      return Enqueue(context, run);
    case instance::RunCoordinatorKind::kImmediate:
      return LaunchAtOnce(context, run, launcher);
    case instance::RunCoordinatorKind::kCustom:
      break;
  }
  throw Error(Code::kUnimplemented,
              "run_coordinator in dagster.yaml names a Python class that cannot be run here: use QueuedRunCoordinator "
              "or DefaultRunCoordinator");
}

void ReportLaunchFailure(const Context& context, const model::Run& run, const std::string& message,
                         model::ErrorInfo error) {
  const engine::EventBuilder events = EventsOf(run, context.clock);
  std::vector<storage::NewEvent> last;
  last.emplace_back(events.Reported(model::EventType::kEngineEvent, message, model::level::kError,
                                    engine::ErrorData(std::move(error))));
  last.emplace_back(events.Reported(model::EventType::kRunFailure,
                                    "This run has been marked as failed from outside the execution context.",
                                    model::level::kError));
  context.storage().events().Append(last);
}

model::ErrorInfo ErrorInfoOf(const Error& error) {
  model::ErrorInfo info;
  const bool unreachable = error.code() == Code::kUnavailable || error.code() == Code::kDeadlineExceeded;
  info.cls_name = unreachable ? "DagsterUserCodeUnreachableError" : "DagsterLaunchFailedError";
  info.message = fmt::format("dagster._core.errors.{}: {}\n", *info.cls_name, error.what());
  return info;
}

}  // namespace tidemill::launch
