#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <tidemill/http/graphql_service.h>
#include <tidemill/http/metrics.h>
#include <tidemill/http/router.h>
#include <tidemill/http/worker_pool.h>

namespace tidemill::http {

struct GraphqlEndpointOptions {
  std::string path = "/graphql";
  /// What a browser that asks for HTML gets; empty: the API's answer.
  std::string page;
  /// How long a mutation's answer is kept for a retry with the same Idempotency-Key.
  std::chrono::seconds idempotency_time{300};
  std::size_t idempotency_bytes = 16 << 20;
  /// Subscriptions of one WebSocket; more are answered with an error.
  std::size_t operations_per_socket = 100;
};

/// GraphQL over HTTP and WebSocket (subprotocols graphql-ws and graphql-transport-ws).
///
/// An answer to a request with an Idempotency-Key is given again to the same key, without executing anything: 422 if
/// the request differs, 409 with Retry-After if the first is still running after ten seconds.
class GraphqlEndpoint final {
 public:
  /// `service`, `workers` and `metrics` must outlive the endpoint.
  GraphqlEndpoint(GraphqlEndpointOptions options, GraphqlService& service, WorkerPool& workers, ServerMetrics& metrics);
  ~GraphqlEndpoint();

  /// The endpoint must outlive the router's server.
  void AddRoutes(Router& router);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemill::http
