#pragma once

#include <string>
#include <variant>
#include <vector>

#include <tidemill/config/config_type.h>
#include <tidemill/graphql/schema.h>

#include "jobs.h"

namespace tidemill::api {

/// One thing wrong with a run configuration; bound to the schema's types for the reasons there can be.
struct ConfigProblem {
  Job job;  ///< Keeps the schema alive.
  const model::ConfigSchemaSnap* schema;
  config::ConfigError error;
  std::string value_repr;  ///< The value at its place as Python writes it.
};

/// RunConfigValidationInvalid.
struct RunConfigInvalid {
  std::string job_name;
  std::vector<ConfigProblem> errors;
};

/// The argument `runConfigData`: an object, or its YAML. Nothing given is an empty object. A text that is no YAML
/// throws Error(kInvalidArgument).
json::Value RunConfigOf(const json::Value* data);

/// What is wrong with the configuration, in the words of the schema.
RunConfigInvalid ToInvalid(const Job& job, const RequestContext& context, const json::Value& run_config,
                           std::vector<config::ConfigError> errors);

/// `runConfigSchemaOrError`, `isPipelineConfigValid` and `executionPlanOrError`.
void BindRunConfig(graphql::Schema& schema);

}  // namespace tidemill::api
