// The test jobs as an executable, with the commands of a code location: `api execute_run …`, `api execute_step …`.
// TIDEMILL_TEST_HOME names the instance.
#include <cstdlib>
#include <string>
#include <vector>

#include <tidemill/engine/api_commands.h>
#include <tidemill/storage_sqlite/open.h>

#include "test_location.h"

int main(int argc, char** argv) {
  using namespace tidemill::engine;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 2 || arguments[0] != "api") return 2;
  const InstanceOpener open = [](const tidemill::json::Value&) {
    const std::filesystem::path home = std::getenv("TIDEMILL_TEST_HOME");
    return OpenedInstance{tidemill::storage_sqlite::Open(home), home / "storage", home / "storage"};
  };
  const testing::TestLocation location = testing::MakeTestLocation();
  const std::span<const std::string> rest = std::span(arguments).subspan(2);
  return arguments[1] == "execute_run" ? ExecuteRunMain(location, open, rest) : ExecuteStepMain(location, open, rest);
}
