#include <fmt/format.h>

#include <tidemill/assets/asset_graph.h>

#include "commands.h"
#include "load_location.h"
#include "paint.h"
#include "text.h"

namespace tidemill::cli {
namespace {

/// What one location holds, or why it does not load.
struct Validation {
  std::string name;
  std::optional<std::string> error;
  std::size_t assets = 0;
  std::size_t checks = 0;
  std::size_t jobs = 0;
  std::size_t schedules = 0;
  std::size_t sensors = 0;
};

/// Loads everything that a server would: the repository and each job's snapshot.
void Validate(std::unique_ptr<locations::ExecutableLocation> started, const LocationOptions& options, Validation& out) {
  const LoadedLocation location = Load(std::move(started), options);
  const assets::AssetGraph graph(location.repository);
  graph.topological_order();
  for (const std::string& name : JobNames(location.repository)) {
    AskLocation([&] { return location.client->Job(location.repository_name, name); });
    ++out.jobs;
  }
  out.assets = location.repository.asset_nodes.size();
  out.checks = location.repository.asset_checks.size();
  out.schedules = location.repository.schedules.size();
  out.sensors = location.repository.sensors.size();
}

json::Value ValidationJson(const Validation& one) {
  const auto number = [](std::size_t count) { return json::Value(static_cast<std::int64_t>(count)); };
  return json::Object{{"location", one.name},
                      {"valid", !one.error.has_value()},
                      {"error", one.error ? json::Value(*one.error) : json::Value()},
                      {"assets", number(one.assets)},
                      {"checks", number(one.checks)},
                      {"jobs", number(one.jobs)},
                      {"schedules", number(one.schedules)},
                      {"sensors", number(one.sensors)}};
}

}  // namespace

ExitCode Run(const DefinitionsValidate& command, Environment& environment) {
  json::Array all;
  bool valid = true;
  const Paint paint(environment.out, environment);
  for (auto& started : StartLocations(command.location, environment)) {
    Validation one;
    one.name = started->name();
    try {
      Validate(std::move(started), command.location, one);
    } catch (const Error& error) {
      one.error = error.what();
      valid = false;
    }
    if (command.json) {
      all.push_back(ValidationJson(one));
    } else if (one.error) {
      environment.err.Write(fmt::format("error: {}\n", *one.error));
    } else {
      environment.out.Write(fmt::format("{} is {}: {}, {}, {}, {}, {}\n", one.name, paint(Color::kGreen, "valid"),
                                        Count(one.assets, "asset"), Count(one.checks, "check"), Count(one.jobs, "job"),
                                        Count(one.schedules, "schedule"), Count(one.sensors, "sensor")));
    }
  }
  if (command.json) environment.out.Write(json::DumpPretty(all) + "\n");
  return valid ? ExitCode::kOk : ExitCode::kLocation;
}

}  // namespace tidemill::cli
