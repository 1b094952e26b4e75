#include "connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "on_worker.h"
#include "websocket_connection.h"

namespace tidemill::http {

namespace asio = boost::asio;

// In the coroutines below each co_await stands in a statement of its own: GCC 12 miscompiles some that stand inside of
// a condition or a co_return.

namespace {

constexpr std::size_t kReadBytes = 16 << 10;
constexpr std::size_t kWriteBytes = 256 << 10;
// How long an ending connection reads on, so that the client gets the last answer before a reset.
constexpr std::chrono::milliseconds kLingerTimeout{1000};

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

Response Refused(const Refusal& refusal) { return TextResponse(refusal.status, refusal.text); }

Response NotFound(const Request& request) { return TextResponse(404, "nothing is served at " + request.path); }

// Moves the request below the prefix. Gives the answer for a path outside of it.
std::optional<Response> StripPrefix(Request& request, std::string_view prefix) {
  if (prefix.empty()) return std::nullopt;
  if (request.path == "/") return RedirectResponse(307, std::string(prefix));
  const bool below = request.path.compare(0, prefix.size(), prefix) == 0 &&
                     (request.path.size() == prefix.size() || request.path[prefix.size()] == '/');
  if (!below) return NotFound(request);
  request.path.erase(0, prefix.size());
  if (request.path.empty()) request.path = "/";
  return std::nullopt;
}

Response MethodNotAllowed(const Request& request, const std::string& allow) {
  Response response =
      TextResponse(405, fmt::format("{} is not answered here; {} is", MethodName(request.method), allow));
  response.headers.Add("Allow", allow);
  return response;
}

Response Overloaded() {
  Response response = TextResponse(503, "too many requests wait to be served: try again");
  response.headers.Add("Retry-After", "1");
  return response;
}

// Runs the handler and finishes what it gives; an exception becomes an answer.
WireResponse Run(const Handler& handler, const Request& request, const ServerContext& server, Wire wire, int& status) {
  const auto fail = [&](int failed, const std::string& text) {
    status = failed;
    if (failed >= 500) {
      server.Log(fmt::format("{} {}: {}", MethodName(request.method), request.path, text));
    }
    return Finish(request, TextResponse(failed, text), server.options, wire);
  };
  try {
    Response response = handler(request);
    status = response.status;
    return Finish(request, std::move(response), server.options, wire);
  } catch (const Error& error) {
    return fail(StatusOf(error.code()), error.what());
  } catch (const std::exception& error) {
    return fail(500, error.what());
  }
}

}  // namespace

Connection::Connection(ServerContext& server, IoThread& thread, asio::ip::tcp::socket socket)
    : server_(server), thread_(thread), socket_(std::move(socket)) {
  boost::system::error_code ignored;
  const auto endpoint = socket_.remote_endpoint(ignored);
  peer_ = endpoint.address().to_string();
  from_loopback_ = endpoint.address().is_loopback() ||
                   (endpoint.address().is_v6() && endpoint.address().to_v6().is_v4_mapped() &&
                    asio::ip::make_address_v4(asio::ip::v4_mapped, endpoint.address().to_v6()).is_loopback());
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  ++server_.metrics.connections;
  thread_.Add(*this);
}

Connection::~Connection() {
  thread_.Remove(*this);
  --server_.metrics.connections;
}

void Connection::Enter(Phase phase, std::chrono::milliseconds timeout) {
  phase_ = phase;
  deadline_ = std::chrono::steady_clock::now() + timeout;
}

void Connection::Sweep(std::chrono::steady_clock::time_point now) {
  if (phase_ == Phase::kWebSocket) return websocket_->Sweep(now);
  if (phase_ == Phase::kHandler || now < deadline_ || timed_out_) return;
  timed_out_ = true;
  if (phase_ == Phase::kWrite) {
    server_.metrics.CountRefusal("slow_reader");
    return Abort();
  }
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Connection::Drain() {
  boost::system::error_code ignored;
  if (phase_ == Phase::kWebSocket) {
    websocket_->Drain();
  } else if (phase_ == Phase::kIdle) {
    aborted_ = true;
    socket_.cancel(ignored);
  }
}

void Connection::Abort() {
  aborted_ = true;
  if (phase_ == Phase::kWebSocket) return websocket_->Abort();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

asio::awaitable<void> Connection::Run() {
  bool again = true;
  while (again) again = co_await ServeOne();
  if (!aborted_ && phase_ != Phase::kWebSocket) co_await Close();
}

asio::awaitable<void> Connection::RunRefused() {
  server_.metrics.CountRefusal("too_many_connections");
  Response response = TextResponse(
      503, fmt::format("more than {} connections are open: try again later", server_.options.limits.connections));
  response.headers.Add("Retry-After", "1");
  WireResponse refusal = Finish(Request(), std::move(response), server_.options, {});
  co_await Write(std::move(refusal));
  if (!aborted_) co_await Close();
}

asio::awaitable<std::size_t> Connection::ReadMore() {
  const std::size_t had = input_.size();
  input_.resize(had + kReadBytes);
  const auto [error, got] = co_await socket_.async_read_some(asio::buffer(input_.data() + had, kReadBytes), kTuple);
  input_.resize(had + (error ? 0 : got));
  co_return error ? 0 : got;
}

asio::awaitable<bool> Connection::ServeOne() {
  if (input_.empty()) {
    if (thread_.draining()) co_return false;
    Enter(Phase::kIdle, server_.options.limits.idle_timeout);
    input_.shrink_to_fit();  // An idle connection holds no buffer.
    const auto [error] = co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, kTuple);
    if (error || aborted_) co_return false;
  }
  RequestReader reader(server_.options.limits);
  const bool has_head = co_await ReadHead(reader);
  if (!has_head) co_return false;
  const Wire wire{.keep_alive = reader.keep_alive() && !thread_.draining(), .reads_chunks = reader.reads_chunks()};

  if (reader.wants_upgrade()) {
    Request request = reader.head();
    const bool inside = !StripPrefix(request, server_.options.path_prefix);
    Router::Match match = server_.router.Find(request.method, request.path, true);
    if (inside && match.route != nullptr && match.route->websocket) {
      request.captures = std::move(match.captures);
      co_await Upgrade(std::move(request), *match.route);
      co_return false;
    }
  }
  const bool has_body = co_await ReadBody(reader);
  if (!has_body) co_return false;
  Request request = reader.Take();
  request.peer = peer_;
  request.from_loopback = from_loopback_;
  WireResponse response = co_await Answer(request, wire);
  const bool again = co_await Write(std::move(response));
  co_return again;
}

asio::awaitable<bool> Connection::ReadHead(RequestReader& reader) {
  Enter(Phase::kHead, server_.options.limits.head_timeout);
  // The header's bytes stay in input_ until it is whole: a WebSocket handshake is read again from there.
  while (true) {
    const std::size_t taken = input_.empty() ? 0 : reader.Feed(input_);
    if (reader.refusal()) break;
    if (reader.head_done()) {
      if (!reader.wants_upgrade()) input_.erase(0, taken);
      co_return true;
    }
    const std::size_t got = co_await ReadMore();
    if (got == 0) break;
  }
  co_await RefuseRead(reader);
  co_return false;
}

asio::awaitable<bool> Connection::ReadBody(RequestReader& reader) {
  if (reader.expects_continue() && !reader.done()) {
    const bool sent = co_await WriteBytes("HTTP/1.1 100 Continue\r\n\r\n");
    if (!sent) co_return false;
  }
  Enter(Phase::kBody, server_.options.limits.body_timeout);
  while (true) {
    if (!reader.done() && !input_.empty()) input_.erase(0, reader.Feed(input_));
    if (reader.refusal()) break;
    if (reader.done()) co_return true;
    const std::size_t got = co_await ReadMore();
    if (got == 0) break;
  }
  co_await RefuseRead(reader);
  co_return false;
}

// Answers a request that cannot be read to its end, unless the client is gone.
asio::awaitable<void> Connection::RefuseRead(RequestReader& reader) {
  if (aborted_ || (!timed_out_ && !reader.refusal())) co_return;
  timed_out_ = false;
  Refusal refusal{408, reader.head_done() ? "the request's body did not arrive in time"
                                          : "the request's header did not arrive in time"};
  if (reader.refusal()) refusal = *reader.refusal();
  server_.metrics.CountRequest("(unread)", refusal.status, {});
  WireResponse response = Finish(reader.head(), Refused(refusal), server_.options, {});
  co_await Write(std::move(response));
}

asio::awaitable<WireResponse> Connection::Answer(Request& request, Wire wire) {
  Enter(Phase::kHandler, {});
  std::optional<Response> answer = StripPrefix(request, server_.options.path_prefix);
  if (!answer && server_.options.filter) answer = server_.options.filter(request);
  if (!answer) {
    Router::Match match = server_.router.Find(request.method, request.path, false);
    if (match.route != nullptr) {
      request.captures = std::move(match.captures);
      WireResponse response = co_await RunHandler(*match.route, request, wire);
      co_return response;
    }
    answer = match.allow.empty() ? NotFound(request) : MethodNotAllowed(request, match.allow);
  }
  server_.metrics.CountRequest("(none)", answer->status, {});
  co_return Finish(request, std::move(*answer), server_.options, wire);
}

asio::awaitable<WireResponse> Connection::RunHandler(const Router::Route& route, Request& request, Wire wire) {
  const auto start = std::chrono::steady_clock::now();
  WireResponse response;
  int status = 500;
  if (route.run_on == RunOn::kIo) {
    response = http::Run(route.handler, request, server_, wire, status);
  } else {
    const bool ran = co_await OnWorker(server_.workers, thread_,
                                       [&] { response = http::Run(route.handler, request, server_, wire, status); });
    if (!ran) {
      status = 503;
      response = Finish(request, Overloaded(), server_.options, wire);
    }
  }
  server_.metrics.CountRequest(route.pattern, status, std::chrono::steady_clock::now() - start);
  if (thread_.draining()) response.keep_alive = false;
  co_return response;
}

asio::awaitable<bool> Connection::WriteBytes(std::string_view bytes) {
  while (!bytes.empty()) {
    Enter(Phase::kWrite, server_.options.limits.write_timeout);
    const auto [error, sent] =
        co_await socket_.async_write_some(asio::buffer(bytes.data(), std::min(bytes.size(), kWriteBytes)), kTuple);
    if (error || aborted_) co_return false;
    bytes.remove_prefix(sent);
  }
  co_return true;
}

asio::awaitable<bool> Connection::WriteStream(BodyStream& stream, bool chunked) {
  std::string chunk;
  std::string failure;
  while (true) {
    Enter(Phase::kHandler, {});
    const bool ran = co_await OnWorker(server_.workers, thread_, [&] {
      try {
        stream.Next(chunk);
      } catch (const std::exception& error) {
        failure = error.what();
      }
    });
    if (!ran || !failure.empty()) {
      server_.Log("a download was cut off: " + (ran ? failure : "too many requests wait to be served"));
      co_return false;
    }
    if (chunk.empty()) break;
    const std::string framed = chunked ? fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk) : std::move(chunk);
    const bool sent = co_await WriteBytes(framed);
    if (!sent) co_return false;
  }
  if (!chunked) co_return true;
  const bool ended = co_await WriteBytes("0\r\n\r\n");
  co_return ended;
}

asio::awaitable<bool> Connection::Write(WireResponse response) {
  if (const auto* stream = std::get_if<std::shared_ptr<BodyStream>>(&response.body)) {
    bool written = co_await WriteBytes(response.head);
    if (written) written = co_await WriteStream(**stream, response.chunked);
    if (!written) Abort();  // The client must not take a cut body for a whole one.
    co_return written&& response.keep_alive;
  }
  const auto* text = std::get_if<std::string>(&response.body);
  const std::string_view body = text != nullptr ? *text : std::get<std::string_view>(response.body);
  Enter(Phase::kWrite, server_.options.limits.write_timeout);
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(response.head),
                                                  asio::buffer(body.data(), std::min(body.size(), kWriteBytes))};
  const auto [error, sent] = co_await asio::async_write(socket_, buffers, kTuple);
  if (error || aborted_ || sent == 0) co_return false;
  if (body.size() > kWriteBytes) {
    const bool rest_sent = co_await WriteBytes(body.substr(kWriteBytes));
    if (!rest_sent) co_return false;
  }
  co_return response.keep_alive;
}

