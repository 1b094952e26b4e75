#include <tidemill/http/graphql_endpoint.h>
#include <tidemill/webserver/api_service.h>
#include <tidemill/webserver/web_server.h>

namespace tidemill::webserver {
namespace {

/// Requests are mostly short; these many may wait for the storage or a code location at once.
constexpr std::size_t kWorkers = 16;
constexpr std::size_t kWaitingRequests = 4096;

}  // namespace

class WebServer::Impl final {
 public:
  Impl(http::ServerOptions options, const api::Services& services)
      : service_(services),
        workers_("http", kWorkers, kWaitingRequests),
        graphql_({}, service_, workers_, metrics_),
        server_(std::move(options), Routes(), workers_, metrics_) {}

  ~Impl() {
    server_.Stop(std::chrono::milliseconds(0));
    workers_.Stop();
  }

  http::Server& server() { return server_; }

 private:
  http::Router Routes() {
    http::Router router;
    graphql_.AddRoutes(router);
    return router;
  }

  ApiService service_;
  http::ServerMetrics metrics_;
  http::WorkerPool workers_;
  http::GraphqlEndpoint graphql_;
  http::Server server_;
};

WebServer::WebServer(http::ServerOptions options, const api::Services& services)
    : impl_(std::make_unique<Impl>(std::move(options), services)) {}
WebServer::~WebServer() = default;

void WebServer::Start() { impl_->server().Start(); }
std::uint16_t WebServer::port() const { return impl_->server().port(); }
void WebServer::Stop(std::chrono::milliseconds drain) { impl_->server().Stop(drain); }

}  // namespace tidemill::webserver
