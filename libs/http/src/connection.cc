#include "connection.h"

#include <array>

#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "on_worker.h"
#include "websocket_connection.h"

namespace tidemill::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kReadBytes = 16 << 10;
constexpr std::size_t kWriteBytes = 256 << 10;
// How long an ending connection reads on, so that the client gets the last answer before a reset.
constexpr std::chrono::milliseconds kLingerTimeout{1000};

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

struct Finished {
  WireResponse response;
  int status = 500;
};

// Runs the handler and finishes what it gives; an exception becomes an answer.
Finished Run(const Handler& handler, const Request& request, const ServerContext& server, Wire wire) {
  const auto fail = [&](int status, const std::string& text) {
    if (status >= 500) server.Log(fmt::format("{} {}: {}", MethodName(request.method), request.path, text));
    return Finished{http::Finish(request, TextResponse(status, text), server.options, wire), status};
  };
  try {
    Response response = handler(request);
    const int status = response.status;
    return {http::Finish(request, std::move(response), server.options, wire), status};
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

template <typename Function>
void Connection::Guarded(Function&& step) {
  try {
    step();
  } catch (const std::exception& error) {
    server_.Log(std::string("a connection: ") + error.what());
    Abort();
  }
}

template <typename Function>
auto Connection::Kept(Function function) {
  return [self = shared_from_this(), function = std::move(function)](const boost::system::error_code& error,
                                                                     std::size_t bytes = 0) {
    self->Guarded([&] { function(error, bytes); });
  };
}

void Connection::Start() {
  Guarded([this] { AwaitRequest(); });
}

void Connection::StartRefused() {
  server_.metrics.CountRefusal("too_many_connections");
  Response response = TextResponse(
      503, fmt::format("more than {} connections are open: try again later", server_.options.limits.connections));
  response.headers.Add("Retry-After", "1");
  Guarded([&] { Write(http::Finish(Request(), std::move(response), server_.options, {})); });
}

void Connection::AwaitRequest() {
  reader_.emplace(server_.options.limits);
  input_read_ = 0;
  if (input_.empty()) {
    if (thread_.draining()) return End();
    Enter(Phase::kIdle, server_.options.limits.idle_timeout);
    input_.shrink_to_fit();  // An idle connection holds no buffer.
    socket_.async_wait(asio::ip::tcp::socket::wait_read,
                       Kept([this](const boost::system::error_code& error, std::size_t) {
                         if (error || aborted_) return End();
                         Enter(Phase::kHead, server_.options.limits.head_timeout);
                         ReadMore(&Connection::ReadHead, &Connection::End);
                       }));
    return;
  }
  Enter(Phase::kHead, server_.options.limits.head_timeout);
  ReadHead();
}

void Connection::ReadHead() {
  input_read_ += reader_->Feed(std::string_view(input_).substr(input_read_));
  if (reader_->refusal()) return RefuseRead();
  if (reader_->head_done()) return OnHead();
  ReadMore(&Connection::ReadHead, &Connection::RefuseRead);
}

void Connection::OnHead() {
  wire_ = {.keep_alive = reader_->keep_alive(), .reads_chunks = reader_->reads_chunks()};
  if (reader_->wants_upgrade()) {
    Request request = reader_->head();
    const bool inside = !StripPrefix(request, server_.options.path_prefix);
    Router::Match match = server_.router.Find(request.method, request.path, true);
    if (inside && match.route != nullptr && match.route->websocket) {
      request.captures = std::move(match.captures);
      return Upgrade(std::move(request), *match.route);
    }
  }
  input_.erase(0, input_read_);
  input_read_ = 0;
  const auto read_body = [this] {
    Enter(Phase::kBody, server_.options.limits.body_timeout);
    ReadBody();
  };
  if (!reader_->expects_continue() || reader_->done()) return read_body();
  Enter(Phase::kWrite, server_.options.limits.write_timeout);
  asio::async_write(socket_, asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")),
                    Kept([this, read_body](const boost::system::error_code& error, std::size_t) {
                      if (error || aborted_) return End();
                      read_body();
                    }));
}

void Connection::ReadBody() {
  if (!reader_->done() && !input_.empty()) input_.erase(0, reader_->Feed(input_));
  if (reader_->refusal()) return RefuseRead();
  if (reader_->done()) return Answer();
  ReadMore(&Connection::ReadBody, &Connection::RefuseRead);
}

// Reads some bytes behind those that are there, then runs one step or, if none will come, the other.
void Connection::ReadMore(Step then, Step at_end) {
  const std::size_t had = input_.size();
  input_.resize(had + kReadBytes);
  socket_.async_read_some(asio::buffer(input_.data() + had, kReadBytes),
                          Kept([this, had, then, at_end](const boost::system::error_code& error, std::size_t got) {
                            input_.resize(had + (error ? 0 : got));
                            (this->*(error || got == 0 ? at_end : then))();
                          }));
}

// Answers a request that cannot be read to its end, unless the client is gone.
void Connection::RefuseRead() {
  if (aborted_ || (!timed_out_ && !reader_->refusal())) return End();
  timed_out_ = false;
  Refusal refusal{408, reader_->head_done() ? "the request's body did not arrive in time"
                                            : "the request's header did not arrive in time"};
  if (reader_->refusal()) refusal = *reader_->refusal();
  server_.metrics.CountRequest("(unread)", refusal.status, {});
  Write(http::Finish(reader_->head(), TextResponse(refusal.status, refusal.text), server_.options, {}));
}

void Connection::Answer() {
  Enter(Phase::kHandler, {});
  request_ = reader_->Take();
  request_.peer = peer_;
  request_.from_loopback = from_loopback_;
  std::optional<Response> answer = StripPrefix(request_, server_.options.path_prefix);
  if (!answer && server_.options.filter) answer = server_.options.filter(request_);
  if (!answer) {
    Router::Match match = server_.router.Find(request_.method, request_.path, false);
    if (match.route != nullptr) {
      request_.captures = std::move(match.captures);
      return RunHandler(*match.route);
    }
    answer = match.allow.empty() ? NotFound(request_) : MethodNotAllowed(request_, match.allow);
  }
  server_.metrics.CountRequest("(none)", answer->status, {});
  Write(http::Finish(request_, std::move(*answer), server_.options, wire_));
}

void Connection::RunHandler(const Router::Route& route) {
  const auto start = std::chrono::steady_clock::now();
  const auto done = [this, &route, start](Finished finished) {
    server_.metrics.CountRequest(route.pattern, finished.status, std::chrono::steady_clock::now() - start);
    Write(std::move(finished.response));
  };
  if (route.run_on == RunOn::kIo) return done(Run(route.handler, request_, server_, wire_));
  auto finished = std::make_shared<Finished>();
  const bool taken = OnWorker(
      server_.workers, thread_, [this, &route, finished] { *finished = Run(route.handler, request_, server_, wire_); },
      [self = shared_from_this(), finished, done] { self->Guarded([&] { done(std::move(*finished)); }); });
  if (!taken) done({http::Finish(request_, Overloaded(), server_.options, wire_), 503});
}

void Connection::Write(WireResponse response) {
  response_ = std::move(response);
  if (thread_.draining()) response_.keep_alive = false;
  Seal(response_);
  if (std::holds_alternative<std::shared_ptr<BodyStream>>(response_.body)) {
    return WriteBytes(response_.head, &Connection::WriteStream);
  }
  const auto* text = std::get_if<std::string>(&response_.body);
  const std::string_view body = text != nullptr ? *text : std::get<std::string_view>(response_.body);
  const std::string_view first = body.substr(0, kWriteBytes);
  const std::string_view rest = body.substr(first.size());
  Enter(Phase::kWrite, server_.options.limits.write_timeout);
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(response_.head), asio::buffer(first)};
  asio::async_write(socket_, buffers, Kept([this, rest](const boost::system::error_code& error, std::size_t) {
                      if (error || aborted_) return End();
                      WriteBytes(rest, &Connection::OnWritten);
                    }));
}

// `bytes` must live until `then`. A client that takes some of them has the whole timeout for the rest.
void Connection::WriteBytes(std::string_view bytes, Step then) {
  if (bytes.empty()) return (this->*then)();
  Enter(Phase::kWrite, server_.options.limits.write_timeout);
  socket_.async_write_some(asio::buffer(bytes.substr(0, kWriteBytes)),
                           Kept([this, bytes, then](const boost::system::error_code& error, std::size_t sent) {
                             if (error || aborted_) return End();
                             WriteBytes(bytes.substr(sent), then);
                           }));
}

void Connection::WriteStream() {
  Enter(Phase::kHandler, {});
  const bool taken = OnWorker(
      server_.workers, thread_,
      [this] {
        try {
          std::get<std::shared_ptr<BodyStream>>(response_.body)->Next(chunk_);
        } catch (const std::exception& error) {
          failure_ = error.what();
        }
      },
      [self = shared_from_this()] { self->Guarded([&] { self->SendChunk(); }); });
  if (!taken) CutOff("too many requests wait to be served");
}

void Connection::SendChunk() {
  if (aborted_) return;
  if (!failure_.empty()) return CutOff(failure_);
  const bool last = chunk_.empty();
  if (response_.chunked) chunk_ = last ? "0\r\n\r\n" : fmt::format("{:x}\r\n{}\r\n", chunk_.size(), chunk_);
  WriteBytes(chunk_, last ? &Connection::OnWritten : &Connection::WriteStream);
}

void Connection::OnWritten() {
  const bool again = response_.keep_alive;
  response_ = {};
  request_ = {};
  chunk_ = {};
  if (!again) return End();
  AwaitRequest();
}

// The client must not take a cut body for a whole one.
void Connection::CutOff(std::string_view why) {
  server_.Log(fmt::format("a download was cut off: {}", why));
  Abort();
}

std::optional<Response> Connection::RefuseUpgrade(Request& request, const Router::Route& route) {
  if (server_.options.filter) {
    if (std::optional<Response> refusal = server_.options.filter(request)) return refusal;
  }
  if (thread_.draining()) return TextResponse(503, "the server is stopping");
  const auto limit = static_cast<std::int64_t>(server_.options.limits.websockets);
  if (server_.metrics.websockets >= limit) {
    server_.metrics.CountRefusal("too_many_websockets");
    return TextResponse(503, fmt::format("more than {} WebSockets are open: try again later", limit));
  }
  if (!ChooseSubprotocol(request, *route.websocket)) {
    return TextResponse(400, "none of the WebSocket subprotocols that are offered is spoken here");
  }
  return std::nullopt;
}

void Connection::Upgrade(Request request, const Router::Route& route) {
  request.peer = peer_;
  request.from_loopback = from_loopback_;
  std::optional<Response> refusal = RefuseUpgrade(request, route);
  server_.metrics.CountRequest(route.pattern, refusal ? refusal->status : 101, {});
  if (refusal) return Write(http::Finish(request, std::move(*refusal), server_.options, {}));
  reader_.reset();
  phase_ = Phase::kWebSocket;
  websocket_ = std::make_unique<WebSocketConnection>(server_, thread_, std::move(socket_));
  websocket_->Start(std::move(request), *route.websocket, std::exchange(input_, {}), shared_from_this());
}

// Ends politely: what was sent is received before the socket is gone, also if the client still sends.
void Connection::End() {
  if (aborted_) return;
  boost::system::error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  if (error) return;
  Enter(Phase::kBody, kLingerTimeout);
  timed_out_ = false;
  Linger();
}

void Connection::Linger() {
  input_.resize(kReadBytes);
  socket_.async_read_some(asio::buffer(input_), Kept([this](const boost::system::error_code& error, std::size_t) {
                            if (!error && !aborted_ && std::chrono::steady_clock::now() < deadline_) Linger();
                          }));
}

}  // namespace tidemill::http
