#include "event_runs.h"

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "event.h"
#include "run.h"
#include "run_stats.h"

namespace tidemill::api {
namespace {

std::vector<RunOrError> RunsOf(std::span<const Event* const> events, const RequestContext& context) {
  std::vector<std::string> ids;
  for (const Event* event : events) ids.push_back(event->entry->run_id);
  const auto runs = RunsById(context, ids);
  std::vector<RunOrError> result;
  for (const std::string& id : ids) {
    const auto found = runs.find(id);
    result.push_back(RunOrNotFound(found == runs.end() ? std::nullopt : std::optional(found->second), id));
  }
  return result;
}

/// The step of each event; asked for once a run. Null, and so an error, for events of no step.
std::vector<std::optional<StepStats>> StepsOf(std::span<const Event* const> events, const RequestContext& context) {
  std::map<std::string, std::vector<std::string>> steps_by_run;
  for (const Event* event : events) {
    if (event->entry->step_key) steps_by_run[event->entry->run_id].push_back(*event->entry->step_key);
  }
  std::map<std::pair<std::string, std::string>, StepStats> stats;
  for (const auto& [run_id, step_keys] : steps_by_run) {
    for (StepStats& step : StepStatsOf(context, run_id, step_keys)) {
      std::string key = step.stats->step_key;
      stats.emplace(std::pair(run_id, std::move(key)), std::move(step));
    }
  }
  std::vector<std::optional<StepStats>> result;
  for (const Event* event : events) {
    const auto found = stats.find({event->entry->run_id, event->entry->step_key.value_or("")});
    result.push_back(found == stats.end() ? std::nullopt : std::optional(found->second));
  }
  return result;
}

}  // namespace

void BindEventRuns(graphql::Schema& schema) {
  for (const char* type :
       {"MaterializationEvent", "ObservationEvent", "FailedToMaterializeEvent", "HealthChangedEvent"}) {
    schema.Object<Event>(type).Batch("runOrError", RunsOf).Batch("stepStats", StepsOf);
  }
  schema.Object<Event>("AssetMaterializationPlannedEvent").Batch("runOrError", RunsOf);
}

}  // namespace tidemill::api
