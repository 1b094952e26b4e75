#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/locations/managed_location.h>
#include <tidemill/workspace/live_workspace.h>

namespace tidemill::workspace {

/// Keeps the code locations of a workspace loaded, and publishes each state of each. Any thread may call it.
class WorkspaceLoader final {
 public:
  /// Publishes every location as loading, starts all of them and returns. Throws Error(kInvalidArgument) if two have
  /// the same name. `live` and `clock` must outlive this.
  WorkspaceLoader(std::vector<model::LocationSpec> specs, const locations::ManagedLocationOptions& options,
                  LiveWorkspace& live, const Clock& clock);
  /// Stops the servers that it started.
  ~WorkspaceLoader();
  WorkspaceLoader(const WorkspaceLoader&) = delete;
  WorkspaceLoader& operator=(const WorkspaceLoader&) = delete;

  /// Loads the location's code anew; returns when that has succeeded or failed, with the outcome published. False if
  /// there is no such location.
  bool Reload(const std::string& location_name);
  /// The same for all locations, at the same time.
  void ReloadAll();
  /// Returns when no load is under way.
  void WaitUntilSettled();

 private:
  std::map<std::string, std::unique_ptr<locations::ManagedLocation>> locations_;
};

}  // namespace tidemill::workspace
