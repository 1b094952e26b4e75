#pragma once

#include <string>
#include <variant>

#include <tidemill/launch/create_run.h>

#include "jobs.h"
#include "run.h"
#include "run_config.h"

namespace tidemill::api {

/// LaunchRunSuccess.
struct Launched {
  Run run;
};

/// LaunchRunResult and LaunchRunReexecutionResult.
using LaunchResult = std::variant<Launched, NamedError, InvalidSubset, RunConfigInvalid, PythonError>;

/// Creates the run and hands it to the queue or, without one, to the launcher. What does not fit is in the result.
LaunchResult Launch(const RequestContext& context, const JobSelector& selector, launch::Request request);

/// launchRun, launchMultipleRuns, launchRunReexecution and their older names.
void BindRunLaunch(graphql::Schema& schema);

}  // namespace tidemill::api
