#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/http/router.h>

namespace tidemill::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Router Sample() {
  Router router;
  const Handler none = [](const Request&) { return Response(); };
  router.AddWebSocket("/graphql", {.subprotocols = {"p"}, .open = {}});
  router.Add(Method::kGet, "/graphql", RunOn::kWorkers, none);
  router.Add(Method::kPost, "/graphql", RunOn::kWorkers, none);
  router.Add(Method::kGet, "/debug/{run_id}", RunOn::kWorkers, none);
  router.Add(Method::kPost, "/report/{key*}", RunOn::kWorkers, none);
  router.Add(Method::kGet, "/{path*}", RunOn::kIo, none);
  return router;
}

std::string PatternOf(const Router::Match& match) { return match.route == nullptr ? "" : match.route->pattern; }

TEST(RouterTest, TakesTheFirstRouteThatFits) {
  const Router router = Sample();
  EXPECT_EQ(PatternOf(router.Find(Method::kGet, "/graphql", false)), "/graphql");
  EXPECT_FALSE(router.Find(Method::kGet, "/graphql", false).route->websocket);
  EXPECT_TRUE(router.Find(Method::kGet, "/graphql", true).route->websocket);
  EXPECT_EQ(PatternOf(router.Find(Method::kGet, "/", false)), "/{path*}");
  EXPECT_EQ(PatternOf(router.Find(Method::kGet, "/graphql/", false)), "/{path*}");
}

TEST(RouterTest, CapturesOneSegmentOrTheRest) {
  const Router router = Sample();
  EXPECT_THAT(router.Find(Method::kGet, "/debug/1-2", false).captures, ElementsAre(Pair("run_id", "1-2")));
  EXPECT_EQ(PatternOf(router.Find(Method::kGet, "/debug/1/2", false)), "/{path*}");
  EXPECT_EQ(PatternOf(router.Find(Method::kGet, "/debug/", false)), "/{path*}");
  EXPECT_THAT(router.Find(Method::kPost, "/report/a/b/", false).captures, ElementsAre(Pair("key", "a/b/")));
  EXPECT_THAT(router.Find(Method::kPost, "/report/", false).captures, ElementsAre(Pair("key", "")));
  EXPECT_EQ(router.Find(Method::kPost, "/report", false).route, nullptr);
}

TEST(RouterTest, NamesTheMethodsThatAreAnswered) {
  Router router = Sample();
  EXPECT_EQ(PatternOf(router.Find(Method::kHead, "/anything", false)), "/{path*}");
  const Router::Match match = router.Find(Method::kPut, "/graphql", false);
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allow, "GET, HEAD, POST");
  EXPECT_THAT(match.captures, IsEmpty());
  EXPECT_EQ(Router().Find(Method::kGet, "/a", false).allow, "");
  EXPECT_EQ(router.Find(Method::kGet, "*", false).route, nullptr);
}

}  // namespace
}  // namespace tidemill::http
