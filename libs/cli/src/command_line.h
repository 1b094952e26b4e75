#pragma once

#include <string>
#include <vector>

#include "command.h"

namespace tidemill::cli {

/// Reads a command line (without the program's name). Throws CommandError(kUsage) with the remedy.
Command ParseCommandLine(const std::vector<std::string>& arguments);

/// One command of the tree, for completion.
struct CommandNode {
  struct Option {
    std::vector<std::string> names;  ///< With their dashes, e.g. "-j", "--job".
    std::string description;
    bool takes_value = false;
    std::vector<std::string> choices;  ///< Of its value, where they are few.
    bool is_file = false;              ///< Its value is a path.
  };
  std::string name;
  std::string description;
  std::vector<Option> options;
  std::vector<std::string> argument_choices;
  std::vector<CommandNode> commands;
};

/// The root, named "tidemill".
CommandNode CommandTree();

}  // namespace tidemill::cli
