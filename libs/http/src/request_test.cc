#include <gtest/gtest.h>

#include <tidemill/http/request.h>

namespace tidemill::http {
namespace {

TEST(HeadersTest, NamesAndTokensCompareWithoutCase) {
  const Headers headers{{"Connection", "keep-alive, Upgrade"}, {"accept-encoding", "br;q=1.0, gzip; q=0.5"}};
  EXPECT_EQ(headers.Find("CONNECTION"), "keep-alive, Upgrade");
  EXPECT_EQ(headers.Find("Host"), std::nullopt);
  EXPECT_TRUE(headers.HasToken("connection", "upgrade"));
  EXPECT_TRUE(headers.HasToken("Accept-Encoding", "gzip"));
  EXPECT_FALSE(headers.HasToken("Accept-Encoding", "zip"));
}

TEST(HeadersTest, AQualityOfZeroRefuses) {
  const Headers headers{{"Accept-Encoding", "gzip;q=0, deflate;q=0.0, br;q=0.001"}};
  EXPECT_FALSE(headers.HasToken("Accept-Encoding", "gzip"));
  EXPECT_FALSE(headers.HasToken("Accept-Encoding", "deflate"));
  EXPECT_TRUE(headers.HasToken("Accept-Encoding", "br"));
}

TEST(RequestTest, QueryParametersAreDecodedAndTheFirstWins) {
  Request request;
  request.query = "a=1+2%2B3&b&a=9&caf%C3%A9=%22x%22&bad=%zz";
  EXPECT_EQ(request.QueryParameter("a"), "1 2+3");
  EXPECT_EQ(request.QueryParameter("b"), "");
  EXPECT_EQ(request.QueryParameter("café"), "\"x\"");
  EXPECT_EQ(request.QueryParameter("bad"), "%zz");
  EXPECT_EQ(request.QueryParameter("none"), std::nullopt);
}

TEST(PercentDecodeTest, RefusesWhatIsNotTwoHexadecimalDigits) {
  EXPECT_EQ(PercentDecode("/a%2Fb%20c"), "/a/b c");
  EXPECT_EQ(PercentDecode("%"), std::nullopt);
  EXPECT_EQ(PercentDecode("%4"), std::nullopt);
  EXPECT_EQ(PercentDecode("%4g"), std::nullopt);
}

}  // namespace
}  // namespace tidemill::http
