#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <tidemill/locations/location_snapshot.h>
#include <tidemill/locations/server_process.h>

namespace tidemill::locations {

struct ManagedLocationOptions {
  ServerProcessOptions server;
  CallTimeouts timeouts;
  std::chrono::milliseconds startup{180'000};
  std::chrono::milliseconds reload{180'000};
  std::chrono::milliseconds probe{1'000};  ///< How often a server that somebody else runs is asked for its id.
  std::chrono::milliseconds first_retry{100};
  std::chrono::milliseconds longest_retry{10'000};  ///< Pauses double up to this.
  std::chrono::milliseconds stop_grace{2'000};
};

/// Where a location stands.
struct LocationState {
  enum class Status { kLoading, kLoaded, kFailed };
  Status status = Status::kLoading;
  /// Of the last load that succeeded, also while another one is under way or has failed; null until there is one.
  std::shared_ptr<SnapshotLocation> location;
  /// Why the last load failed, or what became of the server since: an Error, for user code's own a LocationError.
  std::exception_ptr error;
};

/// Keeps one location of a workspace loaded: starts its server and starts it again if it ends, with growing pauses;
/// follows a server that somebody else runs, by its id. Each load gives a new SnapshotLocation.
///
/// Works on a thread of its own. A server that was replaced goes on until its runs have ended. Any thread may call it.
class ManagedLocation final {
 public:
  /// Called on the location's thread after each change of its state, one at a time.
  using Listener = std::function<void(const LocationState& state)>;

  /// Begins to load and returns.
  ManagedLocation(model::LocationSpec spec, ManagedLocationOptions options, Listener listener);
  /// Stops the servers that it started.
  ~ManagedLocation();
  ManagedLocation(const ManagedLocation&) = delete;
  ManagedLocation& operator=(const ManagedLocation&) = delete;

  const model::LocationSpec& spec() const { return spec_; }
  LocationState state() const;
  /// Loads the code anew: another server, or ReloadCode at one that somebody else runs. Returns at once.
  void Reload();
  /// Begins to stop, and returns at once; the destructor waits.
  void RequestStop();
  /// Returns when no load is under way; the state then.
  LocationState WaitUntilSettled();

 private:
  void Work();
  /// `reloads_code`: a server that somebody else runs shall read its code again first.
  void Load(bool reloads_code);
  /// Returns when there is something to do.
  void WaitForWork();
  void FollowServer();
  void LookAfterServers();
  void SetState(LocationState::Status status, std::shared_ptr<SnapshotLocation> location, std::exception_ptr error);
  void Fail(std::exception_ptr error);
  bool IsForeign() const { return std::holds_alternative<model::GrpcServerTarget>(spec_.target); }

  const model::LocationSpec spec_;
  const ManagedLocationOptions options_;
  const Listener listener_;
  const FileDescriptor wake_;  ///< Readable once there is something to do.
  const FileDescriptor stop_;  ///< Readable once it shall end.

  mutable std::mutex mutex_;
  std::condition_variable settled_;
  LocationState state_;            // Guarded by mutex_.
  bool reload_is_wanted_ = false;  // Guarded by mutex_.
  bool is_stopping_ = false;       // Guarded by mutex_.

  // Of the thread.
  std::shared_ptr<GrpcLocation> foreign_;
  std::unique_ptr<ServerProcess> server_;
  std::vector<std::unique_ptr<ServerProcess>> retired_;
  std::chrono::milliseconds retry_{0};  ///< How long to wait for the next attempt; 0: none is due.
  std::chrono::milliseconds pause_;
  int missed_probes_ = 0;

  std::thread thread_;
};

}  // namespace tidemill::locations
