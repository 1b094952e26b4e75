#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <tidemill/base/clock.h>
#include <tidemill/engine/api_commands.h>
#include <tidemill/location_server/location_service.h>

namespace tidemill::location_server {

struct ServerOptions {
  std::string host = "localhost";
  int port = 0;                  ///< 0: any free one.
  std::filesystem::path socket;  ///< Instead of host and port.
  /// Without a Heartbeat for so long the server shuts down.
  std::optional<std::chrono::milliseconds> heartbeat_timeout;
  std::string server_id;  ///< Empty: a new UUID.
  std::optional<std::string> container_image;
  json::Value instance_ref;  ///< For runs whose request names no instance.
  /// How long calls may go on after the last run has ended.
  std::chrono::milliseconds grace = std::chrono::seconds(60);
};

/// Answers Dagster's code-location API over gRPC, and the standard health check for "DagsterApi".
///
/// Calls are answered on threads of its own, as many as there are calls in progress. `service` and `clock` must outlive
/// this.
class Server final {
 public:
  /// Listens when it returns. Throws Error(kUnavailable) that names the address if it cannot.
  Server(ServerOptions options, LocationService& service, engine::InstanceOpener open, const Clock& clock);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// "localhost:4000" or "unix:/path".
  const std::string& address() const;
  const std::string& server_id() const;

  /// Watches the runs' processes. Returns when the server was told to shut down (ShutdownServer, no heartbeats, a byte
  /// or a signal to be read from `stop`) and its runs have ended; a second thing to be read from `stop` ends the runs.
  /// `stop` is a non-blocking descriptor, or -1.
  void Run(int stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemill::location_server
