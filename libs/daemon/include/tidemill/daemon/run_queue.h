#pragma once

#include <chrono>
#include <memory>

#include <tidemill/launch/context.h>
#include <tidemill/launch/run_launcher.h>

namespace tidemill::daemon {

struct RunQueueOptions {
  /// How often runs that other processes changed are looked for.
  std::chrono::milliseconds watch_interval{10};
  /// How often runs in progress are checked for having lost their worker.
  std::chrono::milliseconds health_interval{400};
  /// How often the whole queue is read again, as Dagster's daemon does.
  std::chrono::milliseconds reload_interval{5'000};
  std::chrono::milliseconds heartbeat_interval{30'000};
  int launch_threads = 4;  ///< How many launches may be under way.
};

/// Launches queued runs as soon as the limits of dagster.yaml let it, and ends runs whose worker has died: Dagster's
/// QUEUED_RUN_COORDINATOR.
///
/// A run is claimed by PIPELINE_STARTING, durably, before it is launched. So whoever takes over after this process was
/// killed knows which runs were on their way: a run that is STARTING and has no worker and no event of one is launched
/// then, one that had a worker is ended, and one whose worker lives is watched again. Of several processes on one
/// machine that serve the same home, one works and the others wait for it to end.
///
/// Trouble with the storage stops nothing: it is tried again a second later and said in the daemon's heartbeat.
class RunQueue final {
 public:
  /// `launcher` and what `context` refers to must outlive this.
  RunQueue(launch::Context context, launch::RunLauncher& launcher, RunQueueOptions options = {});
  ~RunQueue();
  RunQueue(const RunQueue&) = delete;
  RunQueue& operator=(const RunQueue&) = delete;

  void Start();
  /// Returns when no launch is under way any more. Workers go on.
  void Stop();
  /// Says that a run was put into the queue by this process, so that it need not be looked for. Any thread.
  void Wake();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace tidemill::daemon
