#include "run_config.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <tidemill/base/python_yaml.h>
#include <tidemill/config/yaml.h>

#include "config_types.h"
#include "default_config.h"
#include "execution_plan.h"
#include "python_repr.h"

namespace tidemill::api {
namespace {

using config::ErrorReason;
using config::PathEntry;

/// RunConfigSchema: what may be given to a run of the job.
struct RunConfigSchema {
  Job job;

  const model::JobSnap& Snap(const RequestContext& context) const { return job.Structure(context).job(); }
};
struct RunConfigValid {
  std::string job_name;
};
/// EvaluationStack.
struct ErrorStack {
  std::vector<PathEntry> entries;
};

using Validation = std::variant<RunConfigValid, RunConfigInvalid, NamedError, InvalidSubset>;

/// The text as it is where it is no YAML: checking it then says what is wrong.
json::Value RunConfigOrText(const json::Value* data) {
  try {
    return RunConfigOf(data);
  } catch (const Error&) {
    return *data;
  }
}

/// What stands at a place of the configuration, as far as it is there.
const json::Value& ValueAt(const json::Value& root, const std::vector<PathEntry>& stack) {
  const json::Value* value = &root;
  for (const PathEntry& entry : stack) {
    const json::Value* next = nullptr;
    if (entry.kind == PathEntry::Kind::kListItem && value->is_array()) {
      next = &value->AsArray().at(static_cast<std::size_t>(entry.index));
    } else {
      next = value->Find(entry.name);
    }
    static const json::Value kNothing;
    if (next == nullptr) return kNothing;
    value = next;
  }
  return *value;
}

std::string ReprAt(const json::Value& run_config, const std::vector<PathEntry>& stack) {
  if (!stack.empty() && stack.back().kind == PathEntry::Kind::kMapKey) return PythonRepr(stack.back().name);
  return PythonRepr(ValueAt(run_config, stack));
}

std::optional<RunConfigInvalid> WrongIn(const Job& job, const RequestContext& context, const json::Value& run_config) {
  const model::JobSnap& snap = job.Structure(context).job();
  if (!snap.mode.root_config_key) return std::nullopt;
  const auto type = config::ConfigType::FromSnap(snap.config_schema, *snap.mode.root_config_key);
  std::vector<config::ConfigError> errors = config::Validate(*type, run_config);
  if (errors.empty()) return std::nullopt;
  return ToInvalid(job, context, run_config, std::move(errors));
}

Validation Check(const Job& job, const RequestContext& context, const json::Value& run_config) {
  if (auto invalid = WrongIn(job, context, run_config)) return *std::move(invalid);
  return RunConfigValid{job.ref->name};
}

std::string_view TypeOfProblem(const ConfigProblem& problem) {
  switch (problem.error.reason) {
    case ErrorReason::kRuntimeTypeMismatch:
      return "RuntimeMismatchConfigError";
    case ErrorReason::kMissingRequiredField:
      return "MissingFieldConfigError";
    case ErrorReason::kMissingRequiredFields:
      return "MissingFieldsConfigError";
    case ErrorReason::kFieldNotDefined:
      return "FieldNotDefinedConfigError";
    case ErrorReason::kFieldsNotDefined:
      return "FieldsNotDefinedConfigError";
    case ErrorReason::kSelectorFieldError:
      return "SelectorTypeConfigError";
    case ErrorReason::kFailedPostProcessing:
    case ErrorReason::kFieldAliasCollision:
      break;
  }
  throw Error(Code::kInvalidArgument, fmt::format("at {}: {}", problem.error.path, problem.error.message));
}

std::string_view TypeOfEntry(const PathEntry& entry) {
  switch (entry.kind) {
    case PathEntry::Kind::kField:
      return "EvaluationStackPathEntry";
    case PathEntry::Kind::kListItem:
      return "EvaluationStackListItemEntry";
    case PathEntry::Kind::kMapKey:
      return "EvaluationStackMapKeyEntry";
    case PathEntry::Kind::kMapValue:
      return "EvaluationStackMapValueEntry";
  }
  return "EvaluationStackPathEntry";
}

/// The fields that are missing, as the type at the problem's place declares them.
std::vector<ConfigField> MissingFields(const ConfigProblem& problem) {
  const ConfigType type = FindConfigType(*problem.schema, problem.error.type_key);
  std::vector<ConfigField> fields;
  for (const std::string& name : problem.error.field_names) {
    const auto found = std::ranges::find(*type.snap->fields, name, &model::ConfigFieldSnap::name);
    if (found != type.snap->fields->end()) fields.push_back({problem.schema, &*found});
  }
  return fields;
}

std::vector<std::string> FieldNames(const ConfigProblem& problem) {
  std::vector<std::string> names = problem.error.field_names;
  std::ranges::sort(names);
  return names;
}

void BindProblems(graphql::Schema& schema) {
  schema.TypeOf<ConfigProblem>(TypeOfProblem);
  schema.Interface<ConfigProblem>("PipelineConfigValidationError")
      .Field("message", [](const ConfigProblem& problem) { return problem.error.message; })
      .Field("path", [] { return std::vector<std::string>(); })  // Dagster leaves it empty; `stack` has it.
      .Field("stack", [](const ConfigProblem& problem) { return ErrorStack{problem.error.stack}; })
      .Field("reason", [](const ConfigProblem& problem) { return config::ErrorReasonName(problem.error.reason); });
  schema.Object<ConfigProblem>("RuntimeMismatchConfigError").Field("valueRep", &ConfigProblem::value_repr);
  schema.Object<ConfigProblem>("MissingFieldConfigError").Field("field", [](const ConfigProblem& problem) {
    return MissingFields(problem).at(0);
  });
  schema.Object<ConfigProblem>("MissingFieldsConfigError").Field("fields", MissingFields);
  schema.Object<ConfigProblem>("FieldNotDefinedConfigError").Field("fieldName", [](const ConfigProblem& problem) {
    return problem.error.field_names.at(0);
  });
  schema.Object<ConfigProblem>("FieldsNotDefinedConfigError").Field("fieldNames", FieldNames);
  schema.Object<ConfigProblem>("SelectorTypeConfigError").Field("incomingFields", FieldNames);

  schema.Object<ErrorStack>("EvaluationStack").Field("entries", &ErrorStack::entries);
  schema.TypeOf<PathEntry>(TypeOfEntry);
  schema.Object<PathEntry>("EvaluationStackPathEntry").Field("fieldName", &PathEntry::name);
  schema.Object<PathEntry>("EvaluationStackListItemEntry").Field("listIndex", &PathEntry::index);
  for (const char* type : {"EvaluationStackMapKeyEntry", "EvaluationStackMapValueEntry"}) {
    schema.Object<PathEntry>(type).Field("mapKey", [](const PathEntry& entry) { return json::Value(entry.name); });
  }
}

std::vector<ConfigType> AllTypes(const RunConfigSchema& schema, const RequestContext& context) {
  std::vector<ConfigType> types;  // A map by key: sorted as Dagster sorts.
  const model::ConfigSchemaSnap& snaps = schema.Snap(context).config_schema;
  for (const auto& [key, snap] : snaps) types.push_back({&snaps, &snap});
  return types;
}

std::string DefaultYaml(const RunConfigSchema& schema, const RequestContext& context) {
  const model::JobSnap& snap = schema.Snap(context);
  const json::Value defaults = DefaultConfig(snap.config_schema, snap.mode.root_config_key.value());
  return ToPythonYaml(defaults, {.is_run_config = true, .sort_keys = false});
}

std::variant<RunConfigSchema, NamedError, InvalidSubset> FindSchema(const graphql::Arguments& arguments,
                                                                    const RequestContext& context) {
  const auto selector = arguments.Get<JobSelector>("selector");
  const auto mode = arguments.Get<std::string>("mode", "");
  if (!mode.empty() && mode != "default") {
    return NamedError("ModeNotFoundError",
                      fmt::format("Mode {} not found in pipeline {}.", mode, selector.target.job_name))
        .With("mode", mode);
  }
  const JobOrError found = FindJob(selector, context);
  if (const auto* error = std::get_if<NamedError>(&found)) return *error;
  if (const auto* error = std::get_if<InvalidSubset>(&found)) return *error;
  return RunConfigSchema{std::get<Job>(found)};
}

Validation CheckConfig(const graphql::Arguments& arguments, const RequestContext& context) {
  const JobOrError found = FindJob(arguments.Get<JobSelector>("pipeline"), context);
  if (const auto* error = std::get_if<NamedError>(&found)) return *error;
  if (const auto* error = std::get_if<InvalidSubset>(&found)) return *error;
  return Check(std::get<Job>(found), context, RunConfigOrText(arguments.Find("runConfigData")));
}

using PlanOrError = std::variant<ExecutionPlan, RunConfigInvalid, NamedError, InvalidSubset, PythonError>;

PlanOrError FindPlan(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto selector = arguments.Get<JobSelector>("pipeline");
  const JobOrError found = FindJob(selector, context);
  if (const auto* error = std::get_if<NamedError>(&found)) return *error;
  if (const auto* error = std::get_if<InvalidSubset>(&found)) return *error;
  const Job& job = std::get<Job>(found);
  try {
    locations::PlanRequest request{.target = selector.target,
                                   .run_config = RunConfigOf(arguments.Find("runConfigData")),
                                   .job_snapshot_id = job.Structure(context).snapshot_id(),
                                   .step_keys_to_execute = std::nullopt,
                                   .known_state = {},
                                   .instance_ref = context.instance().Ref()};
    if (auto invalid = WrongIn(job, context, request.run_config)) return *std::move(invalid);
    return ExecutionPlan{std::make_shared<const model::PlanSnap>(job.repository->client().ExecutionPlan(request))};
  } catch (const Error& error) {
    return ToPythonError(error);
  }
}

}  // namespace

json::Value RunConfigOf(const json::Value* data) {
  if (data == nullptr || data->is_null()) return json::Object{};
  if (!data->is_string()) return *data;
  json::Value parsed = config::ParseYaml(data->AsString(), "runConfigData");
  return parsed.is_null() ? json::Value(json::Object{}) : std::move(parsed);
}

RunConfigInvalid ToInvalid(const Job& job, const RequestContext& context, const json::Value& run_config,
                           std::vector<config::ConfigError> errors) {
  RunConfigInvalid invalid{job.ref->name, {}};
  for (config::ConfigError& error : errors) {
    std::string repr = ReprAt(run_config, error.stack);
    invalid.errors.push_back({job, &job.Structure(context).job().config_schema, std::move(error), std::move(repr)});
  }
  return invalid;
}

void BindRunConfig(graphql::Schema& schema) {
  BindProblems(schema);
  schema.Object<RunConfigValid>("PipelineConfigValidationValid").Field("pipelineName", &RunConfigValid::job_name);
  schema.Object<RunConfigInvalid>("RunConfigValidationInvalid")
      .Field("pipelineName", &RunConfigInvalid::job_name)
      .Field("errors", &RunConfigInvalid::errors);
  schema.Object<RunConfigSchema>("RunConfigSchema")
      .Field("rootConfigType",
             [](const RunConfigSchema& schema_view, const RequestContext& context) {
               const model::JobSnap& snap = schema_view.Snap(context);
               return FindConfigType(snap.config_schema, snap.mode.root_config_key.value());
             })
      .Field("allConfigTypes", AllTypes)
      .Field(
          "isRunConfigValid",
          [](const RunConfigSchema& schema_view, const graphql::Arguments& arguments, const RequestContext& context) {
            return Check(schema_view.job, context, RunConfigOrText(arguments.Find("runConfigData")));
          })
      .Field("rootDefaultYaml", DefaultYaml);
  schema.Query()
      .Field("runConfigSchemaOrError", FindSchema)
      .Field("isPipelineConfigValid", CheckConfig)
      .Field("executionPlanOrError", FindPlan);
}

}  // namespace tidemill::api
