#include <gtest/gtest.h>

#include <tidemill/http/same_origin.h>

namespace tidemill::http {
namespace {

bool Passes(Method method, Headers headers, std::vector<std::string> allowed = {}) {
  Request request;
  request.method = method;
  request.headers = std::move(headers);
  return !RefuseOtherOrigins(std::move(allowed))(request);
}

TEST(SameOriginTest, OwnPagesAndProgramsPass) {
  EXPECT_TRUE(Passes(Method::kPost, {{"Host", "h:3000"}}));
  EXPECT_TRUE(Passes(Method::kPost, {{"Host", "h:3000"}, {"Origin", "http://h:3000"}}));
  EXPECT_TRUE(Passes(Method::kPost, {{"Host", "H"}, {"Origin", "https://h:443"}}));
  EXPECT_TRUE(Passes(Method::kPost, {{"Host", "h:80"}, {"Origin", "http://h"}}));
  EXPECT_TRUE(Passes(Method::kPost, {{"Host", "10.0.0.1:80"}, {"X-Forwarded-Host", "a.b"}, {"Origin", "https://a.b"}}));
}

TEST(SameOriginTest, OtherSitesMayNotChangeAnything) {
  for (const char* origin : {"http://evil", "http://h:3001", "null", "", "http://h.evil:3000", "http://evil/h:3000"}) {
    EXPECT_FALSE(Passes(Method::kPost, {{"Host", "h:3000"}, {"Origin", origin}})) << origin;
    EXPECT_FALSE(Passes(Method::kGet, {{"Host", "h:3000"}, {"Origin", origin}, {"Upgrade", "websocket"}})) << origin;
  }
  EXPECT_TRUE(Passes(Method::kPost, {{"Host", "h"}, {"Origin", "http://evil"}}, {"http://good", "http://evil"}));
  EXPECT_TRUE(Passes(Method::kPost, {{"Host", "h"}, {"Origin", "http://evil"}}, {"*"}));
}

TEST(SameOriginTest, OtherSitesMayLinkButNotEmbed) {
  EXPECT_TRUE(Passes(Method::kGet, {{"Host", "h"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}}));
  EXPECT_FALSE(Passes(Method::kGet, {{"Host", "h"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "no-cors"}}));
  EXPECT_TRUE(Passes(Method::kGet, {{"Host", "h"}, {"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Mode", "cors"}}));
}

}  // namespace
}  // namespace tidemill::http
