#include "graphql_request.h"

#include <fmt/format.h>

namespace tidemill::http {

namespace {

bool HasType(const Request& request, std::string_view type) {
  const auto found = request.headers.Find("Content-Type");
  return found && found->find(type) != std::string_view::npos;
}

[[noreturn]] void Refuse(const std::string& text) { throw Error(Code::kInvalidArgument, text); }

json::Value ParseVariables(std::string_view text) {
  if (text.empty()) return {};
  try {
    return json::Parse(text);
  } catch (const Error& error) {
    Refuse(fmt::format("the GraphQL variables are not valid JSON: {}", error.what()));
  }
}

void CheckVariables(const json::Value& variables) {
  if (variables.is_null() || variables.is_object()) return;
  Refuse(fmt::format("the GraphQL variables must be an object, not {}", json::TypeName(variables)));
}

// A member that is a text if it is there. Null is as good as absent.
std::string TextMember(const json::Value& object, std::string_view name) {
  const json::Value* member = object.Find(name);
  if (member == nullptr || member->is_null()) return {};
  if (!member->is_string()) Refuse(fmt::format("\"{}\" must be a string, not {}", name, json::TypeName(*member)));
  return member->AsString();
}

GraphqlOperation ReadParameters(const Request& request) {
  const auto query = request.QueryParameter("query");
  if (!query) Refuse("No GraphQL query found in the request");
  GraphqlOperation operation;
  operation.query = *query;
  operation.variables = ParseVariables(request.QueryParameter("variables").value_or(""));
  CheckVariables(operation.variables);
  operation.operation_name = request.QueryParameter("operationName").value_or("");
  return operation;
}

GraphqlOperation ReadBody(const Request& request) {
  json::Value body;
  try {
    body = json::Parse(request.body);
  } catch (const Error& error) {
    Refuse(fmt::format("GraphQL request is invalid JSON: {}", error.what()));
  }
  if (body.is_array()) Refuse("one GraphQL operation a request: an array is not answered");
  return ReadGraphqlOperation(body);
}

}  // namespace

GraphqlOperation ReadGraphqlOperation(const json::Value& value) {
  if (!value.is_object()) {
    Refuse(fmt::format("a GraphQL operation must be an object with \"query\", not {}", json::TypeName(value)));
  }
  const json::Value* query = value.Find("query");
  if (query == nullptr || query->is_null()) Refuse("No GraphQL query found in the request");
  GraphqlOperation operation;
  operation.query = TextMember(value, "query");
  operation.operation_name = TextMember(value, "operationName");
  if (const json::Value* variables = value.Find("variables")) {
    operation.variables = variables->is_string() ? ParseVariables(variables->AsString()) : *variables;
    CheckVariables(operation.variables);
  }
  return operation;
}

std::variant<GraphqlOperation, Response> ReadGraphqlRequest(const Request& request) {
  try {
    if (request.method == Method::kPost && HasType(request, "application/json")) return ReadBody(request);
    if (request.method == Method::kPost && HasType(request, "application/graphql")) {
      return GraphqlOperation{.query = request.body, .variables = {}, .operation_name = {}};
    }
    return ReadParameters(request);
  } catch (const Error& error) {
    return TextResponse(400, error.what());
  }
}

}  // namespace tidemill::http
