#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
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
class Connection final : public IoTask {
 public:
  Connection(ServerContext& server, IoThread& thread, boost::asio::ip::tcp::socket socket);
  ~Connection() override;

  /// Serves until the connection has ended. The object must outlive the coroutine.
  boost::asio::awaitable<void> Run();
  /// Answers 503 to whatever comes: there are too many connections.
  boost::asio::awaitable<void> RunRefused();

  void Sweep(std::chrono::steady_clock::time_point now) override;
  void Drain() override;
  void Abort() override;

 private:
  enum class Phase { kIdle, kHead, kBody, kHandler, kWrite, kWebSocket };

  void Enter(Phase phase, std::chrono::milliseconds timeout);
  boost::asio::awaitable<bool> ServeOne();
  boost::asio::awaitable<bool> ReadHead(RequestReader& reader);
  boost::asio::awaitable<bool> ReadBody(RequestReader& reader);
  boost::asio::awaitable<std::size_t> ReadMore();
  boost::asio::awaitable<void> RefuseRead(RequestReader& reader);
  boost::asio::awaitable<WireResponse> Answer(Request& request, Wire wire);
  boost::asio::awaitable<WireResponse> RunHandler(const Router::Route& route, Request& request, Wire wire);
  boost::asio::awaitable<bool> Write(WireResponse response);
  boost::asio::awaitable<bool> WriteBytes(std::string_view bytes);
  boost::asio::awaitable<bool> WriteStream(BodyStream& stream, bool chunked);
  boost::asio::awaitable<void> Upgrade(Request request, const Router::Route& route);
  boost::asio::awaitable<void> Close();

  ServerContext& server_;
  IoThread& thread_;
  boost::asio::ip::tcp::socket socket_;
  std::string peer_;
  bool from_loopback_ = false;
  std::string input_;  ///< Bytes read and not yet taken.
  Phase phase_ = Phase::kIdle;
  std::chrono::steady_clock::time_point deadline_;
  bool timed_out_ = false;
  bool aborted_ = false;
  WebSocketConnection* websocket_ = nullptr;
};

}  // namespace tidemill::http
