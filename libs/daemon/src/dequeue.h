#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <tidemill/base/error.h>
#include <tidemill/launch/context.h>
#include <tidemill/launch/run_launcher.h>
#include <tidemill/model/runs.h>

namespace tidemill::daemon {

/// Locations whose code could not be reached, and until when their runs wait. Any thread.
class PausedLocations final {
 public:
  void Pause(const std::string& location_name, Timestamp until);
  std::set<std::string> At(Timestamp now) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Timestamp> until_;  // Guarded by mutex_.
};

/// Claims those of the runs that are still queued: they are STARTING, durably, when this returns them.
std::vector<model::Run> Claim(const launch::Context& context, const std::vector<std::string>& run_ids);

/// Launches a claimed run. If that fails the run goes back into the queue and its location is paused, as often as
/// dagster.yaml's run_queue.max_user_code_failure_retries says and if its code could not be reached; else it has
/// failed.
void LaunchClaimed(const launch::Context& context, launch::RunLauncher& launcher, PausedLocations& paused,
                   const model::Run& run);

}  // namespace tidemill::daemon
