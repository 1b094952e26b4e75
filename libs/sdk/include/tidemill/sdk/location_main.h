#pragma once

#include <functional>

#include <tidemill/sdk/definitions.h>

namespace tidemill::sdk {

/// The main function of a code location's executable: serves hosts (serve, serve-stdio), executes runs and steps (api
/// …). `define` is called once, and only by the subcommands that need the definitions. Returns the exit code; what
/// `define` throws becomes one line on stderr, or the answer to each request of the host.
int LocationMain(int argc, char** argv, const std::function<Definitions()>& define);

}  // namespace tidemill::sdk

/// Makes the executable a code location with the definitions that `function` returns.
#define TIDEMILL_LOCATION(function) \
  int main(int argc, char** argv) { return ::tidemill::sdk::LocationMain(argc, argv, function); }
