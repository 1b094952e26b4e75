#include "run_events.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include <tidemill/serdes/serdes.h>

#include "assets.h"
#include "event_cursor.h"
#include "execution_plan.h"
#include "job_structure.h"
#include "jobs.h"
#include "run.h"

namespace tidemill::api {
namespace {

using model::EventType;

/// 0 stands for no limit, as in Dagster.
std::optional<std::int64_t> LimitOf(const graphql::Arguments& arguments) {
  const auto limit = arguments.Get<std::optional<std::int64_t>>("limit");
  return limit == 0 ? std::nullopt : limit;
}

EventConnection EventsOfRun(const Run& run, const graphql::Arguments& arguments, const RequestContext& context) {
  return ReadEvents(context.storage().events(), run.run().run_id,
                    arguments.Get<std::optional<std::string>>("afterCursor"), LimitOf(arguments));
}

std::variant<EventConnection, NamedError, PythonError> LogsForRun(const graphql::Arguments& arguments,
                                                                  const RequestContext& context) {
  const auto run_id = arguments.Get<std::string>("runId");
  if (!context.storage().runs().GetRun(run_id)) return RunNotFound(run_id);
  try {
    return ReadEvents(context.storage().events(), run_id, arguments.Get<std::optional<std::string>>("afterCursor"),
                      LimitOf(arguments));
  } catch (const Error& error) {
    return ToPythonError(error);
  }
}

std::vector<storage::StoredEvent> EventsOfTypes(const Run& run, const RequestContext& context,
                                                std::set<EventType> types) {
  storage::RunEventQuery query;
  query.types = std::move(types);
  return context.storage().events().RunEvents(run.run().run_id, query);
}

std::vector<model::AssetCheckKey> ChecksOf(const Run& run, const RequestContext& context) {
  std::set<model::AssetCheckKey> keys;
  for (const storage::StoredEvent& event : EventsOfTypes(run, context, {EventType::kAssetCheckEvaluation})) {
    const auto* check = std::get_if<model::event::CheckEvaluation>(&event.entry.dagster_event->data);
    if (check != nullptr) keys.insert({check->asset_key, check->check_name});
  }
  if (const auto plan = PlanOf(run, context)) {
    for (model::AssetCheckKey& key : CheckKeysOf(*plan->plan)) keys.insert(std::move(key));
  }
  std::vector<model::AssetCheckKey> sorted(keys.begin(), keys.end());
  // Dagster's order: the check's name and the asset's path, written in one.
  const auto text_of = [](const model::AssetCheckKey& key) {
    std::string text = key.name;
    for (const std::string& part : key.asset_key.path) text += part;
    return text;
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const auto& one, const auto& other) { return text_of(one) < text_of(other); });
  return sorted;
}

/// UnknownPipeline: the job of a run whose snapshot was never stored.
struct UnknownJob {
  std::string name;
  std::optional<std::vector<std::string>> op_selection;
};

std::variant<JobSnapshot, UnknownJob> JobOf(const Run& run, const RequestContext& context) {
  const model::Run& row = run.run();
  if (!row.job_snapshot_id) return UnknownJob{row.job_name, row.resolved_op_selection};
  const JobStructure* structure = context.Local<JobStructures>().Historical(*row.job_snapshot_id);
  if (structure != nullptr) return JobSnapshot{structure};
  throw Error(Code::kNotFound, "the job snapshot " + *row.job_snapshot_id + " of run " + row.run_id + " is not stored");
}

}  // namespace

std::vector<model::AssetKey> AssetsOf(const Run& run, const RequestContext& context) {
  std::set<model::AssetKey> keys;
  for (const storage::StoredEvent& event :
       EventsOfTypes(run, context, {EventType::kAssetMaterialization, EventType::kAssetObservation})) {
    if (const model::AssetKey* key = event.entry.dagster_event->asset_key()) keys.insert(*key);
  }
  if (const auto plan = PlanOf(run, context)) {
    for (model::AssetKey& key : AssetKeysOf(*plan->plan)) keys.insert(std::move(key));
  }
  return {keys.begin(), keys.end()};
}

EventConnection ReadEvents(storage::EventStorage& storage, const std::string& run_id,
                           const std::optional<std::string>& cursor, std::optional<std::int64_t> limit) {
  storage::RunEventQuery query;
  query.limit = limit;
  if (cursor) query.after = StorageIdOf(*cursor);
  std::vector<storage::StoredEvent> stored = storage.RunEvents(run_id, query);
  EventConnection connection;
  connection.has_more = limit && static_cast<std::int64_t>(stored.size()) == *limit;
  connection.cursor = stored.empty() ? cursor.value_or(StorageIdCursor(-1)) : StorageIdCursor(stored.back().storage_id);
  connection.events = EventsOf(std::move(stored));
  return connection;
}

void BindRunEvents(graphql::Schema& schema) {
  schema.Object<EventConnection>("EventConnection")
      .Field("events", &EventConnection::events)
      .Field("cursor", &EventConnection::cursor)
      .Field("hasMore", &EventConnection::has_more);
  schema.Object<UnknownJob>("UnknownPipeline")
      .Field("name", &UnknownJob::name)
      .Field("solidSelection", &UnknownJob::op_selection);
  schema.Object<Run>("Run")
      .Field("eventConnection", EventsOfRun)
      .Field("assetChecks", ChecksOf)
      .Field("assets",
             [](const Run& run, const RequestContext& context) {
               std::vector<Asset> assets;
               for (model::AssetKey& key : AssetsOf(run, context)) assets.push_back({std::move(key)});
               return assets;
             })
      .Field("pipeline", JobOf)
      .Field("assetMaterializations", [](const Run& run, const RequestContext& context) {
        return EventsOf(EventsOfTypes(run, context, {EventType::kAssetMaterialization}));
      });
  schema.Query().Field("logsForRun", LogsForRun);
}

}  // namespace tidemill::api
