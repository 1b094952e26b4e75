#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include <tidemill/base/clock.h>
#include <tidemill/model/runs.h>
#include <tidemill/storage/storage.h>

namespace tidemill::cli {

/// Records that the user wants the run to end: its worker, when it is interrupted, then ends it as canceled.
void ReportCanceling(storage::Storage& storage, const model::Run& run, const Clock& clock);

/// Records the end of a run that no process executes.
void ReportCanceled(storage::Storage& storage, const model::Run& run, const Clock& clock);

/// Processes of this machine that execute the run: `… api execute_run …` with its id among the arguments.
std::vector<pid_t> FindWorkers(const std::string& run_id);

}  // namespace tidemill::cli
