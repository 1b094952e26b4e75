#include <tidemill/base/hash.h>
#include <tidemill/http/graphql_endpoint.h>

#include "graphql_protocol.h"
#include "graphql_request.h"
#include "graphql_socket.h"
#include "idempotency_cache.h"

namespace tidemill::http {

namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::size_t kMaxKeyBytes = 256;

int StatusOf(GraphqlOutcome outcome) {
  switch (outcome) {
    case GraphqlOutcome::kOk:
      return 200;
    case GraphqlOutcome::kRequestError:
      return 400;
    case GraphqlOutcome::kServerError:
      break;
  }
  return 500;
}

bool AsksForPage(const Request& request) {
  const auto accept = request.headers.Find("Accept");
  return request.method != Method::kPost && accept && accept->find("text/html") != std::string_view::npos;
}

}  // namespace

class GraphqlEndpoint::Impl {
 public:
  Impl(GraphqlEndpointOptions options, GraphqlService& service, WorkerPool& workers, ServerMetrics& metrics)
      : options_(std::move(options)),
        service_(service),
        workers_(workers),
        metrics_(metrics),
        answers_(options_.idempotency_time, options_.idempotency_bytes) {}

  void AddRoutes(Router& router) {
    router.AddWebSocket(options_.path, {.subprotocols = {std::string(kGraphqlWs), std::string(kGraphqlTransportWs)},
                                        .open = [this](const Request& request, std::string_view subprotocol,
                                                       std::shared_ptr<WebSocketChannel> channel) {
                                          return OpenSocket(request, subprotocol, std::move(channel));
                                        }});
    for (const Method method : {Method::kGet, Method::kPost}) {
      router.Add(method, options_.path, RunOn::kWorkers, [this](const Request& request) { return Answer(request); });
    }
  }

 private:
  std::unique_ptr<WebSocketHandler> OpenSocket(const Request& request, std::string_view subprotocol,
                                               std::shared_ptr<WebSocketChannel> channel) {
    return std::make_unique<GraphqlSocket>(MakeGraphqlProtocol(subprotocol, options_.operations_per_socket), service_,
                                           request, workers_, metrics_, std::move(channel));
  }

  Response Answer(const Request& request) {
    if (!options_.page.empty() && AsksForPage(request)) return HtmlResponse(options_.page);
    auto read = ReadGraphqlRequest(request);
    if (auto* refused = std::get_if<Response>(&read)) return std::move(*refused);
    const auto& operation = std::get<GraphqlOperation>(read);
    const auto key = request.headers.Find("Idempotency-Key");
    if (!key || key->empty()) return Execute(operation, request);
    if (key->size() > kMaxKeyBytes) return TextResponse(400, "an Idempotency-Key may have 256 bytes");
    return ExecuteOnce(std::string(*key), operation, request);
  }

  Response Execute(const GraphqlOperation& operation, const Request& request) {
    std::string out;
    const GraphqlOutcome outcome = service_.Execute(operation, request, out);
    return JsonResponse(StatusOf(outcome), std::move(out));
  }

  Response ExecuteOnce(const std::string& client_key, const GraphqlOperation& operation, const Request& request) {
    // Keys of different users are different keys.
    const std::string key = request.user + '\n' + client_key;
    const std::string fingerprint = Sha256Hex(request.query + '\n' + request.body);
    const auto claim = answers_.Begin(key, fingerprint, std::chrono::steady_clock::now(), kPatience);
    if (const auto* refusal = std::get_if<IdempotencyCache::Refusal>(&claim)) return Refused(*refusal);
    if (const auto& answer = std::get<0>(claim)) return JsonResponse(answer->status, answer->body);
    try {
      Response response = Execute(operation, request);
      answers_.Finish(key, {response.status, std::get<std::string>(response.body)}, std::chrono::steady_clock::now());
      return response;
    } catch (...) {
      answers_.Abandon(key);
      throw;
    }
  }

  static Response Refused(IdempotencyCache::Refusal refusal) {
    if (refusal == IdempotencyCache::Refusal::kDiffers) {
      return TextResponse(422, "this Idempotency-Key was used for another request: take a new one");
    }
    Response response = TextResponse(409, "the first request with this Idempotency-Key still runs: try again");
    response.headers.Add("Retry-After", "1");
    return response;
  }

  const GraphqlEndpointOptions options_;
  GraphqlService& service_;
  WorkerPool& workers_;
  ServerMetrics& metrics_;
  IdempotencyCache answers_;
};

GraphqlEndpoint::GraphqlEndpoint(GraphqlEndpointOptions options, GraphqlService& service, WorkerPool& workers,
                                 ServerMetrics& metrics)
    : impl_(std::make_unique<Impl>(std::move(options), service, workers, metrics)) {}

GraphqlEndpoint::~GraphqlEndpoint() = default;

void GraphqlEndpoint::AddRoutes(Router& router) { impl_->AddRoutes(router); }

}  // namespace tidemill::http
