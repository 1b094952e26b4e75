#pragma once

#include <optional>
#include <string>

#include <tidemill/launch/context.h>
#include <tidemill/launch/run_launcher.h>

namespace tidemill::launch {

enum class CancelPolicy {
  kAskWorker,       ///< Dagster's SAFE_TERMINATE: the worker ends the run. A queued run ends at once.
  kMarkAsCanceled,  ///< The run is CANCELED when this returns, whatever its worker does.
};

/// Ends a run that somebody does not want any more. Returns why not, or nothing if it is being ended (its worker ends
/// it later) or has been. Throws Error(kNotFound) if there is no such run.
std::optional<std::string> RequestCancel(const Context& context, const std::string& run_id, CancelPolicy policy,
                                         RunLauncher& launcher);

/// PIPELINE_CANCELING: the run's worker, when it is interrupted, then ends the run as canceled.
void ReportCanceling(const Context& context, const model::Run& run,
                     std::string message = "Sending run termination request.");
/// PIPELINE_CANCELED of a run that no worker will end.
void ReportCanceled(const Context& context, const model::Run& run,
                    std::string message = "This run has been marked as canceled from outside the execution context.");

}  // namespace tidemill::launch
