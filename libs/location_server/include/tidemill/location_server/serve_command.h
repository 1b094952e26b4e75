#pragma once

#include <optional>
#include <span>
#include <string>

#include <tidemill/base/json.h>
#include <tidemill/location_server/server.h>

namespace tidemill::location_server {

/// What `serve` is told on its command line and by the environment.
struct ServeArguments {
  ServerOptions server;
  std::optional<std::string> location_name;
  json::Value container_context = json::Object{};
};

/// The options are those of `dagster api grpc` that make sense for an executable. Throws Error(kInvalidArgument) that
/// names the option.
ServeArguments ParseServeArguments(std::span<const std::string> arguments);

/// Serves until SIGTERM, SIGINT or ShutdownServer, and until its runs have ended; a second signal ends them. Writes one
/// line with the address to standard output when it listens. The process must have no other thread yet.
void Serve(const ServeArguments& arguments, LocationService& service, const engine::InstanceOpener& open);

}  // namespace tidemill::location_server
