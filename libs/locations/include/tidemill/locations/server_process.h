#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <tidemill/base/child_process.h>
#include <tidemill/locations/grpc_location.h>

namespace tidemill::locations {

struct ServerProcessOptions {
  json::Value instance_ref;        ///< What Python's servers are started with; null: none.
  std::string python = "python3";  ///< For targets that name no interpreter.
  bool passes_output_on = true;    ///< To our standard error.
  std::chrono::seconds heartbeat_timeout{45};
  std::chrono::milliseconds heartbeat{1000};
};

/// The arguments of a server for the location: `<executable> serve …`, or `<python> -m dagster api grpc …` as Dagster
/// itself starts it. The target must not be a GrpcServerTarget.
std::vector<std::string> ServerCommand(const model::LocationSpec& spec, const std::filesystem::path& socket,
                                       const ServerProcessOptions& options);

/// A location's server that this process started, on a unix socket in a folder of its own: kept alive by heartbeats
/// from a thread, its output passed on by the same. It ends by itself some time after this process has gone. Not
/// thread-safe.
class ServerProcess final {
 public:
  /// Starts it. Throws Error(kUnavailable) that names the command if it cannot be started.
  ServerProcess(const model::LocationSpec& spec, const ServerProcessOptions& options, CallTimeouts timeouts);
  /// Kills it if it still runs.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const std::shared_ptr<GrpcLocation>& client() const { return client_; }
  pid_t pid() const { return process_->pid(); }
  /// Readable when it has ended.
  int exit_descriptor() const { return process_->exit_descriptor(); }

  /// Returns when it answers, and starts the heartbeats. Throws Error: kUnavailable with its last words if it ends,
  /// kDeadlineExceeded after `timeout`, kCancelled once `cancelled` is readable (-1: never).
  void WaitUntilReady(std::chrono::milliseconds timeout, int cancelled);
  /// "exited with code 1; it wrote: …": how it ended; waits for it.
  std::string DescribeEnd();
  bool has_ended() { return process_->WaitFor(std::chrono::milliseconds(0)).has_value(); }

  /// Asks it to end once its runs have ended; does not wait.
  void Retire();
  /// Ends it: asks, waits for `grace`, then SIGTERM, then SIGKILL.
  void Stop(std::chrono::milliseconds grace);

 private:
  void Beat(const std::stop_token& stop);
  void PassOutputOn();

  const std::string name_;
  const ServerProcessOptions options_;
  std::filesystem::path folder_;
  std::shared_ptr<GrpcLocation> client_;
  std::mutex output_mutex_;
  ErrorSink output_;  // Guarded by output_mutex_.
  std::unique_ptr<ChildProcess> process_;
  std::mutex beat_mutex_;
  std::condition_variable_any beat_;
  std::jthread heartbeats_;
};

}  // namespace tidemill::locations
