#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <tidemill/http/metrics.h>
#include <tidemill/http/router.h>
#include <tidemill/http/worker_pool.h>

namespace tidemill::http {

/// What one client may cost. Each refusal is a status with a line that names the limit.
struct Limits {
  std::size_t connections = 4096;                   ///< More are answered 503.
  std::size_t websockets = 2048;                    ///< More are answered 503.
  std::size_t target_bytes = 8 << 10;               ///< 414
  std::size_t header_bytes = 32 << 10;              ///< 431; the request line included.
  std::size_t body_bytes = 32 << 20;                ///< 413
  std::size_t websocket_message_bytes = 1 << 20;    ///< Close code 1009.
  std::size_t websocket_queue_bytes = 4 << 20;      ///< Waiting to be sent to one WebSocket; then 1013.
  std::chrono::milliseconds idle_timeout{75'000};   ///< Between requests; closed without a word.
  std::chrono::milliseconds head_timeout{10'000};   ///< From the first byte to the end of the header: 408.
  std::chrono::milliseconds body_timeout{60'000};   ///< For the whole body: 408.
  std::chrono::milliseconds write_timeout{30'000};  ///< Without any progress; the connection is closed.
  std::chrono::milliseconds ping_interval{20'000};  ///< Of WebSockets; one that is silent for two is closed.
};

enum class Compression {
  kNever,
  kRemote,  ///< Not for a peer on this machine, unless it is a proxy (X-Forwarded-For): bytes are free there.
  kAlways,
};

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< A name or an address.
  std::uint16_t port = 3000;       ///< 0: the system chooses.
  std::string path_prefix;         ///< "" or "/a/b": all routes move below it and "/" redirects to it.
  std::size_t io_threads = 1;
  Compression compression = Compression::kRemote;
  std::size_t compress_min_bytes = 1024;
  Limits limits;
  RequestFilter filter;  ///< May be empty.
  /// One line about what went wrong inside of the server, from any thread. May be empty.
  std::function<void(std::string_view line)> log;
};

/// An HTTP/1.1 and WebSocket server for any routes.
///
/// Reads requests within limits, runs handlers on the I/O thread or on the worker pool, and finishes responses
/// (ETag, compression, HEAD). Knows nothing of what it serves.
///
/// Start and Stop are called by one owner, the rest from any thread.
class Server final {
 public:
  /// `workers` and `metrics` must outlive the server. Throws Error(kInvalidArgument) for a path prefix that does not
  /// begin with '/' or ends with one.
  Server(ServerOptions options, Router router, WorkerPool& workers, ServerMetrics& metrics);
  /// Stops without waiting for requests.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens and returns. Throws Error(kUnavailable) that names the address and the cause.
  void Start();

  /// The port that is listened on, after Start.
  std::uint16_t port() const;

  /// Listens no more, closes idle connections, tells WebSockets 1001, and gives requests in flight `drain` to finish
  /// before their connections are cut. Returns when every connection has ended; a handler that is still running is
  /// waited for.
  void Stop(std::chrono::milliseconds drain);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemill::http
