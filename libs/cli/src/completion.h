#pragma once

#include <string>
#include <string_view>

#include "command_line.h"

namespace tidemill::cli {

/// A script that completes the commands and options of `root` in "bash", "zsh" or "fish".
std::string CompletionScript(const CommandNode& root, std::string_view shell);

}  // namespace tidemill::cli
