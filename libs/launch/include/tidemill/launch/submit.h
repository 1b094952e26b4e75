#pragma once

#include <string>

#include <tidemill/base/error.h>
#include <tidemill/launch/context.h>
#include <tidemill/launch/run_launcher.h>
#include <tidemill/model/error_info.h>

namespace tidemill::launch {

/// Hands a run that was created to the coordinator that dagster.yaml names: into the queue, or to `launcher` at once. A
/// run that is not NOT_STARTED any more is left alone. Throws Error(kUnimplemented) for a coordinator of another class,
/// and what the launcher throws; the run is FAILURE then.
void Submit(const Context& context, const model::Run& run, RunLauncher& launcher);

/// Puts the run into the queue: PIPELINE_ENQUEUED, durable when this returns.
void Enqueue(const Context& context, const model::Run& run);

/// The event by itself, for callers that store several at once.
model::EventLogEntry EnqueuedEvent(const model::Run& run, const Clock& clock);
/// PIPELINE_STARTING: whoever stores it launches the run.
model::EventLogEntry StartingEvent(const model::Run& run, const Clock& clock);

/// Ends a run that could not be launched: an engine event with the error, and PIPELINE_FAILURE.
void ReportLaunchFailure(const Context& context, const model::Run& run, const std::string& message,
                         model::ErrorInfo error);

/// An Error as the events of Dagster's daemon carry exceptions.
model::ErrorInfo ErrorInfoOf(const Error& error);

}  // namespace tidemill::launch
