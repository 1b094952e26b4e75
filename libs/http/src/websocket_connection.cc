#include "websocket_connection.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>

#include <boost/beast/websocket/stream.hpp>

#include "connection.h"

namespace tidemill::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

namespace {

constexpr std::chrono::seconds kTickInterval{1};
constexpr std::size_t kKeptBuffer = 64 << 10;
// How long a client may take to answer a close frame.
constexpr std::chrono::seconds kHandshakeTimeout{5};

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<std::string_view> ChooseSubprotocol(const Request& request, const WebSocketEndpoint& endpoint) {
  const auto offered = request.headers.Find("Sec-WebSocket-Protocol");
  if (!offered || Trim(*offered).empty()) return endpoint.subprotocols.front();
  for (const std::string& protocol : endpoint.subprotocols) {
    if (request.headers.HasToken("Sec-WebSocket-Protocol", protocol)) return protocol;
  }
  return std::nullopt;
}

// The socket and its queue. Shared with whoever may Post; what it calls back to is told when it is gone.
class WebSocketConnection::Channel final : public WebSocketChannel, public std::enable_shared_from_this<Channel> {
 public:
  Channel(ServerContext& server, IoThread& thread, asio::ip::tcp::socket socket)
      : server_(server), thread_(thread.shared_from_this()), stream_(std::move(socket)) {}

  void Send(std::string text) override {
    if (closing_) return;
    queued_bytes_ += text.size();
    queue_.push_back(std::move(text));
    if (queued_bytes_ > server_.options.limits.websocket_queue_bytes) {
      server_.metrics.CountRefusal("websocket_queue_full");
      DropWaiting();
      return Close(1013, "too slow a reader");
    }
    if (!writing_) WriteNext();
  }

  void Close(std::uint16_t code, std::string reason) override {
    if (closing_) return;
    closing_ = true;
    // A reason is UTF-8 of at most 123 bytes; it may hold bytes of the client's message, so ASCII is all that is kept.
    std::replace_if(
        reason.begin(), reason.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    reason_ = websocket::close_reason(static_cast<websocket::close_code>(code),
                                      beast::string_view(reason.data(), std::min<std::size_t>(reason.size(), 123)));
    if (!writing_) SendClose();
  }

  std::size_t queued_bytes() const override { return queued_bytes_; }

  void Post(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    if (!open_) return;
    thread_->Post([self = shared_from_this(), task = std::move(task)] {
      if (self->open_) task();
    });
  }

  // From here on nothing of the handler is called and Post does nothing.
  void End() {
    const std::lock_guard lock(mutex_);
    open_ = false;
    handler_ = nullptr;
  }

  void Abort() {
    closing_ = true;
    boost::system::error_code ignored;
    stream_.next_layer().close(ignored);
  }

  bool WriteStalled(std::chrono::steady_clock::time_point now) const {
    return (writing_ || closing_) && now - write_started_ > server_.options.limits.write_timeout;
  }

  websocket::stream<asio::ip::tcp::socket, false>& stream() { return stream_; }
  void set_handler(WebSocketHandler* handler) { handler_ = handler; }
  ServerContext& server() { return server_; }

 private:
  void WriteNext() {
    if (queue_.empty()) {
      if (closing_) return SendClose();
      if (handler_ != nullptr) handler_->OnDrained();
      return;
    }
    writing_ = true;
    write_started_ = std::chrono::steady_clock::now();
    stream_.async_write(
        asio::buffer(queue_.front()),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t) { self->OnWritten(error); });
  }

  void OnWritten(const boost::system::error_code& error) {
    writing_ = false;
    queued_bytes_ -= queue_.front().size();
    queue_.pop_front();
    if (error) {
      closing_ = true;
      queue_.clear();
      queued_bytes_ = 0;
      return;
    }
    WriteNext();
  }

  // All but the message that is being written.
  void DropWaiting() {
    const std::size_t kept = writing_ ? 1 : 0;
    while (queue_.size() > kept) {
      queued_bytes_ -= queue_.back().size();
      queue_.pop_back();
    }
  }

