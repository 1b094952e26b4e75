#include "command_line.h"

#include <gmock/gmock.h>

#include "exit_code.h"

namespace tidemill::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class T>
T Parsed(const std::vector<std::string>& arguments) {
  return std::get<T>(ParseCommandLine(arguments));
}

std::string UsageError(const std::vector<std::string>& arguments) {
  try {
    ParseCommandLine(arguments);
  } catch (const CommandError& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::kUsage);
    return error.what();
  }
  return "no error";
}

TEST(CommandLineTest, MaterializeTakesDagstersOptions) {
  const auto command = Parsed<AssetMaterialize>({"asset", "materialize", "--select", "a,b", "--location", "bin/p",
                                                 "--partition", "2026-01-01", "-c", "a.yaml", "-c", "b.yaml", "--tags",
                                                 R"({"k": "v"})", "--tags", "x=y", "--home", "/h", "--json"});

  EXPECT_EQ(command.select, "a,b");
  EXPECT_THAT(command.location.executables, ElementsAre("bin/p"));
  EXPECT_EQ(command.run.partition, "2026-01-01");
  EXPECT_THAT(command.run.config, ElementsAre("a.yaml", "b.yaml"));
  EXPECT_THAT(command.run.tags, ElementsAre(R"({"k": "v"})", "x=y"));
  EXPECT_EQ(command.home, "/h");
  EXPECT_TRUE(command.json);
}

TEST(CommandLineTest, ASelectionMayStartWithAStar) {
  EXPECT_EQ(Parsed<AssetMaterialize>({"asset", "materialize", "--select", "*"}).select, "*");
  EXPECT_EQ(Parsed<JobExecute>({"job", "execute", "-j", "x", "-o", "*a+,b"}).op_selection, "*a+,b");
}

TEST(CommandLineTest, OptionValuesMayFollowAnEqualsSign) {
  EXPECT_EQ(Parsed<JobExecute>({"job", "execute", "--job=x", "--config-json={\"a\": 1}"}).run.config_json,
            "{\"a\": 1}");
}

TEST(CommandLineTest, SeveralValuesDoNotEatArguments) {
  const auto command = Parsed<AssetWipe>({"asset", "wipe", "--home", "/h", "a/b", "[\"c\"]", "--noprompt"});
  EXPECT_THAT(command.keys, ElementsAre("a/b", "[\"c\"]"));
  EXPECT_TRUE(command.no_prompt);
}

TEST(CommandLineTest, RunLogsKnowsLevels) {
  const auto command = Parsed<RunLogs>({"run", "logs", "id", "--follow", "--level", "ERROR"});
  EXPECT_TRUE(command.follow);
  EXPECT_EQ(command.level, "ERROR");
  EXPECT_THAT(UsageError({"run", "logs", "id", "--level", "loud"}),
              HasSubstr("loud is none of DEBUG, INFO, WARNING, ERROR, CRITICAL"));
}

TEST(CommandLineTest, MistakesNameTheCommandsHelp) {
  EXPECT_EQ(UsageError({"asset", "materialize"}), "--select is required; see `tidemill asset materialize --help`");
  EXPECT_THAT(UsageError({"asset", "list", "--jsn"}), HasSubstr("--jsn; see `tidemill asset list --help`"));
  EXPECT_THAT(UsageError({}), HasSubstr("see `tidemill --help`"));
  EXPECT_EQ(UsageError({"asset", "lst"}),
            "there is no command 'lst', only list, materialize, check, wipe; see `tidemill asset --help`");
}

TEST(CommandLineTest, HelpIsPrintedNotRun) {
  EXPECT_THAT(Parsed<Print>({"asset", "list", "--help"}).text, HasSubstr("--select"));
  EXPECT_THAT(Parsed<Print>({"help", "asset", "list"}).text, HasSubstr("--select"));
  EXPECT_THAT(Parsed<Print>({"help", "exit-codes"}).text, HasSubstr("130  the run was cancelled"));
  EXPECT_THAT(Parsed<Print>({"--version"}).text, HasSubstr("tidemill "));
  EXPECT_THAT(UsageError({"help", "nothing"}), HasSubstr("no help on 'nothing'"));
}

TEST(CommandLineTest, AServerTakesSeveralLocationsOfEachKind) {
  const auto dev = Parsed<Dev>({"dev", "-f", "a.py", "-f", "b.py", "-m", "team.defs", "-l", "bin/x", "-p", "0",
                                "--path-prefix", "/d", "--read-only"});
  EXPECT_THAT(dev.workspace.python_files, ElementsAre("a.py", "b.py"));
  EXPECT_THAT(dev.workspace.modules, ElementsAre("team.defs"));
  EXPECT_THAT(dev.workspace.executables, ElementsAre("bin/x"));
  EXPECT_EQ(dev.port, 0);
  EXPECT_EQ(dev.host, "127.0.0.1");
  EXPECT_EQ(dev.path_prefix, "/d");
  EXPECT_TRUE(dev.read_only);
  EXPECT_THAT(UsageError({"dev", "-p", "70000"}), HasSubstr("--port"));
}

TEST(CommandTreeTest, HoldsEveryCommandWithItsOptions) {
  const CommandNode root = CommandTree();
  std::vector<std::string> names;
  for (const CommandNode& node : root.commands) names.push_back(node.name);
  EXPECT_THAT(names, ElementsAre("asset", "job", "run", "instance", "dev", "definitions", "completion", "help"));
  const CommandNode& logs = root.commands.at(2).commands.at(2);
  ASSERT_EQ(logs.name, "logs");
  for (const CommandNode::Option& option : logs.options) {
    if (option.names.back() == "--level") {
      EXPECT_THAT(option.choices, ElementsAre("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"));
    } else if (option.names.back() == "--follow") {
      EXPECT_FALSE(option.takes_value);
    } else if (option.names.back() == "--home") {
      EXPECT_TRUE(option.takes_value && option.is_file);
    }
  }
}

}  // namespace
}  // namespace tidemill::cli
