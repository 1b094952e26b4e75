#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <tidemill/model/events.h>

namespace tidemill::engine {

/// Ends a step: what its STEP_FAILURE or STEP_UP_FOR_RETRY will say. Passes through the user's code where that yields.
class StepError final : public std::exception {
 public:
  struct Retry {
    std::int64_t max_retries = 0;
    std::optional<double> seconds_to_wait;
  };

  StepError(model::ErrorInfo info, model::ErrorSource origin) : error(std::move(info)), source(origin) {}

  const char* what() const noexcept override { return error.message.c_str(); }

  model::ErrorInfo error;
  model::ErrorSource source;
  std::optional<model::UserFailureData> user_failure;
  std::optional<Retry> retry;  ///< Set: the step asks to be tried again.
};

/// Throws an error of the platform under the name that Dagster gives it.
[[noreturn]] void ThrowFrameworkError(std::string cls_name, std::string_view text);

}  // namespace tidemill::engine
