#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tidemill/engine/run_creation.h>
#include <tidemill/locations/code_location_client.h>
#include <tidemill/model/runs.h>

#include "exit_code.h"
#include "home.h"
#include "load_location.h"
#include "progress_output.h"
#include "run_progress.h"

namespace tidemill::cli {

/// A run to create and execute.
struct LaunchRequest {
  locations::JobTarget target;
  json::Value run_config = json::Object{};
  model::Tags tags;
  std::optional<std::string> run_id;
  /// Of a run that executes another one again.
  std::optional<engine::Reexecution> reexecution;
  /// A failed check of severity ERROR makes the command fail, though the run succeeded.
  bool fails_on_checks = false;
};

/// How it went: the run as it is stored now, and where its steps stand.
struct LaunchResult {
  model::RunRecord record;
  RunProgress progress;
  ExitCode exit_code;
};

/// Creates the run, executes it in a worker process of the location's executable, shows it on `output`, and returns
/// when it has ended. If the worker dies before, the run is recorded as failed. `is_last`: the location is not needed
/// any more. Throws CommandError: kUsage for what the location refuses, kLocation, kStorage.
LaunchResult Launch(LoadedLocation& location, const Home& home, const LaunchRequest& request, bool is_last,
                    ProgressOutput& output, Environment& environment);

/// Launches one run after the other until one does not succeed, and writes the results: as JSON if `json`.
ExitCode LaunchAll(LoadedLocation& location, const Home& home, const std::vector<LaunchRequest>& requests, bool json,
                   Environment& environment);

}  // namespace tidemill::cli
