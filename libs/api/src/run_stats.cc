#include "run_stats.h"

#include <optional>
#include <utility>
#include <variant>

#include "asset_event.h"
#include "errors.h"
#include "event.h"
#include "nodes.h"
#include "run.h"

namespace tidemill::api {
namespace {

struct RunStats {
  std::string run_id;
  storage::RunStats stats;
};

/// An attempt of a step, or a span that its markers tell of.
struct RunMarker {
  const storage::StepStats::Marker* marker;
};

std::vector<RunMarker> MarkersOf(const std::vector<storage::StepStats::Marker>& markers) {
  std::vector<RunMarker> result;
  for (const auto& marker : markers) result.push_back({&marker});
  return result;
}

std::vector<Event> EventsIn(const StepStats& step, const std::vector<model::EventLogEntry>& entries) {
  std::vector<Event> events;
  for (const auto& entry : entries) events.push_back({std::shared_ptr<const model::EventLogEntry>(step.stats, &entry)});
  return events;
}

std::vector<StoredResult> ExpectationsOf(const StepStats& step) {
  std::vector<StoredResult> results;
  for (const Event& event : EventsIn(step, step.stats->expectations)) results.push_back(ResultOf(event));
  return results;
}

std::variant<RunStats, PythonError> StatsOf(const Run& run, const RequestContext& context) {
  try {
    return RunStats{run.run().run_id, context.storage().events().GetRunStats(run.run().run_id)};
  } catch (const Error& error) {
    return ToPythonError(error);
  }
}

/// SolidStepStatsConnection.
struct NodeStats {
  std::vector<StepStats> nodes;
};

/// How the op's step went in the latest runs of its job.
std::variant<NodeStats, NamedError> StatsOfNode(const NodeHandleView& handle, const graphql::Arguments& arguments,
                                                const RequestContext& context) {
  const auto unavailable = [](const std::string& of) {
    return NamedError("SolidStepStatusUnavailableError", "Step stats are not available for " + of);
  };
  if (handle.node.invocation->is_dynamic_mapped) return unavailable("dynamically-mapped ops");
  if (DefinitionOf(handle.node).graph != nullptr) return unavailable("composite solids / subgraphs");
  storage::RunFilter filter;
  filter.job_name = handle.node.job->job().name;
  storage::RunPage page;
  page.limit = arguments.Get<std::optional<std::int64_t>>("limit");
  NodeStats stats;
  for (const Run& run : ListRuns(context, filter, page)) {
    std::vector<StepStats> of_run = StepStatsOf(context, run.run().run_id, {handle.id});
    if (!of_run.empty()) stats.nodes.push_back(std::move(of_run.front()));
  }
  return stats;
}

void BindRunCounts(graphql::Schema& schema) {
  schema.Object<RunStats>("RunStatsSnapshot")
      .Field("id", [](const RunStats& it) { return "stats-" + it.run_id; })
      .Field("runId", &RunStats::run_id)
      .Field("stepsSucceeded", [](const RunStats& it) { return it.stats.steps_succeeded; })
      .Field("stepsFailed", [](const RunStats& it) { return it.stats.steps_failed; })
      .Field("materializations", [](const RunStats& it) { return it.stats.materializations; })
      .Field("expectations", [](const RunStats& it) { return it.stats.expectations; })
      .Field("enqueuedTime", [](const RunStats& it) { return it.stats.enqueued_time; })
      .Field("launchTime", [](const RunStats& it) { return it.stats.launch_time; })
      .Field("startTime", [](const RunStats& it) { return it.stats.start_time; })
      .Field("endTime", [](const RunStats& it) { return it.stats.end_time; });
}

void BindSteps(graphql::Schema& schema) {
  schema.Object<RunMarker>("RunMarker")
      .Field("startTime", [](const RunMarker& it) { return it.marker->start_time; })
      .Field("endTime", [](const RunMarker& it) { return it.marker->end_time; });
  schema.Object<StepStats>("RunStepStats")
      .Field("runId", &StepStats::run_id)
      .Field("stepKey", [](const StepStats& step) -> const std::string& { return step.stats->step_key; })
      .Field("status", [](const StepStats& step) { return step.stats->status; })
      .Field("startTime", [](const StepStats& step) { return step.stats->start_time; })
      .Field("endTime", [](const StepStats& step) { return step.stats->end_time; })
      .Field("materializations", [](const StepStats& step) { return EventsIn(step, step.stats->materializations); })
      .Field("expectationResults", ExpectationsOf)
      .Field("attempts", [](const StepStats& step) { return MarkersOf(step.stats->finished_attempts); })
      .Field("markers", [](const StepStats& step) { return MarkersOf(step.stats->markers); });
}

}  // namespace

std::vector<StepStats> StepStatsOf(const RequestContext& context, const std::string& run_id,
                                   const std::vector<std::string>& step_keys) {
  std::vector<StepStats> steps;
  for (storage::StepStats& stats : context.storage().events().GetStepStats(run_id, step_keys)) {
    steps.push_back({run_id, std::make_shared<const storage::StepStats>(std::move(stats))});
  }
  return steps;
}

void BindRunStats(graphql::Schema& schema) {
  BindRunCounts(schema);
  BindSteps(schema);
  schema.Object<NodeStats>("SolidStepStatsConnection").Field("nodes", &NodeStats::nodes);
  schema.Object<NodeHandleView>("SolidHandle").Field("stepStats", StatsOfNode);
  schema.Object<Run>("Run")
      .Field("stats", StatsOf)
      .Field("stepStats",
             [](const Run& run, const RequestContext& context) { return StepStatsOf(context, run.run().run_id, {}); });
}

}  // namespace tidemill::api
