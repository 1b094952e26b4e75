#include "run_config.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <stdlib.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>

#include "exit_code.h"

namespace tidemill::cli {
namespace {

std::string Yaml(std::string_view text) { return json::Dump(ParseYaml(text, "run.yaml")); }

std::string UsageError(const std::function<void()>& call) {
  try {
    call();
  } catch (const CommandError& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::kUsage);
    return error.what();
  }
  return "no error";
}

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

TEST(RunConfigTest, InlineTextMayBeJsonOrYaml) {
  RunOptions options;
  options.config = {R"({"ops": {"a": {"config": 1}}})", "{ops: {b: {config: yes}}, execution: {}}"};
  EXPECT_EQ(json::Dump(ReadRunConfig(options)),
            R"({"ops": {"a": {"config": 1}, "b": {"config": true}}, "execution": {}})");
}

TEST(RunConfigTest, LaterFilesAreLaidOverEarlierOnes) {
  std::string pattern = (std::filesystem::temp_directory_path() / "configXXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  WriteFileAtomic(folder / "1.yaml", "ops: {a: {config: {x: 1, y: 1}}}");
  WriteFileAtomic(folder / "2.json", R"({"ops": {"a": {"config": {"y": 2}}}})");
  WriteFileAtomic(folder / "3.yaml", "");
  RunOptions options;
  options.config = {(folder / "?.*").string()};

  EXPECT_EQ(json::Dump(ReadRunConfig(options)), R"({"ops": {"a": {"config": {"x": 1, "y": 2}}}})");
  std::filesystem::remove_all(folder);
}

TEST(RunConfigTest, MistakesNameTheirPlace) {
  RunOptions options;
  options.config = {"/no/such/file.yaml"};
  EXPECT_EQ(UsageError([&] { ReadRunConfig(options); }),
            "--config: cannot open /no/such/file.yaml: No such file or directory");
  options.config_json = "{}";
  EXPECT_EQ(UsageError([&] { ReadRunConfig(options); }), "--config and --config-json exclude each other");
  options.config.clear();
  options.config_json = "[1]";
  EXPECT_EQ(UsageError([&] { ReadRunConfig(options); }), "--config-json: run configuration is a JSON object");
}

TEST(TagsTest, JsonAndPairsMix) {
  const model::Tags tags = ReadTags({R"({"team": "core", "n": 3})", "team=data", "url=a=b"});
  EXPECT_THAT(tags, ::testing::ElementsAre(::testing::Pair("team", "data"), ::testing::Pair("n", "3"),
                                           ::testing::Pair("url", "a=b")));
  EXPECT_EQ(UsageError([] { ReadTags({"novalue"}); }), "--tags 'novalue': a JSON object of text, or key=value");
}

}  // namespace
}  // namespace tidemill::cli
