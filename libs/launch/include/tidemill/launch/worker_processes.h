#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include <tidemill/instance/instance.h>
#include <tidemill/model/runs.h>

namespace tidemill::launch {

/// What starts the run's worker: `<entry point of its code> api execute_run <ExecuteRunArgs>`. Throws
/// Error(kFailedPrecondition) if the run does not say where its code is.
std::vector<std::string> WorkerCommand(const instance::Instance& instance, const model::Run& run);

/// Processes of this machine that execute the run: `… api execute_run …` with its id among the arguments.
std::vector<pid_t> FindWorkers(const std::string& run_id);

}  // namespace tidemill::launch
