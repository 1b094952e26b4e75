#include "step_task.h"

#include <tidemill/base/json.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::engine {

std::string EncodeTask(const StepTask& task) {
  json::Object object;
  object.Set("run", serdes::ToJson(task.run));
  object.Set("step_key", task.step_key);
  object.Set("known_state", serdes::ToJson(task.known_state));
  object.Set("retries_enabled", task.retries_enabled);
  object.Set("storage_root", task.storage_root.string());
  object.Set("compute_log_root", task.compute_log_root.string());
  return json::Dump(std::move(object));
}

StepTask DecodeTask(std::string_view text) {
  const json::Value value = json::Parse(text);
  const json::Object& object = value.AsObject();
  StepTask task;
  task.run = serdes::FromJson<model::Run>(object.At("run"));
  task.step_key = object.At("step_key").AsString();
  task.known_state = serdes::FromJson<model::KnownState>(object.At("known_state"));
  task.retries_enabled = object.At("retries_enabled").AsBool();
  task.storage_root = object.At("storage_root").AsString();
  task.compute_log_root = object.At("compute_log_root").AsString();
  return task;
}

std::string EncodeStep(const StepTask& task) {
  return json::Dump(json::Object{{"step_key", task.step_key}, {"known_state", serdes::ToJson(task.known_state)}});
}

void DecodeStep(std::string_view text, StepTask& task) {
  const json::Value value = json::Parse(text);
  task.step_key = value.AsObject().At("step_key").AsString();
  task.known_state = serdes::FromJson<model::KnownState>(value.AsObject().At("known_state"));
}

std::int64_t AttemptsOf(const model::KnownState& state, std::string_view step_key) {
  for (const auto& [key, attempts] : state.previous_retry_attempts) {
    if (key == step_key) return attempts;
  }
  return 0;
}

}  // namespace tidemill::engine
