#include "run_config.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <stdlib.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>

#include "exit_code.h"

namespace tidemill::cli {
namespace {

std::string UsageError(const std::function<void()>& call) {
  try {
    call();
  } catch (const CommandError& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::kUsage);
    return error.what();
  }
  return "no error";
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