  void SendClose() {
    write_started_ = std::chrono::steady_clock::now();
    if (!stream_.is_open()) return;
    stream_.async_close(reason_, [self = shared_from_this()](const boost::system::error_code&) {});
  }

  ServerContext& server_;
  const std::shared_ptr<IoThread> thread_;
  websocket::stream<asio::ip::tcp::socket, false> stream_;
  std::deque<std::string> queue_;
  std::size_t queued_bytes_ = 0;
  bool writing_ = false;
  bool closing_ = false;
  std::chrono::steady_clock::time_point write_started_;
  websocket::close_reason reason_;
  WebSocketHandler* handler_ = nullptr;
  std::mutex mutex_;
  std::atomic<bool> open_{true};  // Changes under mutex_.
};

WebSocketConnection::WebSocketConnection(ServerContext& server, IoThread& thread, asio::ip::tcp::socket socket)
    : channel_(std::make_shared<Channel>(server, thread, std::move(socket))) {
  ++server.metrics.websockets;
}

WebSocketConnection::~WebSocketConnection() { --channel_->server().metrics.websockets; }

void WebSocketConnection::Start(Request request, const WebSocketEndpoint& endpoint, std::string handshake,
                                std::shared_ptr<void> owner) {
  request_ = std::move(request);
  handshake_ = std::move(handshake);
  auto& stream = channel_->stream();
  const Limits& limits = channel_->server().options.limits;
  stream.read_message_max(limits.websocket_message_bytes);
  stream.set_option(websocket::stream_base::timeout{kHandshakeTimeout, 2 * limits.ping_interval, true});
  if (request_.headers.Find("Sec-WebSocket-Protocol")) {  // Only one that is offered may be answered.
    const std::string name(ChooseSubprotocol(request_, endpoint).value());
    stream.set_option(websocket::stream_base::decorator([name](websocket::response_type& head) {
      head.set(beast::http::field::sec_websocket_protocol, beast::string_view(name.data(), name.size()));
    }));
  }
  stream.text(true);
  stream.async_accept(asio::buffer(handshake_),
                      [this, &endpoint, owner = std::move(owner)](const boost::system::error_code& error) {
                        if (error) return channel_->End();
                        Open(endpoint, owner);
                      });
}

void WebSocketConnection::Open(const WebSocketEndpoint& endpoint, const std::shared_ptr<void>& owner) {
  handshake_ = {};
  try {
    handler_ = endpoint.open(request_, ChooseSubprotocol(request_, endpoint).value(), channel_);
    channel_->set_handler(handler_.get());
  } catch (const std::exception& error) {
    channel_->server().Log(std::string("opening a WebSocket: ") + error.what());
    return End();
  }
  request_ = {};
  Read(owner);
}

void WebSocketConnection::Read(const std::shared_ptr<void>& owner) {
  channel_->stream().async_read(buffer_, [this, owner](const boost::system::error_code& error, std::size_t size) {
    if (error) return End();
    try {
      OnRead(size);
    } catch (const std::exception& failure) {
      channel_->server().Log(std::string("a WebSocket: ") + failure.what());
      channel_->Close(1011, "the server failed");
    }
    Read(owner);
  });
}

void WebSocketConnection::OnRead(std::size_t size) {
  if (channel_->stream().got_binary()) {
    channel_->Close(1003, "only text messages are read");
  } else {
    handler_->OnText({static_cast<const char*>(buffer_.data().data()), size});
  }
  buffer_.clear();
  if (buffer_.capacity() > kKeptBuffer) buffer_.shrink_to_fit();
}

void WebSocketConnection::End() {
  channel_->End();
  handler_.reset();
  channel_->Abort();
}

void WebSocketConnection::Sweep(std::chrono::steady_clock::time_point now) {
  if (channel_->WriteStalled(now)) {
    channel_->server().metrics.CountRefusal("slow_reader");
    return channel_->Abort();
  }
  if (handler_ == nullptr || now < next_tick_) return;
  next_tick_ = now + kTickInterval;
  handler_->OnTick();
}

void WebSocketConnection::Drain() { channel_->Close(1001, "the server is stopping"); }

void WebSocketConnection::Abort() { channel_->Abort(); }

}  // namespace tidemill::http
