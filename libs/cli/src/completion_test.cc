#include "completion.h"

#include <gmock/gmock.h>

#include "exit_code.h"

namespace tidemill::cli {
namespace {

using ::testing::HasSubstr;

CommandNode SmallTree() {
  CommandNode list{"list", "List the user's runs", {}, {}, {}};
  list.options.push_back({{"-f", "--file"}, "A file", true, {}, true});
  list.options.push_back({{"--level"}, "A level", true, {"LOW", "HIGH"}, false});
  return {"tidemill", "", {{{"--help"}, "Help", false, {}, false}}, {}, {{"run", "Runs", {}, {}, {list}}}};
}

TEST(CompletionTest, BashKnowsCommandsOptionsAndValues) {
  const std::string script = CompletionScript(SmallTree(), "bash");
  EXPECT_THAT(script, HasSubstr("    '') names='run --help' ;;\n"
                                "    'run') names='list' ;;\n"
                                "    'run list') names='-f --file --level' ;;\n"));
  EXPECT_THAT(script, HasSubstr("    'run list:--file') files=1 ;;\n"
                                "    'run list:--level') values='LOW HIGH' ;;\n"));
  EXPECT_THAT(script, HasSubstr("complete -F _tidemill tidemill\n"));
}

TEST(CompletionTest, FishQuotesDescriptions) {
  EXPECT_THAT(CompletionScript(SmallTree(), "fish"),
              HasSubstr(R"(complete -c tidemill -n '__tidemill_at "run"' -a list -d 'List the user\'s runs')"));
}

TEST(CompletionTest, ZshIsAPlainCompletionFunction) {
  EXPECT_THAT(CompletionScript(SmallTree(), "zsh"), HasSubstr("#compdef tidemill\n"));
}

TEST(CompletionTest, OtherShellsAreRefused) { EXPECT_THROW(CompletionScript(SmallTree(), "csh"), CommandError); }

}  // namespace
}  // namespace tidemill::cli
