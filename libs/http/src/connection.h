#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "io_thread.h"
#include "request_reader.h"
#include "response_writer.h"

namespace tidemill::http {

class WebSocketConnection;

/// What all connections of one server share; outlives them.
struct ServerContext {
  const ServerOptions& options;
  const Router& router;
  WorkerPool& workers;
  ServerMetrics& metrics;

  void Log(std::string_view line) const {
    if (options.log) options.log(line);
  }
};

/// One accepted socket: reads requests, has them answered, until either side ends it. Lives on one I/O thread.
///
/// Its life, each step a callback of the one before:
///
///     AwaitRequest → ReadHead → ReadBody → Answer → Write → AwaitRequest …
///                       └→ Upgrade                    └→ End
///
/// What is under way keeps it alive; it goes when nothing is.
class Connection final : public IoTask, public std::enable_shared_from_this<Connection> {
 public:
  Connection(ServerContext& server, IoThread& thread, boost::asio::ip::tcp::socket socket);
  ~Connection() override;

  void Start();
  /// Answers 503 to whatever comes: there are too many connections.
  void StartRefused();

  void Sweep(std::chrono::steady_clock::time_point now) override;
  void Drain() override;
  void Abort() override;

 private:
  enum class Phase { kIdle, kHead, kBody, kHandler, kWrite, kWebSocket };
  using Step = void (Connection::*)();

  void Enter(Phase phase, std::chrono::milliseconds timeout);
  // Runs one step; an exception ends the connection.
  template <typename Function>
  void Guarded(Function&& step);
  // A completion handler that does so and keeps the connection alive.
  template <typename Function>
  auto Kept(Function function);

  void AwaitRequest();
  void ReadHead();
  void OnHead();
  void ReadBody();
  void ReadMore(Step then, Step at_end);
  void RefuseRead();

  void Answer();
  void RunHandler(const Router::Route& route);

  void Write(WireResponse response);
  void WriteBytes(std::string_view bytes, Step then);
  void WriteStream();
  void SendChunk();
  void OnWritten();
  void CutOff(std::string_view why);

  void Upgrade(Request request, const Router::Route& route);
  std::optional<Response> RefuseUpgrade(Request& request, const Router::Route& route);

  void End();
  void Linger();

  ServerContext& server_;
  IoThread& thread_;
  boost::asio::ip::tcp::socket socket_;
  std::string peer_;
  bool from_loopback_ = false;

  std::string input_;           ///< Bytes read; those of a header until it is whole: a handshake is read again.
  std::size_t input_read_ = 0;  ///< How many of them the reader has taken.
  std::optional<RequestReader> reader_;
  Wire wire_;
  Request request_;
  WireResponse response_;
  std::string chunk_;    ///< Of a body that is made while it is sent.
  std::string failure_;  ///< Why it could not be made.

  Phase phase_ = Phase::kIdle;
  std::chrono::steady_clock::time_point deadline_;
  bool timed_out_ = false;
  bool aborted_ = false;
  std::unique_ptr<WebSocketConnection> websocket_;
};

}  // namespace tidemill::http
