#include <future>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <tidemill/http/server.h>

#include "connection.h"
#include "io_thread.h"

namespace tidemill::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
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
    asio::co_spawn(threads_.front()->context(), Accept(), asio::detached);
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
  // Owned by the I/O threads: Join waits until all have ended.
  asio::awaitable<void> Accept() {
    std::size_t next = 0;
    while (acceptor_->is_open()) {
      IoThread& thread = *threads_[next++ % threads_.size()];
      auto [error, socket] = co_await acceptor_->async_accept(thread.context(), kTuple);
      if (!error) {
        const auto open = static_cast<std::size_t>(context_.metrics.connections.load());
        asio::co_spawn(thread.context(),
                       Serve(context_, thread, std::move(socket), open >= options_.limits.connections), asio::detached);
      } else if (error == asio::error::operation_aborted) {
        co_return;
      } else if (error != asio::error::connection_aborted) {
        context_.Log("accepting a connection: " + error.message());
        pause_->expires_after(kAcceptPause);
        co_await pause_->async_wait(kTuple);
      }
    }
  }

  static asio::awaitable<void> Serve(ServerContext& context, IoThread& thread, tcp::socket socket, bool refused) {
    Connection connection(context, thread, std::move(socket));
    try {
      if (refused) {
        co_await connection.RunRefused();
      } else {
        co_await connection.Run();
      }
    } catch (const std::exception& error) {
      context.Log(std::string("a connection: ") + error.what());
    }
  }

  const ServerOptions options_;
  const Router router_;
  ServerContext context_;
  std::vector<std::shared_ptr<IoThread>> threads_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> pause_;
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
