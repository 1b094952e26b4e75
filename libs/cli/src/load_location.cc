#include "load_location.h"

#include <algorithm>

#include <fmt/format.h>

#include "exit_code.h"
#include "text.h"

namespace tidemill::cli {
namespace {

/// Dagster's implicit jobs over all assets start so.
constexpr std::string_view kHiddenJobPrefix = "__";

std::vector<std::string> ExecutablesOf(const LocationOptions& options, const Environment& environment) {
  if (!options.executables.empty()) return options.executables;
  const std::string variable = environment.variable("TIDEMILL_LOCATION").value_or("");
  if (variable.empty()) {
    ThrowUsage("no code location: give --location EXECUTABLE, or set TIDEMILL_LOCATION");
  }
  return {variable};
}

/// A file of this name, or else what PATH has.
std::filesystem::path PathOf(const std::string& executable) {
  std::error_code ignored;
  if (executable.find('/') == std::string::npos && !std::filesystem::exists(executable, ignored)) return executable;
  return std::filesystem::absolute(executable).lexically_normal();
}

std::string ChooseRepository(const locations::LocationInfo& info, const LocationOptions& options,
                             const std::string& location_name) {
  std::vector<std::string> names;
  for (const auto& repository : info.repositories) names.push_back(repository.name);
  if (!options.repository) {
    if (names.size() == 1) return names.front();
    ThrowUsage(fmt::format("code location {} has {} repositories; choose with --repository: {}", location_name,
                           names.size(), Join(names)));
  }
  if (std::find(names.begin(), names.end(), *options.repository) == names.end()) {
    ThrowUsage(
        fmt::format("code location {} has no repository {}, only {}", location_name, *options.repository, Join(names)));
  }
  return *options.repository;
}

}  // namespace

std::vector<std::unique_ptr<locations::ExecutableLocation>> StartLocations(const LocationOptions& options,
                                                                           const Environment& environment) {
  std::vector<std::unique_ptr<locations::ExecutableLocation>> started;
  for (const std::string& executable : ExecutablesOf(options, environment)) {
    started.push_back(AskLocation([&] { return std::make_unique<locations::ExecutableLocation>(PathOf(executable)); }));
  }
  return started;
}

std::unique_ptr<locations::ExecutableLocation> StartLocation(const LocationOptions& options,
                                                             const Environment& environment) {
  if (options.executables.size() > 1) ThrowUsage("this command works on one code location: give --location once");
  return std::move(StartLocations(options, environment).front());
}

LoadedLocation Load(std::unique_ptr<locations::ExecutableLocation> client, const LocationOptions& options) {
  LoadedLocation loaded;
  loaded.client = std::move(client);
  loaded.info = AskLocation([&] { return loaded.client->Info(); });
  loaded.repository_name = ChooseRepository(loaded.info, options, loaded.client->name());
  loaded.repository = AskLocation([&] { return loaded.client->Repository(loaded.repository_name); });
  return loaded;
}

std::vector<std::string> JobNames(const model::RepositorySnap& repository) {
  std::vector<std::string> names;
  if (repository.job_refs) {
    for (const model::JobRefSnap& job : *repository.job_refs) names.push_back(job.name);
  }
  if (repository.jobs) {
    for (const model::JobDataSnap& job : *repository.jobs) names.push_back(job.name);
  }
  std::erase_if(names, [](const std::string& name) { return name.starts_with(kHiddenJobPrefix); });
  std::sort(names.begin(), names.end());
  return names;
}

std::string ChooseJob(const model::RepositorySnap& repository, const std::optional<std::string>& name) {
  const std::vector<std::string> names = JobNames(repository);
  if (!name) {
    if (names.size() == 1) return names.front();
    ThrowUsage(names.empty() ? std::string("the code location has no jobs")
                             : fmt::format("there are several jobs; choose with --job: {}", Join(names)));
  }
  const bool hidden = name->starts_with(kHiddenJobPrefix);
  if (!hidden && std::find(names.begin(), names.end(), *name) == names.end()) {
    ThrowUsage(fmt::format("no job {}; there are: {}", *name, Join(names)));
  }
  return *name;
}

}  // namespace tidemill::cli
