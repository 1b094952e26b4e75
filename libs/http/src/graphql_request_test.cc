#include "graphql_request.h"

#include <gtest/gtest.h>

namespace tidemill::http {
namespace {

Request Post(std::string type, std::string body, std::string query = "") {
  Request request;
  request.method = Method::kPost;
  request.path = "/graphql";
  request.query = std::move(query);
  if (!type.empty()) request.headers.Add("Content-Type", std::move(type));
  request.body = std::move(body);
  return request;
}

GraphqlOperation Read(const Request& request) { return std::get<GraphqlOperation>(ReadGraphqlRequest(request)); }

std::string Refused(const Request& request) {
  const auto result = ReadGraphqlRequest(request);
  const auto* response = std::get_if<Response>(&result);
  if (response == nullptr) return "";
  EXPECT_EQ(response->status, 400);
  return std::get<std::string>(response->body);
}

TEST(GraphqlRequestTest, ReadsJson) {
  const GraphqlOperation operation =
      Read(Post("application/json; charset=utf-8",
                R"({"operationName": "A", "variables": {"x": 1}, "query": "{a}", "extra": 0})"));
  EXPECT_EQ(operation.query, "{a}");
  EXPECT_EQ(operation.operation_name, "A");
  EXPECT_EQ(operation.variables.Find("x")->AsInt(), 1);
}

TEST(GraphqlRequestTest, NullsAreAbsentAndVariablesMayBeText) {
  const GraphqlOperation operation =
      Read(Post("application/json", R"({"operationName": null, "variables": "{\"x\": [1]}", "query": "{a}"})"));
  EXPECT_EQ(operation.operation_name, "");
  EXPECT_TRUE(operation.variables.Find("x")->is_array());
  EXPECT_TRUE(Read(Post("application/json", R"({"variables": null, "query": "{a}"})")).variables.is_null());
}

TEST(GraphqlRequestTest, ReadsAGraphqlBodyAndParameters) {
  EXPECT_EQ(Read(Post("application/graphql", "{b}")).query, "{b}");
  const std::string query = "query=%7Bc%7D&variables=%7B%22y%22%3A2%7D&operationName=C";
  for (const std::string type : {"", "text/plain"}) {
    const GraphqlOperation operation = Read(Post(type, "ignored", query));
    EXPECT_EQ(operation.query, "{c}");
    EXPECT_EQ(operation.operation_name, "C");
    EXPECT_EQ(operation.variables.Find("y")->AsInt(), 2);
  }
}

TEST(GraphqlRequestTest, RefusalsSayWhatIsWrong) {
  EXPECT_EQ(Refused(Post("application/json", "{}")), "No GraphQL query found in the request\n");
  EXPECT_EQ(Refused(Post("", "")), "No GraphQL query found in the request\n");
  EXPECT_EQ(Refused(Post("application/json", "[{}]")), "one GraphQL operation a request: an array is not answered\n");
  EXPECT_EQ(Refused(Post("application/json", "1")),
            "a GraphQL operation must be an object with \"query\", not integer\n");
  EXPECT_EQ(Refused(Post("application/json", R"({"query": 1})")), "\"query\" must be a string, not integer\n");
  EXPECT_EQ(Refused(Post("application/json", R"({"query": "{a}", "variables": [1]})")),
            "the GraphQL variables must be an object, not array\n");
  EXPECT_EQ(Refused(Post("application/json", "{")).rfind("GraphQL request is invalid JSON: ", 0), 0u);
  EXPECT_EQ(Refused(Post("", "", "query=a&variables=%7B")).rfind("the GraphQL variables are not valid JSON: ", 0), 0u);
}

}  // namespace
}  // namespace tidemill::http
