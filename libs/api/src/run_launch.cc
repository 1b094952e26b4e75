#include "run_launch.h"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/launch/reexecution.h>
#include <tidemill/launch/submit.h>

#include "mutation.h"

namespace tidemill::api {
namespace {

/// LaunchMultipleRunsResult.
struct LaunchedRuns {
  std::vector<LaunchResult> results;
};

constexpr std::string_view kResumeRetry = model::tag::kResumeRetry;

launch::Context ContextOf(const RequestContext& context) { return {context.instance(), context.services().clock}; }

model::Run GetRun(const RequestContext& context, const std::string& run_id) {
  auto record = context.storage().runs().GetRun(run_id);
  if (record) return std::move(record->run);
  throw Error(Code::kNotFound, fmt::format("there is no run {} that could be executed again", run_id));
}

model::Tags TagsOf(const graphql::Input& input, std::string_view name) {
  model::Tags tags;
  for (const graphql::Input& tag : input.Get(name, std::vector<graphql::Input>())) {
    model::SetTag(tags, tag.Get<std::string>("key"), tag.Get<std::string>("value"));
  }
  return tags;
}

/// What the parameters say of the run that is executed again: its steps are chosen, or those that failed are, or all.
engine::Reexecution ReexecutionOf(const RequestContext& context, const graphql::Input& metadata,
                                  const model::Tags& tags, const std::vector<std::string>& step_keys) {
  const auto parent_id = metadata.Get<std::optional<std::string>>("parentRunId");
  const std::string* resumes = model::FindTag(tags, kResumeRetry);
  const bool from_failure = step_keys.empty() && resumes != nullptr && *resumes == "true";
  engine::Reexecution again;
  if (from_failure || !step_keys.empty()) {
    const auto strategy =
        from_failure ? engine::ReexecutionStrategy::kFromFailure : engine::ReexecutionStrategy::kChosenSteps;
    again = engine::PlanReexecution(context.storage(), GetRun(context, parent_id.value_or("")), strategy, step_keys);
  }
  again.parent_run_id = parent_id.value_or("");
  again.root_run_id = metadata.Get<std::optional<std::string>>("rootRunId").value_or(again.parent_run_id);
  return again;
}

std::optional<NamedError> ConflictWithPreset(const graphql::Input& params, const JobSelector& selector) {
  const auto conflict = [](std::string_view param) {
    return NamedError("ConflictingExecutionParamsError",
                      fmt::format("Invalid ExecutionParams. Cannot define {} when using a preset.", param));
  };
  const json::Value* config = params.Find("runConfigData");
  if (config != nullptr && !config->is_null()) return conflict("runConfigData");
  if (params.Get<std::optional<std::string>>("mode")) return conflict("mode");
  if (selector.target.op_selection) return conflict("selector.solid_selection");
  return std::nullopt;
}

const json::Value* FindPreset(const Job& job, std::string_view name) {
  for (const json::Value& preset : job.ref->active_presets) {
    const json::Value* preset_name = preset.Find("name");
    if (preset_name != nullptr && preset_name->is_string() && preset_name->AsString() == name) return &preset;
  }
  return nullptr;
}

/// Takes configuration and ops from the preset that the parameters name.
std::optional<NamedError> ApplyPreset(const RequestContext& context, const graphql::Input& params,
                                      JobSelector& selector, json::Value& run_config) {
  const auto name = params.Get<std::string>("preset");
  if (auto conflict = ConflictWithPreset(params, selector)) return conflict;
  const auto job = FindWholeJob(selector, context);
  if (!job) return JobNotFound(selector);
  const json::Value* preset = FindPreset(*job, name);
  if (preset == nullptr) {
    return NamedError("PresetNotFoundError",
                      fmt::format("Preset {} not found in pipeline {}.", name, selector.target.job_name))
        .With("preset", name);
  }
  if (const json::Value* config = preset->Find("run_config"); config != nullptr && !config->is_null()) {
    run_config = *config;
  }
  if (const json::Value* ops = preset->Find("solid_selection"); ops != nullptr && !ops->is_null()) {
    selector.target.op_selection.emplace();
    for (const json::Value& op : ops->AsArray()) selector.target.op_selection->push_back(op.AsString());
  }
  return std::nullopt;
}

LaunchResult LaunchWithParams(const RequestContext& context, const graphql::Input& params) {
  JobSelector selector = JobSelector::FromInput(params.Get<graphql::Input>("selector"));
  launch::Request request;
  try {
    request.run_config = RunConfigOf(params.Find("runConfigData"));
  } catch (const Error& error) {
    return PythonError{ToPythonError(error).info};  // The user's doing: it does not count as raised.
  }
  if (!params.Get("preset", std::string()).empty()) {
    if (auto error = ApplyPreset(context, params, selector, request.run_config)) return *std::move(error);
  }
  auto step_keys = params.Get("stepKeys", std::vector<std::string>());
  const auto metadata = params.Get<std::optional<graphql::Input>>("executionMetadata");
  if (metadata) request.tags = TagsOf(*metadata, "tags");
  if (metadata && metadata->Get<std::optional<std::string>>("parentRunId")) {
    request.reexecution = ReexecutionOf(context, *metadata, request.tags, step_keys);
  } else if (!step_keys.empty()) {
    request.step_keys = std::move(step_keys);
  }
  request.target = selector.target;
  return Launch(context, selector, std::move(request));
}

launch::Request RequestOf(const RequestContext& context, const model::Run& parent, const graphql::Input& params) {
  launch::ReexecutionOptions options;
  options.extra_tags = TagsOf(params, "extraTags");
  options.with_parent_tags = params.Get("useParentRunTags", true);
  const auto strategy = params.Get<std::string>("strategy");
  if (strategy == "FROM_ASSET_FAILURE") return launch::ReexecuteMissingAssets(ContextOf(context), parent, options);
  if (strategy == "FROM_FAILURE") options.strategy = engine::ReexecutionStrategy::kFromFailure;
  return launch::Reexecute(ContextOf(context), parent, options);
}

LaunchResult LaunchAgain(const RequestContext& context, const graphql::Input& params) {
  const model::Run parent = GetRun(context, params.Get<std::string>("parentRunId"));
  launch::Request request = RequestOf(context, parent, params);
  const JobSelector selector{launch::RepositoryOf(parent).value(), request.target};
  return Launch(context, selector, std::move(request));
}

LaunchResult LaunchOne(const RequestContext& context, const graphql::Input& params) {
  if (context.read_only()) return Unauthorized();
  try {
    return LaunchWithParams(context, params);
  } catch (const Error& error) {
    return ToPythonError(error);
  }
}

LaunchResult LaunchRun(const graphql::Arguments& arguments, const RequestContext& context) {
  return LaunchOne(context, arguments.Get<graphql::Input>("executionParams"));
}

LaunchedRuns LaunchRuns(const graphql::Arguments& arguments, const RequestContext& context) {
  LaunchedRuns runs;
  for (const graphql::Input& params : arguments.Get<std::vector<graphql::Input>>("executionParamsList")) {
    runs.results.push_back(LaunchOne(context, params));
  }
  return runs;
}

LaunchResult LaunchReexecution(const graphql::Arguments& arguments, const RequestContext& context) {
  if (context.read_only()) return Unauthorized();
  const auto execution = arguments.Get<std::optional<graphql::Input>>("executionParams");
  const auto reexecution = arguments.Get<std::optional<graphql::Input>>("reexecutionParams");
  try {
    if (execution.has_value() == reexecution.has_value()) {
      throw Error(Code::kInvalidArgument, "give either executionParams or reexecutionParams");
    }
    return execution ? LaunchWithParams(context, *execution) : LaunchAgain(context, *reexecution);
  } catch (const Error& error) {
    return ToPythonError(error);
  }
}

/// Puts the run into the queue, or launches it. Throws as launch::Submit.
void Submit(const RequestContext& context, const model::Run& run) {
  const Services& services = context.services();
  if (services.launcher == nullptr) {
    throw Error(Code::kFailedPrecondition, "this server launches no runs: start one with `tidemill dev`");
  }
  launch::Submit(ContextOf(context), run, *services.launcher);
  if (services.run_was_queued) services.run_was_queued();
}

}  // namespace

LaunchResult Launch(const RequestContext& context, const JobSelector& selector, launch::Request request) {
  const JobOrError found = FindJob(selector, context);
  if (const auto* error = std::get_if<NamedError>(&found)) return *error;
  if (const auto* error = std::get_if<InvalidSubset>(&found)) return *error;
  const workspace::Location& location = *context.workspace().FindLocation(selector.repository.location_name);
  try {
    const model::Run run = launch::CreateRun(ContextOf(context), location, request);
    Submit(context, run);
    return Launched{FindRun(context, run.run_id).value()};
  } catch (const launch::InvalidRunConfig& invalid) {
    return ToInvalid(std::get<Job>(found), context, request.run_config, invalid.errors());
  } catch (const locations::LocationError& error) {
    return PythonError{error.info(), true};
  } catch (const Error& error) {
    return ToPythonError(error);
  }
}

void BindRunLaunch(graphql::Schema& schema) {
  schema.Object<Launched>("LaunchRunSuccess").Field("run", &Launched::run);
  schema.Object<LaunchedRuns>("LaunchMultipleRunsResult").Field("launchMultipleRunsResult", &LaunchedRuns::results);
  schema.Mutation()
      .Field("launchRun", LaunchRun)
      .Field("launchPipelineExecution", LaunchRun)
      .Field("launchMultipleRuns", LaunchRuns)
      .Field("launchRunReexecution", LaunchReexecution)
      .Field("launchPipelineReexecution", LaunchReexecution);
}

}  // namespace tidemill::api
