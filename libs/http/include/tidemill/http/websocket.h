#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/http/request.h>

namespace tidemill::http {

/// The server's side of one WebSocket, given to its handler. Only Post may be called from any thread, the rest on the
/// connection's thread, that is inside of the handler's methods and of what was posted.
class WebSocketChannel {
 public:
  virtual ~WebSocketChannel() = default;
  /// Queues a text message. When the queue is over its limit, the connection is closed with 1013 "too slow a reader".
  virtual void Send(std::string text) = 0;
  /// Sends what is queued, then closes. `reason` has at most 123 bytes.
  virtual void Close(std::uint16_t code, std::string reason) = 0;
  /// Bytes that wait to be sent.
  virtual std::size_t queued_bytes() const = 0;
  /// Runs `task` on the connection's thread; it is dropped if the connection has ended.
  virtual void Post(std::function<void()> task) = 0;
};

/// What answers on one WebSocket. Called on the connection's thread only; destroyed when the connection has ended.
class WebSocketHandler {
 public:
  virtual ~WebSocketHandler() = default;
  virtual void OnText(std::string_view message) = 0;
  /// The queue has become empty.
  virtual void OnDrained() = 0;
  /// About once a second.
  virtual void OnTick() = 0;
};

struct WebSocketEndpoint {
  /// In order of preference. A client that offers none of them is refused with 400; one that names no subprotocol is
  /// spoken to in the first.
  std::vector<std::string> subprotocols;
  /// On the connection's thread, after the handshake. The channel outlives the handler.
  std::function<std::unique_ptr<WebSocketHandler>(const Request& request, std::string_view subprotocol,
                                                  std::shared_ptr<WebSocketChannel> channel)>
      open;
};

}  // namespace tidemill::http
