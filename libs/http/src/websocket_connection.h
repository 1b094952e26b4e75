#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <tidemill/http/websocket.h>

#include "io_thread.h"

namespace tidemill::http {

struct ServerContext;

/// The subprotocol that is spoken. Nothing if the client offers only others; the first of the endpoint if it offers
/// none.
std::optional<std::string_view> ChooseSubprotocol(const Request& request, const WebSocketEndpoint& endpoint);

/// One WebSocket, from its handshake to its end. Lives on one I/O thread.
class WebSocketConnection final : public IoTask {
 public:
  WebSocketConnection(ServerContext& server, IoThread& thread, boost::asio::ip::tcp::socket socket);
  ~WebSocketConnection() override;

  /// Shakes hands and serves until the WebSocket has ended. `handshake` is the request's header as it came, with all
  /// that was read behind it. `owner` holds this object, which keeps it as long as it serves.
  void Start(Request request, const WebSocketEndpoint& endpoint, std::string handshake, std::shared_ptr<void> owner);

  void Sweep(std::chrono::steady_clock::time_point now) override;
  /// Tells the client 1001.
  void Drain() override;
  void Abort() override;

 private:
  class Channel;

  void Open(const WebSocketEndpoint& endpoint, const std::shared_ptr<void>& owner);
  void Read(const std::shared_ptr<void>& owner);
  void OnRead(std::size_t size);
  void End();

  std::shared_ptr<Channel> channel_;
  Request request_;
  std::string handshake_;
  boost::beast::flat_buffer buffer_;
  std::unique_ptr<WebSocketHandler> handler_;
  std::chrono::steady_clock::time_point next_tick_;
};

}  // namespace tidemill::http
