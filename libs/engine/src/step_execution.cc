#include "step_execution.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <tidemill/base/error.h>
#include <tidemill/engine/error_capture.h>

namespace tidemill::engine {

void ThrowFrameworkError(std::string cls_name, std::string_view text) {
  throw StepError(DagsterError(std::move(cls_name), text), model::ErrorSource::kFrameworkError);
}

void MergeMetadata(model::Metadata& metadata, const model::Metadata& over) {
  for (const auto& added : over) {
    const auto same =
        std::find_if(metadata.begin(), metadata.end(), [&](const auto& entry) { return entry.first == added.first; });
    if (same == metadata.end()) {
      metadata.push_back(added);
    } else {
      same->second = added.second;
    }
  }
}

StepExecution::StepExecution(const StepEnvironment& environment, plan::StepId step, std::int64_t attempts,
                             const IsReady& is_ready)
    : env_(environment),
      step_(environment.plan.step(step)),
      op_(OpOf(environment.job, step_)),
      attempts_(attempts),
      is_ready_(is_ready),
      identity_(environment.events.run_id(), environment.events.job_name(), step_.snap),
      description_(fmt::format("op \"{}\"", step_.snap.node_handle.ToString())) {}

void StepExecution::WriteEvent(model::EventType type, std::string message, model::EventData data) {
  env_.sink.Write(env_.events.OfStep(identity_, type, std::move(message), std::move(data)));
}

void StepExecution::Log(int level, std::string message) {
  env_.sink.Write(env_.events.Log(level, std::move(message), step_.snap.key));
}

void StepExecution::FillInfo() {
  partitions_.emplace(env_.job, step_, env_.run.tags, env_.partitions);
  info_.run_id = env_.run.run_id;
  info_.job_name = env_.events.job_name();
  info_.step_key = step_.snap.key;
  info_.node_handle = step_.snap.node_handle;
  info_.op_name = op_.name;
  info_.run_tags = env_.run.tags;
  info_.retry_number = attempts_;
  info_.partitions = partitions_->scope();
  for (const model::StepOutputSnap& output : step_.snap.outputs) {
    if (output.properties.asset_key) info_.selected_assets.insert(*output.properties.asset_key);
    if (output.properties.asset_check_key) info_.selected_checks.insert(*output.properties.asset_check_key);
  }
}

void StepExecution::Run() {
  if (attempts_ > 0) {
    WriteEvent(model::EventType::kStepRestarted,
               fmt::format("Started re-execution (attempt # {}) of step \"{}\".", attempts_ + 1, step_.snap.key));
  } else {
    WriteEvent(model::EventType::kStepStart, fmt::format("Started execution of step \"{}\".", step_.snap.key));
  }
  const auto start = std::chrono::steady_clock::now();
  try {
    FillInfo();
    LoadInputs();
    Compute();
    YieldImplicitOutputs();
  } catch (const StepError&) {
    throw;
  } catch (const Error& error) {
    // The platform's own: a partition that does not exist, a resource that is missing.
    throw StepError(DescribeException(std::current_exception()), model::ErrorSource::kFrameworkError);
  }
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  FailIfBlocked();
  WriteEvent(model::EventType::kStepSuccess,
             fmt::format("Finished execution of step \"{}\" in {}.", step_.snap.key, FormatDuration(taken)),
             model::event::StepSuccess{taken.count()});
}

void StepExecution::Compute() {
  InBoundary("DagsterExecutionStepExecutionError", fmt::format("Error occurred while executing {}:", description_),
             [&] {
               try {
                 op_.compute(*this);
               } catch (const StepError&) {
                 throw;
               } catch (...) {
                 ThrowIfCancelled();
                 throw;
               }
               ThrowIfCancelled();
             });
  std::vector<std::string> omitted;
  for (const model::StepOutputSnap& output : step_.snap.outputs) {
    if (CheckOf(output.name) != nullptr && IsSelected(output.name) && !HasYielded(output.name)) {
      omitted.push_back("'" + output.name + "'");
    }
  }
  if (!omitted.empty()) {
    Log(model::level::kInfo, fmt::format("op '{}' gave no result for these of its checks: {{{}}}.",
                                         step_.snap.node_handle.ToString(), fmt::join(omitted, ", ")));
  }
}

void StepExecution::ThrowIfCancelled() const {
  if (!cancelled()) return;
  throw StepError(DagsterError("DagsterExecutionInterruptedError", ""), model::ErrorSource::kInterrupt);
}

void StepExecution::YieldImplicitOutputs() {
  for (const model::StepOutputSnap& output : step_.snap.outputs) {
    if (!output.properties.is_required || HasYielded(output.name)) continue;
    const AssetOutput* asset = AssetOf(output.name);
    const bool is_observed = asset != nullptr && asset->execution_type == model::AssetExecutionType::kObservation;
    if (!IsNothing(OutputOf(op_, output.name).type) || is_observed) {
      ThrowFrameworkError(
          "DagsterStepOutputNotFoundError",
          fmt::format("{} ended without its output \"{}\", which is not optional: give it, or declare it as "
                      "OptionalOutput",
                      description_, output.name));
    }
    if (!IsSelected(output.name)) continue;
    Log(model::level::kInfo,
        fmt::format("Emitting implicit Nothing for output \"{}\" on {}", output.name, description_));
    Output nothing;
    nothing.name = output.name;
    Emit(std::move(nothing), false);
  }
}

void StepExecution::ThrowUserError(std::exception_ptr exception, const char* cls_name,
                                   const std::string& message) const {
  const model::ErrorInfo cause = DescribeException(exception);
  const RetryPolicy* policy = RetryPolicyOf(env_.job, step_);
  const auto failure_data = [](const Failure& failure) {
    return model::UserFailureData{"intentional-failure", failure.what(), failure.metadata()};
  };
  std::optional<model::UserFailureData> user_failure;
  bool allow_retries = true;
  try {
    std::rethrow_exception(exception);
  } catch (const RetryRequested& requested) {
    StepError error(
        {"dagster._core.definitions.events.RetryRequested\n", cause.stack, "RetryRequested", cause.cause, {}},
        model::ErrorSource::kFrameworkError);
    error.retry = {requested.max_retries(), requested.seconds_to_wait()};
    throw error;
  } catch (const Failure& failure) {
    user_failure = failure_data(failure);
    allow_retries = failure.allow_retries();
  } catch (...) {
    // Described above.
  }
  if (policy != nullptr && allow_retries) {
    StepError error({"dagster._core.execution.plan.utils.RetryRequestedFromPolicy\n",
                     {},
                     "RetryRequestedFromPolicy",
                     std::make_shared<const model::ErrorInfo>(cause),
                     {}},
                    model::ErrorSource::kFrameworkError);
    error.user_failure = std::move(user_failure);
    error.retry = {policy->max_retries, plan::RetryDelay(*policy, attempts_ + 1, env_.random ? env_.random() : 0.5)};
    throw error;
  }
  if (user_failure) {
    StepError error(
        {fmt::format("dagster._core.definitions.events.Failure: {}\n", user_failure->description.value_or("")),
         cause.stack,
         "Failure",
         cause.cause,
         {}},
        model::ErrorSource::kFrameworkError);
    error.user_failure = std::move(user_failure);
    throw error;
  }
  throw StepError(DagsterError(cls_name, message, &cause), model::ErrorSource::kUserCodeError);
}

ResourceRef StepExecution::Resource(std::string_view key) {
  const ResourceRef* found = env_.resources.Find(key);
  const auto& declared = op_.required_resource_keys;
  if (found == nullptr || std::find(declared.begin(), declared.end(), key) == declared.end()) {
    throw Error(Code::kInvalidArgument,
                fmt::format("{} asks for the resource \"{}\", which it does not declare; it has: {}", description_, key,
                            fmt::join(declared, ", ")));
  }
  return *found;
}

AnyValue StepExecution::Input(std::string_view name) {
  const auto found = inputs_.find(name);
  if (found != inputs_.end()) return found->second;
  InputOf(op_, name);  // Throws if the op has no such input.
  return {};
}

void StepExecution::AddOutputMetadata(model::Metadata metadata, std::string_view output_name) {
  MergeMetadata(output_metadata_.try_emplace(std::string(output_name)).first->second, metadata);
}

}  // namespace tidemill::engine
