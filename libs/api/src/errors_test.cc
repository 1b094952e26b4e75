#include "errors.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/api/api.h>
#include <tidemill/graphql/engine.h>

namespace tidemill::api {
namespace {

struct Response {
  std::string text;
  bool failed = false;  ///< What the context was told.
};

/// Answers a query on a small schema whose one field is `error`.
Response Ask(const std::string& query, std::variant<PythonError, NamedError> error) {
  graphql::Schema schema(R"(
    type Query { outcome: Outcome! }
    union Outcome = PythonError | RunNotFoundError
    interface Error { message: String! }
    type RunNotFoundError implements Error { runId: String! message: String! }
    type ErrorChainLink implements Error { message: String! error: PythonError! isExplicitLink: Boolean! }
    type PythonError implements Error { message: String! className: String stack: [String!]! cause: PythonError
      causes: [PythonError!]! errorChain: [ErrorChainLink!]! }
  )");
  BindErrors(schema);
  schema.Query().Field("outcome", [error] { return error; });
  const SystemClock clock;
  const instance::Instance instance = instance::Instance::Open(::testing::TempDir());
  workspace::LiveWorkspace workspace;
  const Services services{.instance = instance, .workspace = workspace, .clock = clock};
  RequestContext context(services);
  Response response;
  graphql::Engine(std::move(schema)).Execute({query}, context, response.text);
  response.failed = context.failed();
  return response;
}

std::string Answer(const std::string& query, std::variant<PythonError, NamedError> error) {
  return Ask(query, std::move(error)).text;
}

TEST(ErrorsTest, OnlyAnErrorThatThisRequestRaisedCountsAsItsFailure) {
  const char* query = "{ outcome { ... on PythonError { message } } }";
  EXPECT_TRUE(Ask(query, ToPythonError(Error(Code::kInternal, "broken"))).failed);
  EXPECT_FALSE(Ask(query, PythonError{{"told by an event", {}, {}, {}, {}}}).failed);
}

TEST(ErrorsTest, ANamedErrorHasTheFieldsOfItsType) {
  EXPECT_EQ(Answer("{ outcome { __typename ... on RunNotFoundError { runId message } } }",
                   NamedError("RunNotFoundError", "there is no run 12").With("runId", "12")),
            R"({"data":{"outcome":{"__typename":"RunNotFoundError","runId":"12","message":"there is no run 12"}}})");
}

TEST(ErrorsTest, TheChainFollowsCausesBeforeContexts) {
  PythonError error;
  error.info.message = "outer\n";
  model::ErrorInfo middle;
  middle.message = "middle\n";
  middle.context = std::make_shared<const model::ErrorInfo>(model::ErrorInfo{"inner\n", {}, {}, {}, {}});
  error.info.cause = std::make_shared<const model::ErrorInfo>(middle);
  EXPECT_EQ(
      Answer("{ outcome { ... on PythonError { causes { message } errorChain { message isExplicitLink } } } }", error),
      R"({"data":{"outcome":{"causes":[{"message":"middle\n"}],"errorChain":[{"message":"middle\n",)"
      R"("isExplicitLink":true},{"message":"inner\n","isExplicitLink":false}]}}})");
}

}  // namespace
}  // namespace tidemill::api
