#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/engine/definitions.h>
#include <tidemill/engine/step_host.h>
#include <tidemill/engine/termination.h>
#include <tidemill/storage/storage.h>

namespace tidemill::engine {

/// What executing runs needs of an instance.
struct EngineInstance {
  storage::Storage& storage;
  std::filesystem::path storage_root;      ///< Where outputs are kept: $DAGSTER_HOME/storage by default.
  std::filesystem::path compute_log_root;  ///< `<root>/<run id>/compute_logs/…`: the same folder by default.
};

struct RunWorkerOptions {
  /// Says "Started process for run" first, as Dagster's own run processes do.
  bool announces_process = false;
  /// Gets each durable event as a line (AcknowledgedLines); -1: nobody does.
  int ack_fd = -1;
  /// Forks the processes of steps; null: they are started by `step_command`. A run that needs none ends it.
  StepHost* step_host = nullptr;
  /// Starts a step's process where there is no host.
  std::vector<std::string> step_command = {"/proc/self/exe", "api", "execute_step"};
  /// How long a step may go on after the run was asked to end; then it is ended.
  std::chrono::milliseconds cancel_grace = std::chrono::seconds(5);
  /// Uniform in [0, 1), for the jitter of retries; null: from the system.
  std::function<double()> random;
};

/// How a run worker's work ended.
enum class RunEnd { kSucceeded, kFailed, kCanceled, kNotStarted };

/// Executes a run that is created but not started, from PIPELINE_START to its end, in this process and those of its
/// steps. kNotStarted: the run was canceled, finished, or started already; its log says so.
///
/// What is wrong with the run or its code ends the run as a failure in its log. Throws Error: kNotFound if there is no
/// such run; what the storage throws if events cannot be stored: the run's log then ends before the event that failed.
RunEnd ExecuteRun(const CodeLocation& location, const EngineInstance& instance, const std::string& run_id,
                  TerminationSignals& termination, const Clock& clock, const RunWorkerOptions& options = {});

}  // namespace tidemill::engine
