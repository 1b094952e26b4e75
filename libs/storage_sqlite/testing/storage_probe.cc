// Writes a home with something of everything, or prints what a home holds, for comparing with real Dagster.
//
//   tidemill_storage_probe write HOME
//   tidemill_storage_probe read HOME      one JSON document
//   tidemill_storage_probe migrate HOME   one line for each thing done
#include <array>
#include <cstdio>
#include <string>

#include <tidemill/base/error.h>
#include <tidemill/base/hash.h>
#include <tidemill/base/json.h>
#include <tidemill/serdes/serdes.h>
#include <tidemill/storage_sqlite/open.h>

#include "samples.h"

namespace tidemill::storage_sqlite {
namespace {

using model::AssetCheckKey;
using model::AssetKey;
using model::EventType;
using storage::Storage;
using storage::testing::kStart;

const AssetKey kOrders({"shop", "orders"});
const AssetKey kDaily("daily");
constexpr std::string_view kVersion = "dagster/data_version";

json::Value RepositoryOrigin() {
  return json::Object{{"__class__", "ExternalRepositoryOrigin"},
                      {"repository_location_origin", json::Object{{"__class__", "GrpcServerRepositoryLocationOrigin"},
                                                                  {"host", "localhost"},
                                                                  {"location_name", "shop"},
                                                                  {"port", 4000},
                                                                  {"socket", nullptr}}},
                      {"repository_name", "__repository__"}};
}

model::Run RunOfShop(std::string_view run_id, model::Tags tags = {}) {
  model::Run run = storage::testing::SampleRun(run_id, std::move(tags));
  run.remote_job_origin = json::Object{{"__class__", "ExternalPipelineOrigin"},
                                       {"external_repository_origin", RepositoryOrigin()},
                                       {"pipeline_name", "sample_job"}};
  return run;
}

void WriteRuns(Storage& store) {
  namespace sample = storage::testing;
  model::Run succeeded = RunOfShop("11111111-1111-4111-8111-111111111111",
                                   {{"team", "data \xc3\xa9"}, {"dagster/partition", "2026-01-01"}});
  succeeded.execution_plan_snapshot_id = store.runs().AddPlanSnapshot({});
  store.runs().AddRun(succeeded);
  const std::string& id = succeeded.run_id;
  const AssetCheckKey check{.asset_key = kOrders, .name = "not_empty"};
  store.events().Append(sample::Group({
      sample::Planned(id, kOrders, kStart),
      sample::CheckPlanned(id, check, kStart),
      sample::RunEvent(id, EventType::kRunEnqueued, kStart + 0.5),
      sample::RunEvent(id, EventType::kRunStarting, kStart + 0.75),
      sample::RunEvent(id, EventType::kRunStart, kStart + 1.000001),
      sample::StepEvent(id, EventType::kStepStart, "orders", kStart + 2),
      sample::LogLine(id, "a line \xe2\x82\xac \"quoted\"\n", kStart + 2.5),
      sample::Materialized(id, kOrders, kStart + 3, std::nullopt, {{std::string(kVersion), "v1"}}),
      sample::CheckEvaluated(id, check, true, kStart + 4),
      sample::StepEvent(id, EventType::kStepSuccess, "orders", kStart + 5.123456),
  }));
  store.events().Append(sample::Group({
      sample::Materialized(id, kDaily, kStart + 6, "2026-01-01", {{std::string(kVersion), "old"}}),
      sample::Materialized(id, kDaily, kStart + 7, "2026-01-02", {{std::string(kVersion), "v2"}}),
      sample::Materialized(id, kDaily, kStart + 8, "2026-01-01", {{std::string(kVersion), "new"}}),
      sample::Observed(id, AssetKey("external"), kStart + 9),
      sample::Observed(id, AssetKey("wiped"), kStart + 10),
      sample::RunEvent(id, EventType::kRunSuccess, kStart + 11),
  }));
  store.events().WipeAsset(AssetKey("wiped"));

  model::Run failed = RunOfShop("22222222-2222-4222-8222-222222222222");
  store.runs().AddRun(failed);
  store.events().Append(sample::Group({
      sample::RunEvent(failed.run_id, EventType::kRunStart, kStart + 20),
      sample::StepEvent(failed.run_id, EventType::kStepStart, "orders", kStart + 21),
      sample::StepEvent(failed.run_id, EventType::kStepUpForRetry, "orders", kStart + 22),
      sample::StepEvent(failed.run_id, EventType::kStepRestarted, "orders", kStart + 23),
      sample::StepEvent(failed.run_id, EventType::kStepFailure, "orders", kStart + 24),
      sample::RunFailed(failed.run_id, "STEP_FAILURE", kStart + 25),
  }));
  store.runs().AddRunTags(failed.run_id, {{"seen", "yes"}});

  model::Run queued = RunOfShop("33333333-3333-4333-8333-333333333333");
  store.runs().AddRun(queued);
  store.events().Append(sample::Group({sample::RunEvent(queued.run_id, EventType::kRunEnqueued, kStart + 30)}));
  store.events().Append(sample::Group({sample::CheckEvaluated("", check, false, kStart + 31)}));
}

void WriteInstance(Storage& store) {
  storage::InstigatorRecord sensor;
  sensor.state.origin = json::Object{{"__class__", "ExternalJobOrigin"},
                                     {"external_repository_origin", RepositoryOrigin()},
                                     {"job_name", "watch_orders"}};
  sensor.state.type = model::InstigatorType::kSensor;
  sensor.state.status = model::InstigatorStatus::kRunning;
  model::SensorState state;
  state.cursor = "c1";
  state.min_interval_seconds = 30;
  state.sensor_type = "STANDARD";
  sensor.state.data = state;
  sensor.origin_id = Sha1Hex(json::Dump(sensor.state.origin, json::Order::kSorted));
  sensor.selector_id = model::InstigatorSelectorId("shop", "__repository__", "watch_orders");
  sensor.repository_selector_id = model::RepositorySelectorId("shop", "__repository__");
  store.schedules().PutInstigator(sensor);

  model::TickData tick;
  tick.instigator_origin_id = sensor.origin_id;
  tick.instigator_name = "watch_orders";
  tick.instigator_type = model::InstigatorType::kSensor;
  tick.selector_id = sensor.selector_id;
  tick.timestamp = kStart + 40;
  model::Tick stored = store.schedules().AddTick(tick);
  stored.data.status = model::TickStatus::kSkipped;
  stored.data.skip_reason = "nothing new";
  store.schedules().UpdateTick(stored);
  tick.timestamp = kStart + 70;
  tick.status = model::TickStatus::kSuccess;
  tick.run_ids = {"33333333-3333-4333-8333-333333333333"};
  store.schedules().AddTick(tick);

  model::DaemonHeartbeat heartbeat;
  heartbeat.daemon_type = "SENSOR";
  heartbeat.daemon_id = "a-daemon";
  heartbeat.timestamp = kStart + 50;
  store.runs().AddHeartbeat(heartbeat);
  store.runs().SetValue("cursor", "41");
  store.runs().SetValue("cursor", "42");
  store.events().AddDynamicPartitions("customers", {"zoe", "adam"});
  store.events().SetPoolLimit("database", 2);
  store.events().ClaimSlot("database", "33333333-3333-4333-8333-333333333333", "orders", 3);
  store.runs().RunStorageId();
}

void Write(Storage& store) {
  WriteRuns(store);
  WriteInstance(store);
}

json::Value Optional(const auto& value) { return value ? json::Value(*value) : json::Value(); }

json::Value ReadEvents(Storage& store, std::string_view run_id) {
  json::Array events;
  for (const storage::StoredEvent& event : store.events().RunEvents(run_id, {})) {
    const auto& dagster_event = event.entry.dagster_event;
    events.emplace_back(
        json::Array{json::Value(event.storage_id),
                    dagster_event ? json::Value(model::EventTypeName(dagster_event->type)) : json::Value(),
                    dagster_event ? Optional(dagster_event->step_key) : Optional(event.entry.step_key),
                    json::Value(event.entry.timestamp), json::Value(event.entry.user_message)});
  }
  return events;
}

json::Value ReadRun(Storage& store, const model::RunRecord& record) {
  const storage::RunStats stats = store.events().GetRunStats(record.run.run_id);
  json::Object tags;
  for (const auto& [key, value] : record.run.tags) tags.Set(key, value);
  json::Object steps;
  for (const storage::StepStats& step : store.events().GetStepStats(record.run.run_id, {})) {
    steps.Set(step.step_key, json::Array{Optional(step.status), Optional(step.start_time), Optional(step.end_time),
                                         json::Value(step.attempts),
                                         json::Value(static_cast<std::int64_t>(step.materializations.size())),
                                         json::Value(static_cast<std::int64_t>(step.markers.size()))});
  }
  return json::Object{
      {"run_id", record.run.run_id},
      {"storage_id", record.storage_id},
      {"job_name", record.run.job_name},
      {"status", model::RunStatusName(record.run.status)},
      {"tags", tags},
      {"create_time", ToUnixSeconds(record.create_timestamp)},
      {"update_time", ToUnixSeconds(record.update_timestamp)},
      {"start_time", Optional(record.start_time)},
      {"end_time", Optional(record.end_time)},
      {"events", ReadEvents(store, record.run.run_id)},
      {"stats", json::Array{json::Value(stats.steps_succeeded), json::Value(stats.steps_failed),
                            json::Value(stats.materializations), Optional(stats.enqueued_time),
                            Optional(stats.launch_time), Optional(stats.start_time), Optional(stats.end_time)}},
      {"steps", steps}};
}

json::Value ReadAsset(Storage& store, const storage::AssetRecord& record) {
  json::Object partitions;
  for (const auto& [partition, id] :
       store.events().LatestStorageIdByPartition(record.asset_key, EventType::kAssetMaterialization)) {
    partitions.Set(partition, id);
  }
  json::Object versions;
  for (const auto& [partition, version] : store.events().LatestTagByPartition(record.asset_key, kVersion)) {
    versions.Set(partition, version);
  }
  storage::EventQuery query;
  query.asset_key = record.asset_key;
  json::Array materializations;
  for (const storage::StoredEvent& event : store.events().Events(query))
    materializations.emplace_back(event.storage_id);
  const auto& last = record.last_materialization;
  return json::Object{{"storage_id", record.storage_id},
                      {"last_run_id", Optional(record.last_run_id)},
                      {"last_materialization", last ? json::Value(last->storage_id) : json::Value()},
                      {"last_materialization_time", last ? json::Value(last->entry.timestamp) : json::Value()},
                      {"materializations", materializations},
                      {"partitions", partitions},
                      {"versions", versions}};
}

/// Executions of every check that an evaluation event names, by "asset:check".
json::Value ReadChecks(Storage& store) {
  storage::EventQuery query;
  query.type = EventType::kAssetCheckEvaluation;
  query.descending = false;
  json::Object checks;
  for (const storage::StoredEvent& event : store.events().Events(query)) {
    const auto& data = std::get<model::event::CheckEvaluation>(event.entry.dagster_event->data);
    const AssetCheckKey key{.asset_key = data.asset_key, .name = data.check_name};
    json::Array executions;
    for (const storage::CheckExecution& check : store.events().CheckExecutions(key, 100, std::nullopt)) {
      constexpr std::array<std::string_view, 3> kNames = {"PLANNED", "SUCCEEDED", "FAILED"};
      executions.emplace_back(json::Array{json::Value(check.storage_id), json::Value(check.run_id),
                                          json::Value(kNames.at(static_cast<std::size_t>(check.status))),
                                          Optional(check.partition)});
    }
    checks.Set(key.ToUserString(), executions);
  }
  return checks;
}

json::Value ReadInstigators(Storage& store) {
  json::Object instigators;
  for (const storage::InstigatorRecord& record : store.schedules().Instigators()) {
    json::Array ticks;
    for (const model::Tick& tick : store.schedules().Ticks(record.selector_id, {})) {
      json::Array run_ids;
      for (const std::string& id : tick.data.run_ids) run_ids.emplace_back(id);
      ticks.emplace_back(json::Array{json::Value(tick.tick_id), json::Value(tick.data.timestamp),
                                     json::Value(static_cast<std::int64_t>(tick.data.status)), run_ids,
                                     Optional(tick.data.skip_reason)});
    }
    instigators.Set(record.selector_id,
                    json::Object{{"origin_id", record.origin_id},
                                 {"repository_selector_id", record.repository_selector_id},
                                 {"is_running", record.state.status == model::InstigatorStatus::kRunning},
                                 {"ticks", ticks}});
  }
  return instigators;
}

json::Value Read(Storage& store) {
  json::Array runs;
  for (const model::RunRecord& record : store.runs().GetRuns({}, {})) runs.push_back(ReadRun(store, record));
  json::Object assets;
  for (const storage::AssetRecord& record : store.events().AssetRecords(std::nullopt)) {
    assets.Set(record.asset_key.ToUserString(), ReadAsset(store, record));
  }
  json::Object heartbeats;
  for (const model::DaemonHeartbeat& beat : store.runs().Heartbeats()) heartbeats.Set(beat.daemon_type, beat.timestamp);
  json::Object pools;
  for (const storage::PoolInfo& pool : store.events().Pools()) {
    json::Array claims;
    for (const auto& claim : pool.claims) {
      claims.emplace_back(json::Array{json::Value(claim.run_id), json::Value(claim.step_key),
                                      json::Value(claim.priority), json::Value(claim.holds_slot)});
    }
    pools.Set(pool.pool, json::Object{{"limit", pool.limit}, {"claims", claims}});
  }
  json::Array customers;
  for (const std::string& partition : store.events().DynamicPartitions("customers")) customers.emplace_back(partition);
  json::Array backfills;
  for (const model::BackfillRecord& backfill : store.runs().GetBackfills({}, std::nullopt, std::nullopt)) {
    backfills.emplace_back(json::Array{json::Value(backfill.backfill_id), json::Value(backfill.status),
                                       json::Value(ToUnixSeconds(backfill.timestamp))});
  }
  return json::Object{{"runs", runs},
                      {"assets", assets},
                      {"checks", ReadChecks(store)},
                      {"instigators", ReadInstigators(store)},
                      {"heartbeats", heartbeats},
                      {"cursor", Optional(store.runs().GetValue("cursor"))},
                      {"pools", pools},
                      {"customers", customers},
                      {"backfills", backfills},
                      {"unassigned_events", ReadEvents(store, "")}};
}

int Main(int argc, char** argv) {
  const std::string_view command = argc == 3 ? argv[1] : "";
  if (command != "write" && command != "read" && command != "migrate") {
    std::fputs("usage: tidemill_storage_probe write|read|migrate HOME\n", stderr);
    return 2;
  }
  const auto store = Open(argv[2]);
  if (command == "write") {
    Write(*store);
  } else if (command == "migrate") {
    for (const std::string& step : store->Migrate()) std::puts(step.c_str());
  } else {
    std::puts(json::Dump(Read(*store)).c_str());
  }
  return 0;
}

}  // namespace
}  // namespace tidemill::storage_sqlite

int main(int argc, char** argv) {
  try {
    return tidemill::storage_sqlite::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
