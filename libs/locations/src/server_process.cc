#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <tidemill/locations/location_spec.h>
#include <tidemill/locations/server_process.h>

namespace tidemill::locations {
namespace {

using model::LocationSpec;
using model::PythonTarget;
using std::chrono::milliseconds;

const char* OptionOf(PythonTarget::Kind kind) {
  switch (kind) {
    case PythonTarget::Kind::kFile:
      return "-f";
    case PythonTarget::Kind::kModule:
      return "-m";
    case PythonTarget::Kind::kPackage:
      return "--package-name";
    case PythonTarget::Kind::kAutoloadModule:
      return "--autoload-defs-module-name";
  }
  return "-f";
}

void AddPython(std::vector<std::string>& command, const LocationSpec& spec, const PythonTarget& python,
               const ServerProcessOptions& options) {
  command.insert(command.begin(),
                 {python.python.value_or(options.python), "-m", "dagster", "api", "grpc", "--lazy-load-user-code"});
  command.insert(command.end(), {"--log-level", "info"});
  if (python.python) command.push_back("--use-python-environment-entry-point");
  command.push_back("--inject-env-vars-from-instance");
  if (!options.instance_ref.is_null()) {
    command.insert(command.end(), {"--instance-ref", json::Dump(options.instance_ref, json::Order::kSorted)});
  }
  command.insert(command.end(), {"--location-name", spec.name, OptionOf(python.kind), python.target});
  if (python.working_directory) command.insert(command.end(), {"-d", *python.working_directory});
  if (python.attribute) command.insert(command.end(), {"-a", *python.attribute});
}

/// A folder that only this user may enter, so nobody else can put a socket there.
std::filesystem::path MakeFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "tidemill-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) ThrowErrno("making a folder for a server's socket", errno);
  return pattern;
}

}  // namespace

std::vector<std::string> ServerCommand(const LocationSpec& spec, const std::filesystem::path& socket,
                                       const ServerProcessOptions& options) {
  std::vector<std::string> command{"--socket", socket.string(), "--heartbeat", "--heartbeat-timeout",
                                   std::to_string(options.heartbeat_timeout.count())};
  if (const auto* python = std::get_if<PythonTarget>(&spec.target)) {
    AddPython(command, spec, *python, options);
  } else {
    const auto& executable = std::get<model::ExecutableTarget>(spec.target);
    command.insert(command.begin(), {executable.path, "serve"});
    command.insert(command.end(), {"--location-name", spec.name});
  }
  return command;
}

ServerProcess::ServerProcess(const LocationSpec& spec, const ServerProcessOptions& options, CallTimeouts timeouts)
    : name_(spec.name), options_(options), folder_(MakeFolder()) {
  const std::filesystem::path socket = folder_ / "grpc";
  model::GrpcServerTarget server;
  server.socket = socket.string();
  client_ = std::make_shared<GrpcLocation>(name_, LocationOrigin(spec), server, timeouts);
  const FileDescriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  SpawnOptions spawn;
  spawn.argv = ServerCommand(spec, socket, options);
  spawn.descriptors = {{0, null.get()}, {1, output_.descriptor()}, {2, output_.descriptor()}};
  spawn.own_group = true;
  spawn.environment = EnvironmentWithout({"DAGSTER_GRPC_PORT", "DAGSTER_GRPC_SOCKET", "DAGSTER_GRPC_HOST"});
  try {
    process_ = std::make_unique<ChildProcess>(spawn);
  } catch (const Error& error) {
    std::filesystem::remove_all(folder_);
    throw Error(Code::kUnavailable, fmt::format("code location {}: {}", name_, error.what()));
  }
}

ServerProcess::~ServerProcess() {
  heartbeats_ = std::jthread();
  process_.reset();
  PassOutputOn();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void ServerProcess::WaitUntilReady(milliseconds timeout, int cancelled) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (milliseconds pause(2);; pause = std::min(pause * 2, milliseconds(100))) {
    std::error_code ignored;
    // The socket's file is there before the server answers; asking earlier would wait for the channel's next attempt.
    if (std::filesystem::exists(folder_ / "grpc", ignored)) {
      try {
        client_->Ping(std::max(milliseconds(500), pause));
        break;
      } catch (const Error&) {  // Not yet.
      }
    }
    pollfd entries[] = {{exit_descriptor(), POLLIN, 0}, {cancelled, POLLIN, 0}};
    ::poll(entries, std::size(entries), static_cast<int>(pause.count()));
    if (entries[0].revents != 0) {
      throw Error(Code::kUnavailable, fmt::format("code location {}: its server {}", name_, DescribeEnd()));
    }
    if (entries[1].revents != 0) throw Error(Code::kCancelled, fmt::format("code location {}: stopped", name_));
    if (std::chrono::steady_clock::now() > deadline) {
      throw Error(Code::kDeadlineExceeded,
                  fmt::format("code location {}: its server did not answer within {:.0f} s (code_servers: "
                              "local_startup_timeout in dagster.yaml)",
                              name_, std::chrono::duration<double>(timeout).count()));
    }
  }
  heartbeats_ = std::jthread([this](const std::stop_token& stop) { Beat(stop); });
}

std::string ServerProcess::DescribeEnd() {
  const ExitStatus status = process_->Wait();
  PassOutputOn();
  const std::lock_guard lock(output_mutex_);
  std::string text = status.Describe();
  const std::string words = output_.Tail();
  if (!words.empty()) text += "; it wrote:\n" + words;
  return text;
}

void ServerProcess::Beat(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      client_->Heartbeat(std::chrono::duration_cast<milliseconds>(options_.heartbeat_timeout) / 2);
    } catch (const Error&) {  // Whoever waits for its end will see it.
    }
    PassOutputOn();
    std::unique_lock lock(beat_mutex_);
    beat_.wait_for(lock, stop, options_.heartbeat, [] { return false; });
  }
}

void ServerProcess::PassOutputOn() {
  if (!options_.passes_output_on) return;
  const std::lock_guard lock(output_mutex_);
  output_.PassOn(STDERR_FILENO);
}

void ServerProcess::Retire() {
  try {
    client_->ShutdownServer(std::chrono::seconds(2));
  } catch (const Error&) {
    process_->Signal(SIGTERM);
  }
}

void ServerProcess::Stop(milliseconds grace) {
  if (has_ended()) return;
  Retire();
  if (process_->WaitFor(grace)) return;
  process_->Signal(SIGTERM);
  if (process_->WaitFor(grace)) return;
  process_->Signal(SIGKILL);
  process_->Wait();
}

}  // namespace tidemill::locations
