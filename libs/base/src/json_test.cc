#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>

namespace tidemill::json {
namespace {

TEST(JsonTest, DumpsAsPythonDoes) {
  EXPECT_EQ(Dump(Object{{"b", 1}, {"a", Array{nullptr, true, 1.0, "é\n\"\\"}}}),
            R"({"b": 1, "a": [null, true, 1.0, "\u00e9\n\"\\"]})");
  EXPECT_EQ(Dump(Object{{"b", 1}, {"a", 2}}, Order::kSorted), R"({"a": 2, "b": 1})");
  EXPECT_EQ(Dump("\U0001F600\x7F"), R"("\ud83d\ude00\u007f")");
}

TEST(JsonTest, FloatsAreWrittenAsPythonsRepr) {
  const auto text = [](double value) { return Dump(value); };
  EXPECT_EQ(text(1e-7), "1e-07");
  EXPECT_EQ(text(1e22), "1e+22");
  EXPECT_EQ(text(1e16), "1e+16");
  EXPECT_EQ(text(123456789012345.0), "123456789012345.0");
  EXPECT_EQ(text(0.0001), "0.0001");
  EXPECT_EQ(text(1795520637.4816923), "1795520637.4816923");
  EXPECT_EQ(text(-0.0), "-0.0");
  EXPECT_EQ(text(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(text(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

TEST(JsonTest, ParsesWhatPythonWrites) {
  const Value value = Parse(R"( {"a":[1, 2.5,-0, 1e3], "b": {"c": "\u00e9\ud83d\ude00"}, "n": NaN, "i": -Infinity} )");
  EXPECT_EQ(value.Find("a")->AsArray().at(0), Value(1));
  EXPECT_EQ(value.Find("a")->AsArray().at(3), Value(1000.0));
  EXPECT_EQ(value.Find("b")->Find("c")->AsString(), "é\U0001F600");
  EXPECT_TRUE(std::isnan(value.Find("n")->AsDouble()));
}

TEST(JsonTest, KeepsIntegersOfAnySize) {
  const std::string text = "123456789012345678901234567890";
  EXPECT_TRUE(Parse(text).is_big_int());
  EXPECT_EQ(Dump(Parse(text)), text);
  EXPECT_EQ(Parse("-9223372036854775808").AsInt(), std::numeric_limits<std::int64_t>::min());
}

TEST(JsonTest, NamesThePlaceOfAnError) {
  try {
    Parse("{\"a\": 1,\n \"b\": }");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidArgument);
    EXPECT_THAT(error.what(), testing::HasSubstr("line 2 column 7"));
  }
  for (const char* bad : {"", "01", "1.", "[1,]", "{\"a\"}", "\"\\x\"", "nul", "1 2", "\"\n\""}) {
    EXPECT_THROW(Parse(bad), Error) << bad;
  }
  EXPECT_THROW(Parse(std::string(10000, '[')), Error);
}

TEST(JsonTest, ObjectsAreEqualWhateverTheirOrder) {
  EXPECT_EQ(Parse(R"({"a": 1, "b": 2})"), Parse(R"({"b": 2, "a": 1})"));
  EXPECT_FALSE(Parse(R"({"a": 1})") == Parse(R"({"a": 1.0})"));
}

TEST(JsonTest, AnInvalidByteSurvivesTheRoundTrip) {
  const std::string text = "a\xFFz";
  EXPECT_EQ(Dump(text), R"("a\udcffz")");
  EXPECT_EQ(Parse(Dump(text)).AsString(), text);
}

TEST(JsonTest, RawBytesThatSpellTheSurrogateOfAByteStayRawBytes) {
  const std::string text = "\xED\xBE\xED\xB2\xAF";
  EXPECT_EQ(Dump(text), R"("\udced\udcbe\udced\udcb2\udcaf")");
  EXPECT_EQ(Parse(Dump(text)).AsString(), text);
}

TEST(JsonTest, PrettyTextIndents) {
  EXPECT_EQ(DumpPretty(Object{{"a", Array{1}}, {"b", Object{}}}), "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}");
}

}  // namespace
}  // namespace tidemill::json
