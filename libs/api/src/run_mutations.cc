#include "run_mutations.h"

#include <filesystem>
#include <string>
#include <utility>
#include <variant>

#include <tidemill/api/api.h>
#include <tidemill/base/file.h>

#include "errors.h"
#include "mutation.h"
#include "run.h"

namespace tidemill::api {
namespace {

struct RunDeleted {
  std::string run_id;
};
struct TelemetryTaken {
  std::string action;
};

std::variant<RunDeleted, NamedError, PythonError> DeleteRun(const graphql::Arguments& arguments,
                                                            const RequestContext& context) {
  if (context.read_only()) return Unauthorized();
  auto run_id = arguments.Get<std::string>("runId");
  try {
    if (!context.storage().runs().GetRun(run_id)) return RunNotFound(run_id);
    context.storage().events().DeleteRunEvents(run_id);
    context.storage().runs().DeleteRun(run_id);
  } catch (const Error& error) {
    return ToPythonError(error);
  }
  return RunDeleted{std::move(run_id)};
}

/// Dagster's mark that the greeting was seen: whether there is such a file.
std::filesystem::path GreetingMark(const RequestContext& context) {
  return context.instance().home() / ".nux" / "nux.yaml";
}

bool MarkGreetingSeen(const RequestContext& context) {
  WriteFileAtomic(GreetingMark(context), "seen: 1\n");
  return true;
}

}  // namespace

void BindRunMutations(graphql::Schema& schema) {
  schema.Object<RunDeleted>("DeletePipelineRunSuccess").Field("runId", &RunDeleted::run_id);
  schema.Object<TelemetryTaken>("LogTelemetrySuccess").Field("action", &TelemetryTaken::action);
  schema.Query().Field("shouldShowNux", [](const RequestContext& context) {
    return context.instance().config().nux_enabled && !std::filesystem::exists(GreetingMark(context));
  });
  schema.Mutation()
      .Field("deleteRun", DeleteRun)
      .Field("deletePipelineRun", DeleteRun)
      .Field("setNuxSeen", MarkGreetingSeen)
      .Field("logTelemetry",
             [](const graphql::Arguments& arguments) { return TelemetryTaken{arguments.Get<std::string>("action")}; });
}

}  // namespace tidemill::api
