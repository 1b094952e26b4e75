#include <future>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include <tidemill/http/server.h>

#include "connection.h"
#include "io_thread.h"

namespace tidemill::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// How long no connection is accepted after the process ran out of descriptors.
constexpr std::chrono::milliseconds kAcceptPause{100};

void CheckPrefix(const std::string& prefix) {
  if (prefix.empty() || (prefix.front() == '/' && prefix.back() != '/')) return;
  throw Error(Code::kInvalidArgument,
              fmt::format("the path prefix \"{}\" must begin with a slash and not end with one, as in /data", prefix));
}

}  // namespace

class Server::Impl {
 public:
  Impl(ServerOptions options, Router router, WorkerPool& workers, ServerMetrics& metrics)
      : options_(std::move(options)), router_(std::move(router)), context_{options_, router_, workers, metrics} {
    CheckPrefix(options_.path_prefix);
    for (std::size_t i = 0; i < std::max<std::size_t>(options_.io_threads, 1); ++i) {
      threads_.push_back(std::make_shared<IoThread>());
    }
    acceptor_.emplace(threads_.front()->context());
    pause_.emplace(threads_.front()->context());
  }

  void Start() {
    try {
      tcp::resolver resolver(threads_.front()->context());
      const auto found = resolver.resolve(options_.host, std::to_string(options_.port), tcp::resolver::passive);
      const tcp::endpoint endpoint = found.begin()->endpoint();
      acceptor_->open(endpoint.protocol());
      acceptor_->set_option(tcp::acceptor::reuse_address(true));
      acceptor_->bind(endpoint);
      acceptor_->listen(1024);
      port_ = acceptor_->local_endpoint().port();
    } catch (const boost::system::system_error& error) {
      throw Error(Code::kUnavailable, fmt::format("cannot listen on {}:{}: {}; choose another host or port",
                                                  options_.host, options_.port, error.code().message()));
    }
    threads_.front()->Post([this] { Accept(); });
    for (const auto& thread : threads_) thread->Start();
    started_ = true;
  }

  void Stop(std::chrono::milliseconds drain) {
    if (!started_) return;
    started_ = false;
    threads_.front()->Post([this] {
      boost::system::error_code ignored;
      acceptor_->close(ignored);
      pause_->cancel();
    });
    for (const auto& thread : threads_) thread->Post([thread = thread.get()] { thread->DrainAll(); });

    std::promise<void> ended;
    std::thread cutter([this, drain, done = ended.get_future()] {
      if (done.wait_for(drain) == std::future_status::ready) return;
      for (const auto& thread : threads_) thread->Post([thread = thread.get()] { thread->AbortAll(); });
    });
    for (const auto& thread : threads_) thread->Join();
    ended.set_value();
    cutter.join();
  }

  std::uint16_t port() const { return port_; }

 private:
  void Accept() {
    IoThread& thread = *threads_[next_thread_++ % threads_.size()];
    acceptor_->async_accept(thread.context(),
                            [this, &thread](const boost::system::error_code& error, tcp::socket socket) {
                              OnAccepted(error, thread, std::move(socket));
                            });
  }

  void OnAccepted(const boost::system::error_code& error, IoThread& thread, tcp::socket socket) {
    if (!acceptor_->is_open()) return;
    if (!error) {
      thread.Post([this, &thread, accepted = std::move(socket)]() mutable { Serve(thread, std::move(accepted)); });
    } else if (error != asio::error::connection_aborted) {
      context_.Log("accepting a connection: " + error.message());
      pause_->expires_after(kAcceptPause);
      pause_->async_wait([this](const boost::system::error_code&) {
        if (acceptor_->is_open()) Accept();
      });
      return;
    }
    Accept();
  }

  // On the connection's thread.
  void Serve(IoThread& thread, tcp::socket socket) {
    try {
      const bool refused =
          context_.metrics.connections.load() >= static_cast<std::int64_t>(options_.limits.connections);
      const auto connection = std::make_shared<Connection>(context_, thread, std::move(socket));
      refused ? connection->StartRefused() : connection->Start();
    } catch (const std::exception& error) {
      context_.Log(std::string("accepting a connection: ") + error.what());
    }
  }

  const ServerOptions options_;
  const Router router_;
  ServerContext context_;
  std::vector<std::shared_ptr<IoThread>> threads_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> pause_;
  std::size_t next_thread_ = 0;
  std::uint16_t port_ = 0;
  bool started_ = false;
};

Server::Server(ServerOptions options, Router router, WorkerPool& workers, ServerMetrics& metrics)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(router), workers, metrics)) {}

Server::~Server() { impl_->Stop(std::chrono::milliseconds(0)); }

void Server::Start() { impl_->Start(); }

std::uint16_t Server::port() const { return impl_->port(); }

void Server::Stop(std::chrono::milliseconds drain) { impl_->Stop(drain); }

}  // namespace tidemill::http
