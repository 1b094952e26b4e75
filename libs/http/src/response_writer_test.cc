#include "response_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace tidemill::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Request Get(Headers headers = {}) {
  Request request;
  request.path = "/";
  request.headers = std::move(headers);
  return request;
}

std::string BodyOf(const WireResponse& wire) { return std::get<std::string>(wire.body); }

std::string Unpack(const std::string& packed, int window_bits) {
  std::string out(1 << 20, '\0');
  z_stream stream{};
  inflateInit2(&stream, window_bits);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

const ServerOptions kOptions;

TEST(FinishTest, WritesLengthAndConnection) {
  WireResponse wire = Finish(Get(), TextResponse(404, "nothing"), kOptions, {.keep_alive = true});
  Seal(wire);
  EXPECT_THAT(wire.head, ::testing::StartsWith("HTTP/1.1 404 Not Found\r\nDate: "));
  EXPECT_THAT(wire.head, HasSubstr("\r\nContent-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(wire.head, HasSubstr("\r\nContent-Length: 8\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_EQ(BodyOf(wire), "nothing\n");
}

TEST(FinishTest, HeadHasTheLengthAndNoBody) {
  Request request = Get();
  request.method = Method::kHead;
  WireResponse wire = Finish(request, TextResponse(200, "four"), kOptions, {});
  Seal(wire);
  EXPECT_THAT(wire.head, HasSubstr("\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"));
  EXPECT_EQ(BodyOf(wire), "");
}

TEST(FinishTest, PacksLargeTextForWhoReadsIt) {
  const std::string text(10'000, 'x');
  const auto finish = [&](std::string encodings) {
    return Finish(Get({{"Accept-Encoding", std::move(encodings)}}), JsonResponse(200, text), kOptions, {});
  };
  const WireResponse gzip = finish("br, gzip, deflate");
  EXPECT_THAT(gzip.head, HasSubstr("\r\nContent-Encoding: gzip\r\nVary: Accept-Encoding\r\n"));
  EXPECT_EQ(Unpack(BodyOf(gzip), 15 + 16), text);
  const WireResponse deflate = finish("deflate");
  EXPECT_THAT(deflate.head, HasSubstr("Content-Encoding: deflate"));
  EXPECT_EQ(Unpack(BodyOf(deflate), 15), text);
  EXPECT_EQ(BodyOf(finish("br")), text);
  EXPECT_EQ(BodyOf(finish("gzip;q=0")), text);
}

TEST(FinishTest, DoesNotPackWhatGainsNothing) {
  const Headers gzip{{"Accept-Encoding", "gzip"}};
  EXPECT_THAT(Finish(Get(gzip), JsonResponse(200, "{}"), kOptions, {}).head, Not(HasSubstr("Content-Encoding")));
  Response video;
  video.content_type = "video/mp4";
  video.body = std::string(10'000, 'v');
  EXPECT_THAT(Finish(Get(gzip), video, kOptions, {}).head, Not(HasSubstr("Content-Encoding")));
}

TEST(FinishTest, PacksForLoopbackOnlyBehindAProxy) {
  Request request = Get({{"Accept-Encoding", "gzip"}});
  request.from_loopback = true;
  const Response response = JsonResponse(200, std::string(10'000, 'x'));
  EXPECT_FALSE(WillCompress(request, response, kOptions));
  request.headers.Add("X-Forwarded-For", "10.0.0.1");
  EXPECT_TRUE(WillCompress(request, response, kOptions));
}

TEST(FinishTest, UnpacksForWhoCannot) {
  Response packed = JsonResponse(
      200, BodyOf(Finish(Get({{"Accept-Encoding", "gzip"}}), JsonResponse(200, std::string(5000, 'x')), kOptions, {})));
  packed.content_encoding = "gzip";
  EXPECT_EQ(BodyOf(Finish(Get(), packed, kOptions, {})), std::string(5000, 'x'));
  EXPECT_LT(BodyOf(Finish(Get({{"Accept-Encoding", "gzip"}}), packed, kOptions, {})).size(), 100u);
}

TEST(FinishTest, AnswersAKnownTagWith304) {
  Response response = TextResponse(200, std::string(5000, 'x'));
  response.etag = "\"abc\"";
  for (const char* known : {"\"abc\"", "W/\"abc\"", "\"x\", \"abc-gzip\"", "*"}) {
    const WireResponse wire = Finish(Get({{"If-None-Match", known}}), response, kOptions, {});
    EXPECT_THAT(wire.head, ::testing::StartsWith("HTTP/1.1 304 Not Modified\r\n")) << known;
    EXPECT_THAT(wire.head, Not(HasSubstr("Content-Length"))) << known;
    EXPECT_EQ(BodyOf(wire), "");
  }
  const WireResponse other = Finish(Get({{"If-None-Match", "\"ab\""}}), response, kOptions, {});
  EXPECT_THAT(other.head, HasSubstr("ETag: \"abc\"\r\n"));
  const WireResponse packed = Finish(Get({{"Accept-Encoding", "gzip"}}), response, kOptions, {});
  EXPECT_THAT(packed.head, HasSubstr("ETag: \"abc-gzip\"\r\n"));
}

TEST(FinishTest, RefusesALineBreakInAHeader) {
  EXPECT_THROW(Finish(Get(), RedirectResponse(302, "/a\r\nX: 1"), kOptions, {}), Error);
}

class Endless final : public BodyStream {
 public:
  std::optional<std::uint64_t> length() const override { return std::nullopt; }
  void Next(std::string& chunk) override { chunk = "x"; }
};

TEST(FinishTest, AStreamIsChunkedOrEndsWithTheConnection) {
  Response response;
  response.body = std::make_shared<Endless>();
  const WireResponse chunked = Finish(Get(), response, kOptions, {.keep_alive = true});
  EXPECT_TRUE(chunked.chunked);
  EXPECT_THAT(chunked.head, HasSubstr("Transfer-Encoding: chunked"));
  const WireResponse old = Finish(Get(), response, kOptions, {.keep_alive = true, .reads_chunks = false});
  EXPECT_FALSE(old.chunked);
  EXPECT_FALSE(old.keep_alive);
  EXPECT_THAT(old.head, Not(HasSubstr("Content-Length")));
}

}  // namespace
}  // namespace tidemill::http
