#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <tidemill/cli/environment.h>
#include <tidemill/locations/executable_location.h>

#include "command.h"

namespace tidemill::cli {

/// A code location and the repository of it that a command is about.
struct LoadedLocation {
  std::unique_ptr<locations::ExecutableLocation> client;
  locations::LocationInfo info;
  std::string repository_name;
  model::RepositorySnap repository;
};

/// Starts the code locations that the options, or else $TIDEMILL_LOCATION, name; returns while they load.
std::vector<std::unique_ptr<locations::ExecutableLocation>> StartLocations(const LocationOptions& options,
                                                                           const Environment& environment);
/// The same for a command that works on one.
std::unique_ptr<locations::ExecutableLocation> StartLocation(const LocationOptions& options,
                                                             const Environment& environment);

/// Asks a started location for its repository. Throws CommandError: kLocation if it does not load, kUsage if the
/// options do not name one of its repositories.
LoadedLocation Load(std::unique_ptr<locations::ExecutableLocation> client, const LocationOptions& options);

/// The job of this name, or the only one where there is none given. Throws CommandError(kUsage) that lists the jobs.
std::string ChooseJob(const model::RepositorySnap& repository, const std::optional<std::string>& name);

/// Names of the jobs that users defined, sorted: without Dagster's hidden asset jobs.
std::vector<std::string> JobNames(const model::RepositorySnap& repository);

}  // namespace tidemill::cli
