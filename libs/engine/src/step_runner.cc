#include <cmath>

#include <fmt/format.h>

#include <tidemill/engine/step_runner.h>

#include "step_execution.h"

namespace tidemill::engine {
namespace {

std::string FailureMessage(const StepExecution& step) {
  return fmt::format("Execution of step \"{}\" failed.", step.identity().handle.key);
}

/// As a Python user would have written it: 2 for 2.0.
json::Value SecondsAsPython(double seconds) {
  if (std::nearbyint(seconds) == seconds && std::abs(seconds) < 1e15) return static_cast<std::int64_t>(seconds);
  return seconds;
}

void WriteFailure(const StepEnvironment& environment, StepExecution& step, model::event::StepFailure data,
                  StepResult& result) {
  model::EventLogEntry entry =
      environment.events.OfStep(step.identity(), model::EventType::kStepFailure, FailureMessage(step), std::move(data));
  result.outcome = plan::StepOutcome::kFailed;
  result.failure = entry.dagster_event;
  environment.sink.Write(std::move(entry));
}

void EndWithRetryRequest(const StepEnvironment& environment, StepExecution& step, std::int64_t attempts,
                         const StepError& error, StepResult& result) {
  model::event::StepFailure failure;
  failure.error = error.error;
  failure.user_failure_data = error.user_failure;
  failure.error_source = model::ErrorSource::kFrameworkError;
  if (!environment.retries_enabled) {
    failure.error->message = "RetryRequested but retries are disabled";
    return WriteFailure(environment, step, std::move(failure), result);
  }
  if (attempts >= error.retry->max_retries) {
    failure.error->message = fmt::format("Exceeded max_retries of {}\n", error.retry->max_retries);
    if (failure.error->cause != nullptr) failure.error_source = model::ErrorSource::kUserCodeError;
    return WriteFailure(environment, step, std::move(failure), result);
  }
  json::Value seconds;
  if (error.retry->seconds_to_wait) seconds = SecondsAsPython(*error.retry->seconds_to_wait);
  const bool waits = error.retry->seconds_to_wait.value_or(0) > 0;
  result.outcome = plan::StepOutcome::kUpForRetry;
  if (waits) result.seconds_to_wait = error.retry->seconds_to_wait;
  step.WriteEvent(
      model::EventType::kStepUpForRetry,
      fmt::format("Execution of step \"{}\" failed and has requested a retry{}.", step.identity().handle.key,
                  waits ? fmt::format(" in {} seconds", json::Dump(seconds)) : ""),
      model::event::StepRetry{error.error, std::move(seconds)});
}

}  // namespace

StepResult RunStep(const StepEnvironment& environment, plan::StepId id, std::int64_t attempts,
                   const std::function<bool(const model::StepOutputHandle&)>& is_ready) {
  StepResult result;
  StepExecution step(environment, id, attempts, is_ready);
  try {
    step.Run();
  } catch (const StepError& error) {
    if (error.retry) {
      EndWithRetryRequest(environment, step, attempts, error, result);
    } else {
      result.interrupted = error.source == model::ErrorSource::kInterrupt;
      WriteFailure(environment, step, {error.error, error.user_failure, error.source}, result);
    }
  }
  result.outputs = step.yielded();
  return result;
}

}  // namespace tidemill::engine
