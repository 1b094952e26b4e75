#pragma once

#include <string>
#include <vector>

#include <tidemill/cli/environment.h>

namespace tidemill::cli {

/// Runs one command line (without the program's name) and returns the exit code, which `tidemill help exit-codes`
/// lists. Throws nothing: each failure is one line "error: …" on environment.err.
int RunCommandLine(const std::vector<std::string>& arguments, Environment& environment);

/// The same for the process's own arguments, streams, variables and clock. Sets SIGPIPE to be ignored.
int Main(int argc, char** argv);

}  // namespace tidemill::cli
