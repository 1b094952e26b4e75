#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/http/server.h>

namespace tidemill::webserver {

struct WebServerOptions {
  /// Address, prefix, limits, log. Its filter, which may be empty, authenticates; it is asked after the origin.
  http::ServerOptions server;
  /// The web UI's files; empty: webapp.pack beside the executable.
  std::filesystem::path webapp;
  int live_data_poll_rate_ms = 2000;  ///< How often the UI asks again for what it shows.
  /// Origins of other sites whose pages may use the API, e.g. "https://tools.example.com"; "*": all.
  std::vector<std::string> allowed_origins;
  std::size_t worker_threads = 16;     ///< Requests that are answered at a time.
  std::size_t queued_requests = 1000;  ///< More are answered 503.

  // Each below may be empty.

  /// Why /readyz answers 503, or nothing. Any thread; must not block.
  std::function<std::optional<std::string>()> not_ready;
  /// Appends metrics in the Prometheus text format to those of the server itself. Any thread.
  std::function<void(std::string& out)> append_metrics;
};

/// Dagster's web server: the UI, the GraphQL API over HTTP and WebSocket, and the routes beside them.
///
///     WebServer server({.server = {.port = 0}}, services);
///     server.Start();
///     std::puts(server.url().c_str());
///     …                                       // until a signal
///     server.Stop(std::chrono::seconds(5));
///
/// Start and Stop are called by one owner, the rest from any thread.
class WebServer final {
 public:
  /// `services` outlives the server; its read_only holds for every route. Reads the run storage's id. Without the web
  /// UI's files the API is served alone, and the UI's page says what is missing. Throws Error(kInvalidArgument) for a
  /// wrong prefix, Error(kDataLoss) for damaged files of the UI.
  WebServer(WebServerOptions options, const api::Services& services);
  /// Stops without waiting for requests.
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  /// Listens and returns. Throws Error(kUnavailable) that names the address and the cause.
  void Start();

  /// After Start: the port that is listened on, and "http://127.0.0.1:3000/prefix".
  std::uint16_t port() const;
  std::string url() const;

  /// Listens no more, tells WebSockets that it goes, and gives requests in flight `drain` to finish. Returns when none
  /// is left.
  void Stop(std::chrono::milliseconds drain);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemill::webserver
