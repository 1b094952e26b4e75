#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/signalfd.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/location_server/serve_command.h>

namespace tidemill::location_server {
namespace {

[[noreturn]] void ThrowBad(std::string_view option, std::string_view value, std::string_view wanted) {
  throw Error(Code::kInvalidArgument, fmt::format("serve: {} {}: {} is wanted", option, value, wanted));
}

int Number(std::string_view option, const std::string& text, int low, int high) {
  int number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || number < low || number > high) {
    ThrowBad(option, text, fmt::format("a number from {} to {}", low, high));
  }
  return number;
}

json::Value JsonOption(std::string_view option, const std::string& text) {
  try {
    json::Value value = json::Parse(text);
    value.AsObject();
    return value;
  } catch (const Error& error) {
    ThrowBad(option, text, "a JSON object");
  }
}

std::optional<std::string> Variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return {};
  return value;
}

/// SIGTERM and SIGINT, as data; threads that start later inherit that they are blocked.
FileDescriptor TakeStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM}) {
    sigaddset(&signals, signal);
    // Where a launcher left it ignored, nothing would end the server.
    std::signal(signal, SIG_DFL);
  }
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  FileDescriptor descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!descriptor.is_open()) ThrowErrno("signalfd", errno);
  return descriptor;
}

}  // namespace

ServeArguments ParseServeArguments(std::span<const std::string> arguments) {
  ServeArguments parsed;
  ServerOptions& server = parsed.server;
  server.container_image = Variable("DAGSTER_CONTAINER_IMAGE");
  if (!server.container_image) server.container_image = Variable("DAGSTER_CURRENT_IMAGE");
  if (const auto socket = Variable("DAGSTER_GRPC_SOCKET")) server.socket = *socket;
  int heartbeat_seconds = 30;
  bool has_heartbeat = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& option = arguments[i];
    if (option == "--heartbeat") {
      has_heartbeat = true;
      continue;
    }
    if (i + 1 == arguments.size()) ThrowBad(option, "", "a known option with its value (see --help)");
    const std::string& value = arguments[++i];
    if (option == "--port" || option == "-p") {
      server.port = Number(option, value, 0, 65535);
      server.socket.clear();
    } else if (option == "--host" || option == "-h") {
      server.host = value;
    } else if (option == "--socket" || option == "-s") {
      server.socket = value;
    } else if (option == "--heartbeat-timeout") {
      heartbeat_seconds = Number(option, value, 1, 86400);
    } else if (option == "--fixed-server-id") {
      server.server_id = value;
    } else if (option == "--location-name") {
      parsed.location_name = value;
    } else if (option == "--container-image") {
      server.container_image = value;
    } else if (option == "--container-context") {
      parsed.container_context = JsonOption(option, value);
    } else if (option == "--instance-ref") {
      server.instance_ref = JsonOption(option, value);
    } else {
      ThrowBad(option, value, "a known option (see --help)");
    }
  }
  if (has_heartbeat) server.heartbeat_timeout = std::chrono::seconds(heartbeat_seconds);
  return parsed;
}

void Serve(const ServeArguments& arguments, LocationService& service, const engine::InstanceOpener& open) {
  const FileDescriptor signals = TakeStopSignals();
  const SystemClock clock;
  Server server(arguments.server, service, open, clock);
  fmt::print("{} listens on {}\n", arguments.location_name.value_or("the code location"), server.address());
  std::fflush(stdout);
  server.Run(signals.get());
}

}  // namespace tidemill::location_server
