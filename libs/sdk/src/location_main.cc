#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <span>

#include <fmt/format.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/contract/contract.h>
#include <tidemill/engine/api_commands.h>
#include <tidemill/instance/instance.h>
#include <tidemill/location_server/serve_command.h>
#include <tidemill/sdk/location_handlers.h>
#include <tidemill/sdk/location_main.h>

#include "deferred_definitions.h"
#include "instance_home.h"

namespace tidemill::sdk {
namespace {

using Define = std::function<Definitions()>;
using Arguments = std::span<const std::string>;

constexpr std::string_view kHelp = R"(A code location of Tidemill: pipelines in C++ behind Dagster's protocols.

Usage: {0} serve [--port N | --socket PATH] [--host NAME] [--heartbeat] [--heartbeat-timeout SECONDS]
           [--fixed-server-id ID] [--location-name NAME] [--container-image IMAGE] [--container-context JSON]
           [--instance-ref JSON]
           Answers Dagster's code-location API over gRPC, until SIGTERM, ShutdownServer or, with --heartbeat, no more
           heartbeats, and the end of its runs. Prints the address; without a port or socket it picks a free port.
       {0} serve-stdio
           Answers a host: one line of JSON in, one line out, until the input ends.
       {0} api execute_run  [ARGS | --compressed-input-json ARGS] [--ack-fd N]
       {0} api execute_step [ARGS | --compressed-input-json ARGS]
           Executes a run, or one step of a run. ARGS is the JSON of Dagster's ExecuteRunArgs or ExecuteStepArgs, compressed
           as base64 of zlib; without it DAGSTER_COMPRESSED_EXECUTE_RUN_ARGS or DAGSTER_COMPRESSED_EXECUTE_STEP_ARGS is read.
       {0} check
           Loads the definitions and says what is wrong with them, if anything.
       {0} --version | --help

Hosts find these pipelines by the path of this executable.
)";

std::optional<std::string> DagsterHome() {
  const char* value = std::getenv("DAGSTER_HOME");
  if (value == nullptr) return {};
  return value;
}

/// The storage of an instance, together with the instance.
class InstanceStorage final : public storage::Storage {
 public:
  explicit InstanceStorage(instance::Instance instance) : instance_(std::move(instance)) {}

  const instance::Instance& instance() const { return instance_; }

  storage::EventStorage& events() override { return instance_.storage().events(); }
  storage::RunStorage& runs() override { return instance_.storage().runs(); }
  storage::ScheduleStorage& schedules() override { return instance_.storage().schedules(); }
  std::vector<Revision> Revisions() override { return instance_.storage().Revisions(); }
  std::vector<std::string> Migrate() override { return instance_.storage().Migrate(); }

 private:
  instance::Instance instance_;
};

engine::OpenedInstance OpenInstance(const json::Value& instance_ref) {
  auto storage = std::make_unique<InstanceStorage>(instance::Instance::Open(InstanceHome(instance_ref, DagsterHome())));
  engine::OpenedInstance opened;
  opened.storage_root = storage->instance().ArtifactFolder();
  opened.compute_log_root = storage->instance().ComputeLogFolder();
  opened.storage = std::move(storage);
  return opened;
}

int Serve(const Define& define, Arguments options) {
  const location_server::ServeArguments arguments = location_server::ParseServeArguments(options);
  const SystemClock clock;
  LocationHandlers handlers({std::filesystem::read_symlink("/proc/self/exe"), std::filesystem::current_path(),
                             arguments.server.container_image, arguments.container_context},
                            define, clock);
  try {
    handlers.Load();
  } catch (const std::exception& error) {
    // Hosts are answered by it, too.
    std::cerr << error.what() << "\n";
  }
  location_server::Serve(arguments, handlers, OpenInstance);
  return engine::exit_code::kDone;
}

int ServeStdio(const Define& define) {
  // What user code prints must not reach the host: it goes to standard error.
  const FileDescriptor output(::dup(STDOUT_FILENO));
  if (!output.is_open() || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) ThrowErrno("keeping the host's descriptor", errno);
  const SystemClock clock;
  LocationHandlers handlers({std::filesystem::read_symlink("/proc/self/exe"), std::filesystem::current_path()}, define,
                            clock);
  ServeLines(handlers, STDIN_FILENO, output.get());
  return engine::exit_code::kDone;
}

int Check(const Define& define) {
  const Definitions definitions = define();
  definitions.Validate();
  std::cout << fmt::format("{} jobs are fine: {}\n", definitions.JobNames().size(),
                           fmt::join(definitions.JobNames(), ", "));
  return engine::exit_code::kDone;
}

int Run(const std::string& program, Arguments arguments, const Define& define) {
  const std::string command = arguments.empty() ? "--help" : arguments[0];
  if (command == "serve") return Serve(define, arguments.subspan(1));
  if (command == "serve-stdio" && arguments.size() == 1) return ServeStdio(define);
  if (command == "api" && arguments.size() > 1) {
    const DeferredDefinitions location(define);
    if (arguments[1] == "execute_run") return engine::ExecuteRunMain(location, OpenInstance, arguments.subspan(2));
    if (arguments[1] == "execute_step") return engine::ExecuteStepMain(location, OpenInstance, arguments.subspan(2));
  }
  if (command == "check" && arguments.size() == 1) return Check(define);
  if (command == "--version") {
    std::cout << fmt::format("{}: a code location of Tidemill for Dagster {}\n", program,
                             contract::Contract::Get().dagster_version());
    return engine::exit_code::kDone;
  }
  if (command == "--help" || command == "-h") {
    std::cout << fmt::format(kHelp, program);
    return engine::exit_code::kDone;
  }
  std::cerr << fmt::format("{}: there is no command \"{}\"; see --help\n", program, fmt::join(arguments, " "));
  return engine::exit_code::kUsage;
}

}  // namespace

int LocationMain(int argc, char** argv, const Define& define) {
  const std::string program = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "location";
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  try {
    return Run(program, arguments, define);
  } catch (const std::exception& error) {
    std::cerr << program << ": " << error.what() << "\n";
    return engine::exit_code::kFailed;
  }
}

}  // namespace tidemill::sdk
