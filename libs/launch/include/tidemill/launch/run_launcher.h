#pragma once

#include <functional>
#include <string>

#include <tidemill/model/runs.h>

namespace tidemill::launch {

/// What a launcher knows of a run's worker.
enum class WorkerState {
  kAlive,
  kGone,     ///< It has ended, or was never started.
  kUnknown,  ///< It cannot be told, e.g. because it runs on another machine.
};

/// Starts, finds and ends the workers of runs: one process a run. Safe from any thread.
class RunLauncher {
 public:
  virtual ~RunLauncher() = default;

  /// Starts a worker for a run that is STARTING; returns when there is one. Throws Error: kUnavailable if the run's
  /// code location cannot be reached now, so that a later try may succeed, any other code if none will.
  virtual void Launch(const model::Run& run) = 0;
  /// Asks the run's worker to end the run, and returns at once. False if no worker could be asked.
  virtual bool Terminate(const model::Run& run) = 0;
  virtual WorkerState FindWorker(const model::Run& run) = 0;

  /// From now on `listener` is told of each worker that Launch started and that has ended: of which run, and how ("it
  /// was killed by signal 9 (SIGKILL)"). A launcher that cannot tell never calls it. Called on any thread; null: nobody
  /// is told any more, also by no call under way when this returns.
  using EndListener = std::function<void(const std::string& run_id, const std::string& how)>;
  virtual void Watch(EndListener listener) = 0;
};

}  // namespace tidemill::launch
