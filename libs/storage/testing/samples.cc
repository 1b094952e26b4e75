#include "samples.h"

#include <utility>

namespace tidemill::storage::testing {
namespace {

model::EventLogEntry Entry(std::string_view run_id, double time) {
  model::EventLogEntry entry;
  entry.run_id = run_id;
  entry.job_name = "sample_job";
  entry.timestamp = time;
  return entry;
}

model::EventLogEntry Event(std::string_view run_id, model::EventType type, double time, model::EventData data = {}) {
  model::EventLogEntry entry = Entry(run_id, time);
  model::DagsterEvent event;
  event.type = type;
  event.job_name = entry.job_name;
  event.message = std::string(model::EventTypeName(type));
  event.data = std::move(data);
  entry.user_message = *event.message;
  entry.dagster_event = std::move(event);
  return entry;
}

}  // namespace

model::EventLogEntry LogLine(std::string_view run_id, std::string_view message, double time) {
  model::EventLogEntry entry = Entry(run_id, time);
  entry.user_message = message;
  return entry;
}

model::EventLogEntry StepEvent(std::string_view run_id, model::EventType type, std::string_view step_key, double time) {
  model::EventData data;
  if (type == model::EventType::kStepSuccess) data = model::event::StepSuccess{.duration_ms = 10};
  if (type == model::EventType::kStepFailure || type == model::EventType::kStepUpForRetry) {
    model::ErrorInfo error;
    error.message = "ValueError: no such order\n";
    error.cls_name = "ValueError";
    if (type == model::EventType::kStepFailure) {
      model::event::StepFailure failure;
      failure.error = std::move(error);
      data = std::move(failure);
    } else {
      model::event::StepRetry retry;
      retry.error = std::move(error);
      data = std::move(retry);
    }
  }
  model::EventLogEntry entry = Event(run_id, type, time, std::move(data));
  entry.step_key = step_key;
  entry.dagster_event->step_key = step_key;
  return entry;
}

model::EventLogEntry RunEvent(std::string_view run_id, model::EventType type, double time) {
  return Event(run_id, type, time);
}

model::EventLogEntry RunFailed(std::string_view run_id, std::string_view reason, double time) {
  model::event::RunFailure failure;
  failure.failure_reason = reason;
  return Event(run_id, model::EventType::kRunFailure, time, std::move(failure));
}

model::EventLogEntry Materialized(std::string_view run_id, const model::AssetKey& asset, double time,
                                  std::optional<std::string> partition, model::Tags tags) {
  model::event::StepMaterialization data;
  data.materialization.asset_key = asset;
  data.materialization.partition = std::move(partition);
  data.materialization.tags = std::move(tags);
  return Event(run_id, model::EventType::kAssetMaterialization, time, std::move(data));
}

model::EventLogEntry Observed(std::string_view run_id, const model::AssetKey& asset, double time,
                              std::optional<std::string> partition, model::Tags tags) {
  model::event::AssetObserved data;
  data.asset_observation.asset_key = asset;
  data.asset_observation.partition = std::move(partition);
  data.asset_observation.tags = std::move(tags);
  return Event(run_id, model::EventType::kAssetObservation, time, std::move(data));
}

model::EventLogEntry Planned(std::string_view run_id, const model::AssetKey& asset, double time,
                             std::optional<std::string> partition) {
  model::event::MaterializationPlanned data;
  data.asset_key = asset;
  data.partition = std::move(partition);
  return Event(run_id, model::EventType::kAssetMaterializationPlanned, time, std::move(data));
}

model::EventLogEntry CheckPlanned(std::string_view run_id, const model::AssetCheckKey& key, double time) {
  model::event::CheckPlanned data;
  data.asset_key = key.asset_key;
  data.check_name = key.name;
  return Event(run_id, model::EventType::kAssetCheckEvaluationPlanned, time, std::move(data));
}

model::EventLogEntry CheckEvaluated(std::string_view run_id, const model::AssetCheckKey& key, bool passed,
                                    double time) {
  model::event::CheckEvaluation data;
  data.asset_key = key.asset_key;
  data.check_name = key.name;
  data.passed = passed;
  return Event(run_id, model::EventType::kAssetCheckEvaluation, time, std::move(data));
}

std::vector<NewEvent> Group(std::vector<model::EventLogEntry> entries) {
  std::vector<NewEvent> group;
  group.reserve(entries.size());
  for (model::EventLogEntry& entry : entries) group.emplace_back(std::move(entry));
  return group;
}

model::Run SampleRun(std::string_view run_id, model::Tags tags) {
  model::Run run;
  run.run_id = run_id;
  run.job_name = "sample_job";
  run.tags = std::move(tags);
  return run;
}

std::vector<std::string> Messages(const std::vector<StoredEvent>& events) {
  std::vector<std::string> messages;
  for (const StoredEvent& event : events) messages.push_back(event.entry.user_message);
  return messages;
}

}  // namespace tidemill::storage::testing
