#pragma once

#include <string>

#include <tidemill/model/events.h>

namespace tidemill::cli {

/// An event of run "r" at `time` seconds, about `step` unless that is empty.
inline model::EventLogEntry EventAt(double time, model::EventType type, const std::string& step = "",
                                    model::EventData data = {}) {
  model::EventLogEntry entry;
  entry.run_id = "r";
  entry.job_name = "job";
  entry.timestamp = time;
  entry.dagster_event.emplace();
  entry.dagster_event->type = type;
  entry.dagster_event->job_name = "job";
  entry.dagster_event->data = std::move(data);
  if (!step.empty()) {
    entry.step_key = step;
    entry.dagster_event->step_key = step;
  }
  return entry;
}

/// A line that user code logged.
inline model::EventLogEntry LogAt(double time, int level, const std::string& message, const std::string& step = "") {
  model::EventLogEntry entry;
  entry.run_id = "r";
  entry.timestamp = time;
  entry.level = level;
  entry.user_message = message;
  if (!step.empty()) entry.step_key = step;
  return entry;
}

/// The failure of a step whose code threw `message`, with Dagster's wrapper around it.
inline model::EventData FailureOf(const std::string& message) {
  model::ErrorInfo inner{message + "\n", {"  at work (pipeline.cc:7)\n"}, "Error", nullptr, nullptr};
  model::ErrorInfo outer{"Error occurred while executing op:\n",
                         {},
                         "DagsterExecutionStepExecutionError",
                         std::make_shared<const model::ErrorInfo>(inner),
                         nullptr};
  return model::event::StepFailure{outer, {}, model::ErrorSource::kUserCodeError};
}

}  // namespace tidemill::cli
