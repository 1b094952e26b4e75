#pragma once

#include <memory>

#include <tidemill/api/api.h>
#include <tidemill/graphql/engine.h>
#include <tidemill/http/graphql_service.h>

namespace tidemill::webserver {

/// Dagster's GraphQL API as what the HTTP server's endpoint asks.
class ApiService final : public http::GraphqlService {
 public:
  /// `services` must outlive this.
  explicit ApiService(const api::Services& services);

  http::GraphqlOutcome Execute(const http::GraphqlOperation& operation, const http::Request& request,
                               std::string& out) override;
  std::variant<std::unique_ptr<http::GraphqlStream>, std::vector<std::string>> Subscribe(
      const http::GraphqlOperation& operation, const http::Request& request, std::function<void()> wake) override;

 private:
  const api::Services& services_;
  const graphql::Engine engine_;
};

}  // namespace tidemill::webserver
