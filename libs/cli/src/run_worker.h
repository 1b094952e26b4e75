#pragma once

#include <functional>
#include <string>
#include <vector>

#include <tidemill/base/child_process.h>

#include "progress_output.h"
#include "run_progress.h"

namespace tidemill::cli {

/// How a run worker ended.
struct WorkerEnd {
  ExitStatus status;
  int signal = 0;          ///< The last signal that was passed on to it; 0: none.
  std::string last_words;  ///< The end of what it wrote to its standard error.
};

/// Starts the run worker (`argv`, to which `--ack-fd N` is added), applies each event that it acknowledges to
/// `progress` and shows it, and returns when the worker has ended and all it acknowledged is applied.
///
/// SIGINT, SIGTERM and SIGHUP are passed on to the worker, which then ends its run, after `before_cancel` has written
/// down that the user wants it; the second one kills the worker and its steps. The worker has a process group of its
/// own, and goes on to its run's end if this process is killed: its events are durable without us. Throws
/// CommandError(kLocation) if it cannot be started.
WorkerEnd RunWorker(std::vector<std::string> argv, RunProgress& progress, ProgressOutput& output, const Clock& clock,
                    const std::function<void()>& before_cancel);

/// Whether the line may change what is shown; told by its start, which names the event's type, without parsing the
/// rest.
bool MayMatter(std::string_view line);

/// One line of a worker: {"storage_id": …, "event": EventLogEntry}. Throws Error(kInternal) if it is something else.
model::EventLogEntry ParseAcknowledgement(std::string_view line);

}  // namespace tidemill::cli
