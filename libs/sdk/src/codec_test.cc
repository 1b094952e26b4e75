#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/sdk/codec.h>

namespace tidemill::sdk {
namespace {

using testing::HasSubstr;

enum class Colour { kRed, kBlue };
BOOST_DESCRIBE_ENUM(Colour, kRed, kBlue)

struct Point {
  std::int64_t x = 0;
  double y = 0;
  bool operator==(const Point&) const = default;
};
BOOST_DESCRIBE_STRUCT(Point, (), (x, y))

struct Shape {
  std::string name;
  std::vector<Point> points;
  std::map<std::string, std::uint8_t> weights;
  std::optional<std::int32_t> limit;
  std::pair<bool, std::string> flag;
  Colour colour = Colour::kRed;
  bool operator==(const Shape&) const = default;
};
BOOST_DESCRIBE_STRUCT(Shape, (), (name, points, weights, limit, flag, colour))

template <class T>
std::string Bytes(const T& value) {
  std::string bytes;
  Codec<T>::Write(bytes, value);
  return bytes;
}

template <class T>
T ReadBytes(std::string_view bytes) {
  ByteReader reader(bytes);
  T value = Codec<T>::Read(reader);
  EXPECT_TRUE(reader.at_end());
  return value;
}

template <class T>
void ExpectRoundTrip(const T& value, std::string_view text) {
  EXPECT_EQ(json::Dump(Codec<T>::ToJson(value)), text);
  EXPECT_EQ(Codec<T>::FromJson(json::Parse(text)), value);
  EXPECT_EQ(ReadBytes<T>(Bytes(value)), value);
}

std::string MessageOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(CodecTest, EachKindOfValueComesBackFromJsonAndFromBytes) {
  ExpectRoundTrip(true, "true");
  ExpectRoundTrip(std::int64_t{-5}, "-5");
  ExpectRoundTrip(std::numeric_limits<std::uint64_t>::max(), "18446744073709551615");
  ExpectRoundTrip(0.5, "0.5");
  ExpectRoundTrip(std::string("h\xc3\xa9\n"), R"("h\u00e9\n")");
  ExpectRoundTrip(std::vector<double>{1.5, -2}, "[1.5, -2.0]");
  ExpectRoundTrip(std::vector<bool>{true, false}, "[true, false]");
  ExpectRoundTrip(std::map<std::string, std::string>{{"a", "1"}, {"b", ""}}, R"({"a": "1", "b": ""})");
  ExpectRoundTrip(std::optional<std::int64_t>(), "null");
  ExpectRoundTrip(std::tuple<std::int64_t, std::string, std::vector<std::int64_t>>{1, "x", {2}}, R"([1, "x", [2]])");
  ExpectRoundTrip(json::Parse(R"({"any": [1, 2.5, null]})"), R"({"any": [1, 2.5, null]})");
  ExpectRoundTrip(Nothing{}, "null");
}

TEST(CodecTest, ADescribedStructIsAnObjectOfItsMembers) {
  const Shape shape{"box", {{1, 0.5}, {2, 1}}, {{"w", 7}}, 3, {true, "yes"}, Colour::kBlue};
  ExpectRoundTrip(shape, R"({"name": "box", "points": [{"x": 1, "y": 0.5}, {"x": 2, "y": 1.0}], "weights": {"w": 7}, )"
                         R"("limit": 3, "flag": [true, "yes"], "colour": "kBlue"})");
}

TEST(CodecTest, OnlyOptionalMembersMayBeMissingAndUnknownOnesArePassedOver) {
  const auto read = [](const char* text) { return Codec<Shape>::FromJson(json::Parse(text)); };
  EXPECT_EQ(read(R"({"name": "", "points": [], "weights": {}, "flag": [true, ""], "colour": "kRed", "more": 1})").limit,
            std::nullopt);
  EXPECT_EQ(MessageOf([&] { read(R"({"name": ""})"); }), ".points: the member is missing");
}

TEST(CodecTest, ErrorsNameThePath) {
  const auto read = [](const char* points) {
    Codec<Shape>::FromJson(json::Object{{"name", ""}, {"points", json::Parse(points)}});
  };
  EXPECT_THAT(MessageOf([&] { read(R"([{"x": 1, "y": 2}, {"x": "one", "y": 2}])"); }), HasSubstr(".points[1].x: "));
  EXPECT_THAT(MessageOf([&] { read("7"); }), HasSubstr(".points: "));
  EXPECT_THAT(MessageOf([] { Codec<std::uint8_t>::FromJson(json::Value(300)); }), HasSubstr("300 does not fit"));
  EXPECT_THAT(MessageOf([] { Codec<std::uint64_t>::FromJson(json::Value(-1)); }), HasSubstr("-1 does not fit"));
  EXPECT_THAT(MessageOf([] { Codec<Colour>::FromJson(json::Value("kGreen")); }), HasSubstr("kGreen"));
}

TEST(CodecTest, CutBytesAreAnErrorAtEveryPlace) {
  const Shape shape{"box", {{1, 0.5}}, {{"w", 7}}, 3, {true, "yes"}, Colour::kBlue};
  const std::string bytes = Bytes(shape);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader reader(std::string_view(bytes).substr(0, size));
    EXPECT_THROW(Codec<Shape>::Read(reader), Error) << size;
  }
}

TEST(CodecTest, AClaimedSizeBeyondTheBytesIsRefusedBeforeItIsAllocated) {
  std::string bytes;
  detail::AppendSize(bytes, std::uint64_t{1} << 60);
  EXPECT_THAT(MessageOf([&] { ReadBytes<std::vector<double>>(bytes); }), HasSubstr("claims 1152921504606846976 items"));
}

}  // namespace
}  // namespace tidemill::sdk
