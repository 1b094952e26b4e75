#include <filesystem>

#include <gmock/gmock.h>
#include <stdlib.h>

#include <tidemill/base/file.h>
#include <tidemill/cli/cli.h>

#include "testing/fake_environment.h"

namespace tidemill::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Commands in an environment of their own, with a folder for homes.
class CliTest : public ::testing::Test {
 protected:
  CliTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cliXXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~CliTest() override { std::filesystem::remove_all(folder_); }

  int Call(const std::vector<std::string>& arguments) { return RunCommandLine(arguments, fake_.environment); }
  const std::string& out() const { return fake_.out.text(); }
  const std::string& err() const { return fake_.err.text(); }

  std::filesystem::path folder_;
  FakeEnvironment fake_;
};

TEST_F(CliTest, HelpIsOutputAndAMistakeIsNot) {
  EXPECT_EQ(Call({"--help"}), 0);
  EXPECT_THAT(out(), HasSubstr("Assets: list, materialize, check, wipe"));
  EXPECT_EQ(err(), "");
  EXPECT_EQ(Call({"run"}), 2);
  EXPECT_THAT(err(), StartsWith("error: "));
}

TEST_F(CliTest, EveryCommandHasHelp) {
  for (const char* group : {"asset", "job", "run", "instance", "definitions"}) EXPECT_EQ(Call({group, "--help"}), 0);
  for (const char* shell : {"bash", "zsh", "fish"}) EXPECT_EQ(Call({"completion", shell}), 0);
  EXPECT_EQ(Call({"help", "exit-codes"}), 0);
}

TEST_F(CliTest, AnInstanceMustBeNamed) {
  EXPECT_EQ(Call({"run", "list"}), 2);
  EXPECT_EQ(err(), "error: no instance: give --home FOLDER, or set DAGSTER_HOME\n");
}

TEST_F(CliTest, AFreshHomeHasNoRuns) {
  fake_.variables["DAGSTER_HOME"] = folder_.string();
  EXPECT_EQ(Call({"run", "list", "--json"}), 0);
  EXPECT_EQ(out(), "[]\n");
  EXPECT_EQ(Call({"run", "show", "none"}), 2);
  EXPECT_EQ(err(), "error: no run none in this instance; `tidemill run list` shows the runs\n");
}

TEST_F(CliTest, AHomeThatIsNoFolderIsTheInstancesTrouble) {
  EXPECT_EQ(Call({"run", "list", "--home", (folder_ / "none").string()}), 3);
  EXPECT_THAT(err(), HasSubstr("is no folder"));
}

TEST_F(CliTest, AWrongDagsterYamlNamesItsLine) {
  WriteFileAtomic(folder_ / "dagster.yaml", "telemetry: {enabled: false}\nrun_que: {}\n");
  EXPECT_EQ(Call({"run", "list", "--home", folder_.string()}), 3);
  EXPECT_THAT(err(), HasSubstr("dagster.yaml:2"));
}

TEST_F(CliTest, WithoutALocationTheRemedyIsNamed) {
  EXPECT_EQ(Call({"job", "list"}), 2);
  EXPECT_EQ(err(), "error: no code location: give --location EXECUTABLE, or set TIDEMILL_LOCATION\n");
}

TEST_F(CliTest, ALocationThatDoesNotAnswerIsExitCode4) {
  EXPECT_EQ(Call({"job", "list", "--location", "/bin/false"}), 4);
  EXPECT_THAT(err(), HasSubstr("exited with code 1 instead of answering"));
}

TEST_F(CliTest, WipingAsksAndNeedsTheWholeWord) {
  EXPECT_EQ(Call({"asset", "wipe", "--all", "--home", folder_.string(), "x"}), 2);
  EXPECT_EQ(Call({"asset", "wipe", "x", "--home", folder_.string()}), 2);
  EXPECT_THAT(err(), HasSubstr("this instance knows no asset x; nothing was wiped"));
  EXPECT_EQ(Call({"asset", "wipe", "--all", "--home", folder_.string(), "--json"}), 0);
  EXPECT_EQ(out(), "{\n  \"wiped\": []\n}\n");
}

}  // namespace
}  // namespace tidemill::cli
