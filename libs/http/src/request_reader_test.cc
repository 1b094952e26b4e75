#include "request_reader.h"

#include <gtest/gtest.h>

namespace tidemill::http {
namespace {

// Gives the bytes in pieces of `piece`, as a connection does. Returns what was not taken.
std::string FeedAll(RequestReader& reader, std::string bytes, std::size_t piece) {
  std::string buffer;
  while (!reader.done() && !reader.refusal()) {
    buffer += bytes.substr(0, piece);
    const bool more = !bytes.empty();
    bytes.erase(0, piece);
    if (const std::size_t taken = reader.Feed(buffer)) {
      buffer.erase(0, taken);
    } else if (!more) {
      break;
    }
  }
  return buffer + bytes;
}

int Refused(std::string_view bytes, const Limits& limits = {}) {
  RequestReader reader(limits);
  FeedAll(reader, std::string(bytes), 4096);
  return reader.refusal() ? reader.refusal()->status : 0;
}

TEST(RequestReaderTest, ReadsARequestInPiecesOfAnySize) {
  const std::string text =
      "POST /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2;e=1\r\nde\r\n0\r\n\r\nGET";
  for (const std::size_t piece : {1, 2, 3, 7, 1000}) {
    const Limits limits;
    RequestReader reader(limits);
    EXPECT_EQ(FeedAll(reader, text, piece), "GET") << piece;
    ASSERT_TRUE(reader.done()) << piece;
    EXPECT_TRUE(reader.keep_alive());
    const Request request = reader.Take();
    EXPECT_EQ(request.method, Method::kPost);
    EXPECT_EQ(request.path, "/a b");
    EXPECT_EQ(request.query, "x=1");
    EXPECT_EQ(request.body, "abcde");
  }
}

TEST(RequestReaderTest, StopsAtTheEndOfTheHeader) {
  const Limits limits;
  RequestReader reader(limits);
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
  EXPECT_EQ(reader.Feed(head + "abc"), head.size());
  EXPECT_TRUE(reader.head_done());
  EXPECT_TRUE(reader.expects_continue());
  EXPECT_FALSE(reader.done());
  EXPECT_EQ(reader.Feed("abc"), 3u);
  EXPECT_TRUE(reader.done());
}

TEST(RequestReaderTest, KeepAliveByVersion) {
  const auto keeps = [](std::string_view text) {
    const Limits limits;
    RequestReader reader(limits);
    reader.Feed(text);
    return reader.keep_alive();
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(RequestReaderTest, TakesTheAbsoluteForm) {
  const Limits limits;
  RequestReader reader(limits);
  reader.Feed("GET http://h:1?q=2#f HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(reader.refusal()->status, 400);  // "?q=2" has no path.
  RequestReader other(limits);
  other.Feed("GET HTTP://h:1/p?q=2#f HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(other.head().path, "/p");
  EXPECT_EQ(other.head().query, "q=2");
}

TEST(RequestReaderTest, RefusesWhatIsNoRequest) {
  EXPECT_EQ(Refused("hello\r\n\r\n"), 400);
  EXPECT_EQ(Refused("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(Refused("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(Refused("GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(Refused("GET * HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(Refused("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), 505);
  EXPECT_EQ(Refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n"), 400);
  EXPECT_EQ(Refused("POST / HTTP/1.1\r\nHost: h\r\nExpect: more\r\n\r\n"), 417);
  EXPECT_EQ(Refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"), 415);
}

TEST(RequestReaderTest, RefusesWhatTwoServersCouldReadDifferently) {
  EXPECT_EQ(Refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), 400);
  EXPECT_EQ(Refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            400);
  EXPECT_EQ(Refused("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\nx"), 501);
  EXPECT_EQ(Refused("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 501);
}

TEST(RequestReaderTest, HoldsItsLimits) {
  Limits limits;
  limits.target_bytes = 100;
  limits.header_bytes = 300;
  limits.body_bytes = 10;
  EXPECT_EQ(Refused("GET /" + std::string(120, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", limits), 414);
  EXPECT_EQ(Refused("GET /" + std::string(500, 'a'), limits), 414);
  EXPECT_EQ(Refused("GET /" + std::string(500, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", limits), 414);
  EXPECT_EQ(Refused(std::string(500, 'a') + "\r\n\r\n", limits), 431);
  EXPECT_EQ(Refused("GET / HTTP/1.1\r\nX: " + std::string(500, 'a'), limits), 431);
  EXPECT_EQ(Refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n", limits), 413);
  EXPECT_EQ(Refused("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n", limits),
            413);
  EXPECT_EQ(Refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789", limits), 0);
}

TEST(RequestReaderTest, SeesAWebSocketHandshake) {
  const Limits limits;
  RequestReader reader(limits);
  reader.Feed("GET /g HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n");
  EXPECT_TRUE(reader.wants_upgrade());
}

}  // namespace
}  // namespace tidemill::http
