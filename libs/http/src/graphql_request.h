#pragma once

#include <string_view>
#include <variant>

#include <tidemill/http/graphql_service.h>
#include <tidemill/http/response.h>

namespace tidemill::http {

/// Reads a GraphQL operation out of a request: a JSON body {query, variables, operationName}, an application/graphql
/// body, or query parameters (GET, and any other body). Gives the answer that refuses it, 400 with one line of text.
std::variant<GraphqlOperation, Response> ReadGraphqlRequest(const Request& request);

/// The operation of a JSON object {query, variables, operationName}; the payload of a WebSocket's message has the same
/// form. Throws Error(kInvalidArgument) that says what is wrong.
GraphqlOperation ReadGraphqlOperation(const json::Value& value);

}  // namespace tidemill::http
