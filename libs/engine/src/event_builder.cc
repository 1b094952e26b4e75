#include <utility>

#include <fmt/format.h>

#include <tidemill/engine/event_builder.h>

namespace tidemill::engine {
namespace {

bool IsFailure(model::EventType type) {
  switch (type) {
    case model::EventType::kRunFailure:
    case model::EventType::kStepFailure:
    case model::EventType::kRunCanceled:
      return true;
    default:
      return false;
  }
}

int LevelOf(model::EventType type) { return IsFailure(type) ? model::level::kError : model::level::kDebug; }

}  // namespace

StepIdentity::StepIdentity(const std::string& run_id, const std::string& job_name, const model::StepSnap& step)
    : handle{step.node_handle, step.key}, logging_tags{{"job_name", job_name},
                                                       {"op_name", step.node_handle.name()},
                                                       {"resource_fn_name", "None"},
                                                       {"resource_name", "None"},
                                                       {"run_id", run_id},
                                                       {"step_key", step.key}} {}

EventBuilder::EventBuilder(std::string run_id, std::string job_name, const Clock& clock, std::int64_t pid)
    : run_id_(std::move(run_id)), job_name_(std::move(job_name)), clock_(clock), pid_(pid) {}

model::EventLogEntry EventBuilder::Entry(int level) const {
  model::EventLogEntry entry;
  entry.run_id = run_id_;
  entry.job_name = job_name_;
  entry.timestamp = ToUnixSeconds(clock_.Now());
  entry.level = level;
  return entry;
}

model::EventLogEntry EventBuilder::OfRun(model::EventType type, std::string message, model::EventData data) const {
  model::EventLogEntry entry = Entry(LevelOf(type));
  entry.user_message = message;
  model::DagsterEvent& event = entry.dagster_event.emplace();
  event.type = type;
  event.job_name = job_name_;
  event.message = std::move(message);
  event.pid = pid_;
  event.data = std::move(data);
  return entry;
}

model::EventLogEntry EventBuilder::OfStep(const StepIdentity& step, model::EventType type, std::string message,
                                          model::EventData data) const {
  model::EventLogEntry entry = OfRun(type, std::move(message), std::move(data));
  entry.step_key = step.handle.key;
  model::DagsterEvent& event = *entry.dagster_event;
  event.step_handle = step.handle;
  event.node_handle = step.handle.node_handle;
  event.step_key = step.handle.key;
  event.step_kind = step.kind;
  event.logging_tags = step.logging_tags;
  return entry;
}

model::EventLogEntry EventBuilder::OfResources(const StepIdentity* step, model::EventType type, std::string message,
                                               model::event::Engine data) const {
  const int level = data.error ? model::level::kError : model::level::kDebug;
  model::EventLogEntry entry = OfRun(type, std::move(message), std::move(data));
  entry.level = level;
  if (step != nullptr) {
    entry.step_key = step->handle.key;
    entry.dagster_event->step_handle = step->handle;
    entry.dagster_event->step_key = step->handle.key;
  }
  return entry;
}

model::EventLogEntry EventBuilder::WorkerStarted(const std::string& step_key, std::string message) const {
  model::event::Engine data = ProcessData(pid_);
  data.marker_end = "step_process_start";
  model::EventLogEntry entry = OfRun(model::EventType::kStepWorkerStarted, std::move(message), std::move(data));
  entry.step_key = step_key;
  entry.dagster_event->step_key = step_key;
  return entry;
}

model::EventLogEntry EventBuilder::Reported(model::EventType type, std::optional<std::string> message, int level,
                                            model::EventData data, std::optional<std::string> step_key) const {
  model::EventLogEntry entry = Entry(level);
  model::DagsterEvent& event = entry.dagster_event.emplace();
  event.type = type;
  event.job_name = job_name_;
  event.message = std::move(message);
  event.data = std::move(data);
  event.step_key = step_key;
  entry.step_key = std::move(step_key);
  return entry;
}

model::EventLogEntry EventBuilder::Log(int level, std::string message, std::optional<std::string> step_key) const {
  model::EventLogEntry entry = Entry(level);
  entry.user_message = std::move(message);
  entry.step_key = std::move(step_key);
  return entry;
}

model::event::Engine ProcessData(std::int64_t pid, const std::vector<std::string>& step_keys) {
  model::event::Engine data;
  data.metadata.emplace_back("pid", model::metadata::Text{std::to_string(pid)});
  if (!step_keys.empty()) data.metadata.emplace_back("step_keys", model::metadata::Text{PythonList(step_keys)});
  return data;
}

model::event::Engine ErrorData(model::ErrorInfo error) {
  model::event::Engine data;
  data.error = std::move(error);
  return data;
}

std::string PythonList(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items) {
    if (text.size() > 1) text += ", ";
    const char quote = item.find('\'') != std::string::npos && item.find('"') == std::string::npos ? '"' : '\'';
    text += quote;
    for (const char c : item) {
      if (c == quote || c == '\\') text += '\\';
      text += c;
    }
    text += quote;
  }
  return text + "]";
}

}  // namespace tidemill::engine