asio::awaitable<void> Connection::Upgrade(Request request, const Router::Route& route) {
  request.peer = peer_;
  request.from_loopback = from_loopback_;
  std::optional<Response> refusal;
  if (server_.options.filter) refusal = server_.options.filter(request);
  if (!refusal && thread_.draining()) refusal = TextResponse(503, "the server is stopping");
  const auto limit = static_cast<std::int64_t>(server_.options.limits.websockets);
  if (!refusal && server_.metrics.websockets >= limit) {
    server_.metrics.CountRefusal("too_many_websockets");
    refusal = TextResponse(503, fmt::format("more than {} WebSockets are open: try again later", limit));
  }
  const std::optional<std::string_view> protocol = ChooseSubprotocol(request, *route.websocket);
  if (!refusal && !protocol)
    refusal = TextResponse(400, "none of the WebSocket subprotocols that are offered is spoken here");
  server_.metrics.CountRequest(route.pattern, refusal ? refusal->status : 101, {});
  if (refusal) {
    WireResponse response = Finish(request, std::move(*refusal), server_.options, {});
    co_await Write(std::move(response));
    co_return;
  }
  WebSocketConnection websocket(server_, thread_, std::move(socket_));
  websocket_ = &websocket;
  phase_ = Phase::kWebSocket;
  co_await websocket.Run(request, *route.websocket, *protocol, std::move(input_));
}

// Ends politely: what was sent is received before the socket is gone, also if the client still sends.
asio::awaitable<void> Connection::Close() {
  boost::system::error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  if (error) co_return;
  Enter(Phase::kBody, kLingerTimeout);
  timed_out_ = false;
  while (true) {
    input_.clear();
    const std::size_t got = co_await ReadMore();
    if (got == 0 || std::chrono::steady_clock::now() >= deadline_) co_return;
  }
}

}  // namespace tidemill::http
