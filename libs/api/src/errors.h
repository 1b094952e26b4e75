#pragma once

#include <string>
#include <utility>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>
#include <tidemill/graphql/schema.h>
#include <tidemill/model/error_info.h>

namespace tidemill::api {

/// PythonError: what user code, or the platform, threw.
struct PythonError {
  model::ErrorInfo info;
  bool raised = false;  ///< By this request, whose status then says so.
};

/// An expected outcome of one of the schema's error types: `message`, and the fields that the type adds.
///
///     return NamedError("RunNotFoundError", "there is no run 1234").With("runId", "1234");
struct NamedError {
  NamedError(std::string type, std::string text) : type_name(std::move(type)), message(std::move(text)) {}

  NamedError&& With(std::string_view field, json::Value value) && {
    fields.Set(std::string(field), std::move(value));
    return std::move(*this);
  }

  std::string type_name;
  std::string message;
  json::Object fields;
};

/// What Error says, as the API shows it.
PythonError ToPythonError(const Error& error);

void BindErrors(graphql::Schema& schema);

}  // namespace tidemill::api
