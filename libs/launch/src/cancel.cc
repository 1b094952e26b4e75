#include <fmt/format.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/engine/event_builder.h>
#include <tidemill/launch/cancel.h>
#include <tidemill/launch/submit.h>

namespace tidemill::launch {
namespace {

using model::RunStatus;

void Append(const Context& context, const model::Run& run, model::EventType type, std::string message, int level,
            model::EventData data = {}) {
  const engine::EventBuilder events(run.run_id, run.job_name, context.clock, ::getpid());
  const storage::NewEvent event(events.Reported(type, std::move(message), level, std::move(data)));
  context.storage().events().Append({&event, 1});
}

model::Run GetRun(const Context& context, const std::string& run_id) {
  auto record = context.storage().runs().GetRun(run_id);
  if (!record) throw Error(Code::kNotFound, fmt::format("there is no run {}", run_id));
  return std::move(record->run);
}

/// False if the run has a worker that could not be asked.
bool AskToEnd(const Context& context, const model::Run& run, RunLauncher& launcher) {
  if (run.status == RunStatus::kQueued) {
    ReportCanceling(context, run, "Canceling run from the queue.");
    ReportCanceled(context, run);
    return true;
  }
  ReportCanceling(context, run);
  if (launcher.Terminate(run)) return true;
  Append(context, run, model::EventType::kEngineEvent,
         "The run's worker cannot be reached, so it was not asked to end the run.", model::level::kInfo,
         model::event::Engine{});
  return false;
}

void MarkAsCanceled(const Context& context, const model::Run& run, RunLauncher& launcher) {
  if (run.status == RunStatus::kQueued || run.status == RunStatus::kStarted) {
    try {
      AskToEnd(context, run, launcher);
    } catch (const Error& error) {
      Append(context, run, model::EventType::kEngineEvent,
             "The run's worker could not be asked to end; the run is marked as canceled all the same.",
             model::level::kError, engine::ErrorData(ErrorInfoOf(error)));
    }
  }
  const model::Run now = GetRun(context, run.run_id);
  if (model::IsFinished(now.status)) return;
  ReportCanceled(context, now,
                 "This pipeline was forcibly marked as canceled from outside the execution context. The computational "
                 "resources created by the run may not have been fully cleaned up.");
}

}  // namespace

void ReportCanceling(const Context& context, const model::Run& run, std::string message) {
  Append(context, run, model::EventType::kRunCanceling, std::move(message), model::level::kInfo);
}

void ReportCanceled(const Context& context, const model::Run& run, std::string message) {
  Append(context, run, model::EventType::kRunCanceled, std::move(message), model::level::kError);
}

std::optional<std::string> RequestCancel(const Context& context, const std::string& run_id, CancelPolicy policy,
                                         RunLauncher& launcher) {
  const model::Run run = GetRun(context, run_id);
  const bool forced = policy == CancelPolicy::kMarkAsCanceled;
  const bool can_be_asked = run.status == RunStatus::kQueued || run.status == RunStatus::kStarted;
  if (model::IsFinished(run.status) || !(forced || can_be_asked)) {
    return fmt::format("Run {} could not be terminated due to having status {}.", run.run_id,
                       model::RunStatusName(run.status));
  }
  if (forced) {
    MarkAsCanceled(context, run, launcher);
    return std::nullopt;
  }
  if (AskToEnd(context, run, launcher)) return std::nullopt;
  return fmt::format("Unable to terminate run {}", run.run_id);
}

}  // namespace tidemill::launch
