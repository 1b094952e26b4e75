#include <cerrno>

#include <fmt/format.h>
#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/grpcpp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/base/uuid.h>
#include <tidemill/dagster_api/limits.h>
#include <tidemill/dagster_api/log.h>
#include <tidemill/location_server/server.h>

#include "api_service.h"

namespace tidemill::location_server {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Whether something was there to be read.
bool Drain(int descriptor) {
  char bytes[512];
  return ::read(descriptor, bytes, sizeof bytes) > 0;
}

}  // namespace

class Server::Impl {
 public:
  Impl(ServerOptions options, LocationService& location, engine::InstanceOpener open, const Clock& clock)
      : options_(std::move(options)),
        server_id_(options_.server_id.empty() ? NewUuid() : options_.server_id),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        runs_(std::move(open), clock),
        service_({server_id_, options_.container_image, options_.instance_ref}, location, runs_, [this] { Wake(); }) {
    if (!wake_.is_open()) ThrowErrno("eventfd", errno);
    Listen();
  }

  ~Impl() { server_->Shutdown(std::chrono::system_clock::now()); }

  const std::string& address() const { return address_; }
  const std::string& server_id() const { return server_id_; }

  void Run(int stop) {
    while (!runs_.is_done()) {
      pollfd entries[] = {{runs_.descriptor(), POLLIN, 0}, {wake_.get(), POLLIN, 0}, {stop, POLLIN, 0}};
      if (::poll(entries, std::size(entries), MillisecondsToWait()) < 0 && errno != EINTR) ThrowErrno("poll", errno);
      Drain(wake_.get());
      runs_.Reap();
      if (entries[2].revents != 0 && Drain(stop)) {
        if (runs_.is_closed()) runs_.Kill();
        runs_.Close();
      }
      if (HeartbeatDue() <= std::chrono::steady_clock::now() && !runs_.is_closed()) {
        fmt::print(stderr, "shutting down: no heartbeat for {:.1f} s\n",
                   std::chrono::duration<double>(*options_.heartbeat_timeout).count());
        runs_.Close();
      }
    }
    server_->Shutdown(std::chrono::system_clock::now() + options_.grace);
  }

 private:
  void Wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  }

  void Listen() {
    dagster_api::QuietLog();
    const bool is_socket = !options_.socket.empty();
    const std::string wanted = is_socket ? fmt::format("unix:{}", std::filesystem::absolute(options_.socket).string())
                                         : fmt::format("{}:{}", options_.host, options_.port);
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.SetMaxReceiveMessageSize(dagster_api::kMaxMessageBytes);
    builder.SetMaxSendMessageSize(dagster_api::kMaxMessageBytes);
    // Between processes of one machine it would cost more than it saves.
    if (!is_socket) builder.SetDefaultCompressionAlgorithm(GRPC_COMPRESS_GZIP);
    // A port that another server has is an error, not half of its calls.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.RegisterService(&service_);
    int port = 0;
    builder.AddListeningPort(wanted, grpc::InsecureServerCredentials(), &port);
    server_ = builder.BuildAndStart();
    if (!server_ || port == 0) {
      throw Error(Code::kUnavailable,
                  fmt::format("cannot listen on {}: is it in use, or not an address here?", wanted));
    }
    address_ = is_socket ? wanted : fmt::format("{}:{}", options_.host, port);
    server_->GetHealthCheckService()->SetServingStatus(dagster_api::kHealthService, true);
  }

  /// When the server ends for want of a heartbeat.
  SteadyTime HeartbeatDue() const {
    return options_.heartbeat_timeout ? service_.last_heartbeat() + *options_.heartbeat_timeout : SteadyTime::max();
  }

  /// -1: until something happens.
  int MillisecondsToWait() const {
    if (!options_.heartbeat_timeout || runs_.is_closed()) return -1;
    const auto left = HeartbeatDue() - std::chrono::steady_clock::now();
    return static_cast<int>(std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(left).count()));
  }

  const ServerOptions options_;
  const std::string server_id_;
  const FileDescriptor wake_;
  RunProcesses runs_;
  ApiService service_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

Server::Server(ServerOptions options, LocationService& service, engine::InstanceOpener open, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), service, std::move(open), clock)) {}

Server::~Server() = default;

const std::string& Server::address() const { return impl_->address(); }

const std::string& Server::server_id() const { return impl_->server_id(); }

void Server::Run(int stop) { impl_->Run(stop); }

}  // namespace tidemill::location_server
