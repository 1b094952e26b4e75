#include "webapp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>

namespace tidemill::webserver {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kIndexText =
    R"(<a href="BUILDTIME_ASSETPREFIX_REPLACE_ME/x" n="NONCE-PLACEHOLDER">{"p":"__PATH_PREFIX__","t":"__TELEMETRY_ENABLED__","r":"__LIVE_DATA_POLL_RATE__","i":"__INSTANCE_ID__"}<b n="NONCE-PLACEHOLDER">)";

std::string MakePack() {
  const std::string policy = "script-src 'nonce-NONCE-PLACEHOLDER'\n";
  const std::string script = "packed";
  const std::size_t size = kIndexText.size();
  std::string index = R"([["/index.html", "text/html", "\"1\"", false, 0, )" + std::to_string(size) + "]," +
                      R"(["/csp-header.txt", "text/plain", "\"2\"", false, )" + std::to_string(size) + ", " +
                      std::to_string(policy.size()) + "]," +
                      R"(["/_next/static/a.js", "application/javascript", "\"3\"", true, )" +
                      std::to_string(size + policy.size()) + ", 6]]";
  return "tidemill-webapp 1 " + std::to_string(index.size()) + "\n" + index + std::string(kIndexText) + policy + script;
}

class WebappTest : public ::testing::Test {
 protected:
  http::Response Get(std::string path) {
    http::Request request;
    request.path = std::move(path);
    return webapp_.Answer(request);
  }

  const std::string bytes_ = MakePack();
  const WebappPack pack_{std::string_view(bytes_)};
  const Webapp webapp_{pack_, {.path_prefix = "/p", .instance_id = "id", .live_data_poll_rate_ms = 7}};
};

TEST_F(WebappTest, ServesAFileAsItIsPacked) {
  const http::Response file = Get("/_next/static/a.js");
  EXPECT_EQ(file.status, 200);
  EXPECT_EQ(file.content_type, "application/javascript");
  EXPECT_EQ(file.etag, "\"3\"");
  EXPECT_EQ(file.content_encoding, "gzip");
  EXPECT_EQ(std::get<std::string_view>(file.body), "packed");
  EXPECT_THAT(std::string(file.headers.Find("Cache-Control").value()), HasSubstr("immutable"));
  EXPECT_EQ(Get("/csp-header.txt").headers.Find("Cache-Control"), "no-cache");
}

TEST_F(WebappTest, ThePageIsServedUnderEveryOtherPathAndFilledIn) {
  for (const char* path : {"/", "/runs", "/locations/a/jobs/b.c"}) {
    const http::Response page = Get(path);
    EXPECT_EQ(page.status, 200);
    const std::string& text = std::get<std::string>(page.body);
    EXPECT_THAT(text, StartsWith(R"(<a href="/p/x" n=")"));
    EXPECT_THAT(text, HasSubstr(R"({"p":"/p","t":false,"r":"7","i":"id"})"));
    EXPECT_THAT(text, Not(HasSubstr("PLACEHOLDER")));
    EXPECT_EQ(page.headers.Find("Cache-Control"), "no-store");
  }
}

TEST_F(WebappTest, TheNonceIsNewForEachPageAndStandsInItsPolicy) {
  const http::Response first = Get("/");
  const std::string policy(first.headers.Find("Content-Security-Policy").value());
  EXPECT_THAT(policy, StartsWith("script-src 'nonce-"));
  const std::string nonce = policy.substr(18, 32);
  EXPECT_EQ(policy, "script-src 'nonce-" + nonce + "'");
  EXPECT_THAT(std::get<std::string>(first.body), HasSubstr("<b n=\"" + nonce + "\">"));
  EXPECT_NE(policy, Get("/").headers.Find("Content-Security-Policy"));
}

TEST_F(WebappTest, AMissingFileOfAFolderIsNoPage) {
  EXPECT_EQ(Get("/_next/static/gone.js").status, 404);
  EXPECT_EQ(Get("/_next").status, 404);
  EXPECT_EQ(Get("/_nextgone").status, 200);
}

TEST(WebappPackTest, ADamagedPackIsRefused) {
  const std::string good = MakePack();
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{60}, good.size() - 1}) {
    EXPECT_THROW(WebappPack pack(std::string_view(good).substr(0, size)), Error) << size;
  }
  for (const char* index :
       {"{}", "[1]", "[[]]", R"([["/a", "t", "e", false, -1, 1]])", R"([["/a", "t", "e", false, 1, 9]])"}) {
    const std::string bad = "tidemill-webapp 1 " + std::to_string(std::string_view(index).size()) + "\n" + index;
    EXPECT_THROW(WebappPack pack{std::string_view(bad)}, Error) << index;
  }
}

}  // namespace
}  // namespace tidemill::webserver
