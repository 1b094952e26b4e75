#pragma once

#include <chrono>
#include <memory>

#include <tidemill/api/api.h>
#include <tidemill/http/server.h>

namespace tidemill::webserver {

/// Dagster's web server: the API and its routes, on one address. One owner.
class WebServer final {
 public:
  /// `services` must outlive this. Throws as http::Server.
  WebServer(http::ServerOptions options, const api::Services& services);
  /// Stops without waiting for requests.
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  /// Listens and returns. Throws Error(kUnavailable) that names the address and the cause.
  void Start();
  /// The port that is listened on, after Start.
  std::uint16_t port() const;
  /// Gives requests in flight `drain` to finish.
  void Stop(std::chrono::milliseconds drain);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemill::webserver
