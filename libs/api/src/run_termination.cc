#include "run_termination.h"

#include <string>
#include <variant>
#include <vector>

#include <tidemill/base/error.h>
#include <tidemill/launch/cancel.h>

#include "mutation.h"
#include "run.h"

namespace tidemill::api {
namespace {

/// TerminateRunSuccess.
struct Terminating {
  Run run;
};
/// TerminateRunFailure.
struct NotTerminated {
  Run run;
  std::string message;
};
using Termination = std::variant<Terminating, NotTerminated, NamedError, PythonError>;

struct Terminations {
  std::vector<Termination> results;
};

launch::CancelPolicy PolicyOf(const graphql::Arguments& arguments) {
  return arguments.Get("terminatePolicy", std::string()) == "MARK_AS_CANCELED_IMMEDIATELY"
             ? launch::CancelPolicy::kMarkAsCanceled
             : launch::CancelPolicy::kAskWorker;
}

Termination Terminate(const RequestContext& context, const std::string& run_id, launch::CancelPolicy policy) {
  const auto run = FindRun(context, run_id);
  if (!run) {
    if (context.read_only()) return Unauthorized();
    return RunNotFound(run_id);
  }
  if (context.read_only()) return NotTerminated{*run, "You do not have permission to terminate this run"};
  const Services& services = context.services();
  if (services.launcher == nullptr) {
    return NotTerminated{*run, "this server starts and ends no runs: terminate it where it was launched"};
  }
  try {
    const auto refusal =
        launch::RequestCancel({context.instance(), services.clock}, run_id, policy, *services.launcher);
    if (refusal) return NotTerminated{*run, *refusal};
    // As the real server: who asked the worker sees the run as it was, who marked it sees it canceled.
    if (policy == launch::CancelPolicy::kAskWorker) return Terminating{*run};
    return Terminating{FindRun(context, run_id).value_or(*run)};
  } catch (const Error& error) {
    return ToPythonError(error);
  }
}

Termination TerminateOne(const graphql::Arguments& arguments, const RequestContext& context) {
  return Terminate(context, arguments.Get<std::string>("runId"), PolicyOf(arguments));
}

Terminations TerminateSeveral(const graphql::Arguments& arguments, const RequestContext& context) {
  Terminations terminations;
  for (const auto& run_id : arguments.Get<std::vector<std::string>>("runIds")) {
    terminations.results.push_back(Terminate(context, run_id, PolicyOf(arguments)));
  }
  return terminations;
}

}  // namespace

void BindRunTermination(graphql::Schema& schema) {
  schema.Object<Terminating>("TerminateRunSuccess").Field("run", &Terminating::run);
  schema.Object<NotTerminated>("TerminateRunFailure")
      .Field("run", &NotTerminated::run)
      .Field("message", &NotTerminated::message);
  schema.Object<Terminations>("TerminateRunsResult").Field("terminateRunResults", &Terminations::results);
  schema.Mutation()
      .Field("terminateRun", TerminateOne)
      .Field("terminatePipelineExecution", TerminateOne)
      .Field("terminateRuns", TerminateSeveral);
}

}  // namespace tidemill::api
