#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/contract/contract.h>
#include <tidemill/http/graphql_endpoint.h>
#include <tidemill/http/same_origin.h>
#include <tidemill/http/server.h>
#include <tidemill/webserver/api_service.h>
#include <tidemill/webserver/web_server.h>

#include "instance_routes.h"
#include "webapp.h"

namespace tidemill::webserver {

namespace {

http::ServerOptions ServerOptionsOf(const WebServerOptions& options) {
  http::ServerOptions server = options.server;
  server.filter = [origins = http::RefuseOtherOrigins(options.allowed_origins),
                   further = options.server.filter](http::Request& request) -> std::optional<http::Response> {
    std::optional<http::Response> refusal = origins(request);
    if (!refusal && further) refusal = further(request);
    return refusal;
  };
  return server;
}

std::unique_ptr<const WebappPack> OpenPack(const std::filesystem::path& path) {
  try {
    return std::make_unique<const WebappPack>(path);
  } catch (const Error& error) {
    if (error.code() != Code::kNotFound) throw;
    return nullptr;
  }
}

std::string ServerInfo() {
  const std::string& version = contract::Contract::Get().dagster_version();
  return fmt::format(R"({{"dagster_webserver_version": "{0}", "dagster_version": "{0}", )"
                     R"("dagster_graphql_version": "{0}"}})",
                     version);
}

}  // namespace

class WebServer::Impl {
 public:
  Impl(WebServerOptions options, const api::Services& services)
      : options_(std::move(options)),
        services_(services),
        service_(services),
        workers_("web", options_.worker_threads, options_.queued_requests),
        graphql_({.page = GraphiqlPage(options_.server.path_prefix)}, service_, workers_, metrics_),
        pack_path_(options_.webapp.empty() ? WebappPackPath() : options_.webapp),
        pack_(OpenPack(pack_path_)) {
    if (pack_ != nullptr) {
      webapp_.emplace(*pack_,
                      Webapp::Settings{options_.server.path_prefix, services_.instance.storage().runs().RunStorageId(),
                                       options_.live_data_poll_rate_ms});
    }
    server_.emplace(ServerOptionsOf(options_), MakeRouter(), workers_, metrics_);
  }

  ~Impl() { Stop({}); }

  void Start() { server_->Start(); }
  std::uint16_t port() const { return server_->port(); }

  std::string url() const {
    const std::string& host = options_.server.host;
    const bool bare_v6 = host.find(':') != std::string::npos;
    return fmt::format("http://{}{}{}:{}{}", bare_v6 ? "[" : "", host, bare_v6 ? "]" : "", port(),
                       options_.server.path_prefix);
  }

  void Stop(std::chrono::milliseconds drain) {
    server_->Stop(drain);
    workers_.Stop();
  }

 private:
  http::Router MakeRouter() {
    http::Router router;
    graphql_.AddRoutes(router);
    AddStatusRoutes(router);
    AddInstanceRoutes(router, services_);
    router.Add(http::Method::kGet, "/{path*}", http::RunOn::kIo, [this](const http::Request& request) {
      if (webapp_) return webapp_->Answer(request);
      return http::TextResponse(
          503, fmt::format("the web UI is not installed: {} is missing; `make build` makes it", pack_path_.string()));
    });
    return router;
  }

  void AddStatusRoutes(http::Router& router) {
    using http::Request;
    const auto get = [&router](std::string path, http::Handler handler) {
      router.Add(http::Method::kGet, std::move(path), http::RunOn::kIo, std::move(handler));
    };
    for (const char* path : {"/server_info", "/dagit_info"}) {
      get(path, [info = ServerInfo()](const Request&) { return http::JsonResponse(200, info); });
    }
    get("/healthz", [](const Request&) { return http::TextResponse(200, "ok"); });
    get("/readyz", [this](const Request&) {
      const auto reason = options_.not_ready ? options_.not_ready() : std::nullopt;
      return http::TextResponse(reason ? 503 : 200, reason.value_or("ok"));
    });
    router.Add(http::Method::kGet, "/metrics", http::RunOn::kWorkers, [this](const Request&) {
      http::Response response;
      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
      std::string text;
      metrics_.AppendText(text);
      if (options_.append_metrics) options_.append_metrics(text);
      response.body = std::move(text);
      return response;
    });
  }

  const WebServerOptions options_;
  const api::Services& services_;
  ApiService service_;
  http::ServerMetrics metrics_;
  http::WorkerPool workers_;
  http::GraphqlEndpoint graphql_;
  const std::filesystem::path pack_path_;
  const std::unique_ptr<const WebappPack> pack_;
  std::optional<Webapp> webapp_;
  std::optional<http::Server> server_;
};

WebServer::WebServer(WebServerOptions options, const api::Services& services)
    : impl_(std::make_unique<Impl>(std::move(options), services)) {}

WebServer::~WebServer() = default;

void WebServer::Start() { impl_->Start(); }

std::uint16_t WebServer::port() const { return impl_->port(); }

std::string WebServer::url() const { return impl_->url(); }

void WebServer::Stop(std::chrono::milliseconds drain) { impl_->Stop(drain); }

}  // namespace tidemill::webserver
