#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/config/yaml.h>

namespace tidemill::config {
namespace {

std::string Yaml(std::string_view text) { return json::Dump(ParseYaml(text, "run.yaml")); }

TEST(YamlTest, PlainScalarsAreThoseOfYaml11) {
  EXPECT_EQ(Yaml("[yes, No, ON, true, y, ~, null, '']"), R"([true, false, true, true, "y", null, null, ""])");
  EXPECT_EQ(Yaml("[1, -2, 1_000, 0x1F, 010, 0b11, +3, 0]"), "[1, -2, 1000, 31, 8, 3, 3, 0]");
  EXPECT_EQ(Yaml("[1.5, 1., .5, 1e3, 1.0e+3, -.inf, .nan]"), R"([1.5, 1.0, 0.5, "1e3", 1000.0, -Infinity, NaN])");
  EXPECT_EQ(Yaml("[1:30, 190:20:30.5, 089, 1.2.3]"), R"([90, 685230.5, "089", "1.2.3"])");
  EXPECT_EQ(Yaml("[123456789012345678901234567890]"), "[123456789012345678901234567890]");
}

TEST(YamlTest, QuotedScalarsAndDatesAreText) {
  EXPECT_EQ(Yaml("{a: '1', b: \"yes\", c: 2026-01-01, d: !!str 5}"),
            R"({"a": "1", "b": "yes", "c": "2026-01-01", "d": "5"})");
}

TEST(YamlTest, AnchorsAndMergeKeysAreFollowed) {
  EXPECT_EQ(Yaml("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n"),
            R"({"base": {"x": 1, "y": 2}, "use": {"x": 1, "y": 3}})");
}

TEST(YamlTest, ErrorsNameLineAndColumn) {
  try {
    ParseYaml("ops:\n  a: [1, 2\nb: 3\n", "run.yaml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidArgument);
    EXPECT_THAT(error.what(), ::testing::StartsWith("run.yaml:3:"));
  }
  EXPECT_THROW(ParseYaml("a: !secret x", "run.yaml"), Error);
}

TEST(YamlTest, AliasesThatGrowWithoutBoundAreRefused) {
  std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += "*a" + std::to_string(i - 1) + ",";
    text += "]\n";
  }
  EXPECT_THROW(ParseYaml(text, "bomb.yaml"), Error);
}

}  // namespace
}  // namespace tidemill::config
