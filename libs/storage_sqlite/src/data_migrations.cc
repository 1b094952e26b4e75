#include "data_migrations.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/base/json.h>
#include <tidemill/model/instigators.h>

namespace tidemill::storage_sqlite {
namespace {

/// The migrations that SQL can do alone.
struct SqlMigration {
  std::string_view name;
  std::string_view sql;
};

constexpr std::array kSqlMigrations = {
    SqlMigration{
        "run_partitions",
        "UPDATE runs SET partition = (SELECT value FROM run_tags WHERE run_id = runs.run_id AND key = "
        "'dagster/partition'), partition_set = (SELECT value FROM run_tags WHERE run_id = runs.run_id AND key = "
        "'dagster/partition_set') WHERE partition IS NULL"},
    SqlMigration{"run_repo_label_tags",
                 "INSERT INTO run_tags (run_id, key, value) SELECT run_id, '.dagster/repository', repository || '@' || "
                 "location FROM (SELECT run_id, json_extract(run_body, '$.external_pipeline_origin."
                 "external_repository_origin.repository_name') AS repository, json_extract(run_body, "
                 "'$.external_pipeline_origin.external_repository_origin.repository_location_origin.location_name') AS "
                 "location FROM runs) AS origins WHERE repository IS NOT NULL AND location IS NOT NULL AND NOT EXISTS "
                 "(SELECT 1 FROM run_tags WHERE run_id = origins.run_id AND key = '.dagster/repository')"},
    SqlMigration{
        "bulk_action_types",
        "UPDATE bulk_actions SET action_type = iif(json_extract(body, '$.serialized_asset_backfill_data') IS NULL "
        "AND json_extract(body, '$.asset_backfill_data') IS NULL, 'PARTITION_BACKFILL', "
        "'MULTI_RUN_ASSET_ACTION') WHERE action_type IS NULL"},
    SqlMigration{"run_backfill_id",
                 "UPDATE runs SET backfill_id = (SELECT value FROM run_tags WHERE run_id = runs.run_id AND key = "
                 "'dagster/backfill') WHERE backfill_id IS NULL"},
    SqlMigration{
        "backfill_job_name_and_tags",
        "INSERT INTO backfill_tags (backfill_id, key, value) SELECT bulk_actions.key, tags.key, tags.value FROM "
        "bulk_actions, json_each(bulk_actions.body, '$.tags') AS tags WHERE NOT EXISTS (SELECT 1 FROM "
        "backfill_tags WHERE backfill_id = bulk_actions.key)"},
    SqlMigration{
        "asset_key_table",
        "INSERT OR IGNORE INTO asset_keys (asset_key) SELECT DISTINCT asset_key FROM event_logs WHERE asset_key "
        "IS NOT NULL"},
    SqlMigration{
        "asset_key_index_columns",
        "UPDATE asset_keys SET wipe_timestamp = strftime('%Y-%m-%d %H:%M:%f000', json_extract(asset_details, "
        "'$.last_wipe_timestamp'), 'unixepoch'), last_materialization_timestamp = (SELECT max(timestamp) FROM "
        "event_logs WHERE asset_key = asset_keys.asset_key AND dagster_event_type IN ('ASSET_MATERIALIZATION', "
        "'ASSET_OBSERVATION', 'ASSET_MATERIALIZATION_PLANNED'))"},
};

bool IsTerminal(std::string_view status) {
  return status.starts_with("COMPLETED") || status == "FAILED" || status == "CANCELED";
}

/// The job of a partition set: its name without the suffix that Dagster appends.
void FillBackfillJobNames(Connection& runs) {
  constexpr std::string_view kSuffix = "_partition_set";
  std::vector<std::pair<std::string, std::string>> names;
  {
    auto select = runs.Prepare(
        "SELECT key, json_extract(body, '$.partition_set_origin.partition_set_name') AS name FROM bulk_actions WHERE "
        "job_name IS NULL AND name IS NOT NULL");
    while (select.Step()) {
      std::string_view name = select.Text(1);
      if (name.ends_with(kSuffix)) name.remove_suffix(kSuffix.size());
      names.emplace_back(select.Text(0), name);
    }
  }
  for (const auto& [key, name] : names) runs.Execute("UPDATE bulk_actions SET job_name = ? WHERE key = ?", name, key);
}

/// A finished backfill ended when its last run did; without runs, when it began.
void FillBackfillEnds(Connection& runs) {
  std::vector<std::pair<std::string, std::string>> bodies;
  {
    auto select = runs.Prepare(
        "SELECT key, status, body, (SELECT max(end_time) FROM runs WHERE backfill_id = bulk_actions.key) FROM "
        "bulk_actions");
    while (select.Step()) {
      if (!IsTerminal(select.Text(1))) continue;
      json::Value body = json::Parse(select.Text(2));
      if (!body.is_object()) continue;
      const json::Value* end = body.Find("backfill_end_timestamp");
      if (end != nullptr && !end->is_null()) continue;
      const json::Value* start = body.Find("backfill_timestamp");
      json::Value time = start == nullptr ? json::Value() : *start;
      if (const auto last = select.OptionalDouble(3)) time = *last;
      body.AsObject().Set("backfill_end_timestamp", std::move(time));
      bodies.emplace_back(select.Text(0), json::Dump(body, json::Order::kSorted));
    }
  }
  for (const auto& [key, body] : bodies) runs.Execute("UPDATE bulk_actions SET body = ? WHERE key = ?", body, key);
}

std::string TextAt(const json::Value* value, std::string_view member) {
  const json::Value* found = value == nullptr ? nullptr : value->Find(member);
  return found != nullptr && found->is_string() ? found->AsString() : std::string();
}

/// Copies the states of the table that Dagster before 0.14 wrote to the one keyed by selector.
void FillInstigators(Connection& schedules) {
  struct Row {
    std::int64_t id = 0;
    std::string body, status, type, selector_id, repository_selector_id;
  };
  std::vector<Row> rows;
  {
    auto select = schedules.Prepare("SELECT id, job_body, status, job_type FROM jobs ORDER BY id");
    while (select.Step()) {
      Row row;
      row.id = select.Int(0);
      row.body = select.Text(1);
      row.status = select.Text(2);
      row.type = select.Text(3);
      const json::Value state = json::Parse(row.body);
      const json::Value* origin = state.Find("origin");
      const json::Value* repository = origin == nullptr ? nullptr : origin->Find("external_repository_origin");
      const json::Value* location = repository == nullptr ? nullptr : repository->Find("repository_location_origin");
      const std::string location_name = TextAt(location, "location_name");
      const std::string repository_name = TextAt(repository, "repository_name");
      if (location_name.empty() || repository_name.empty()) continue;
      row.selector_id = model::InstigatorSelectorId(location_name, repository_name, TextAt(origin, "job_name"));
      row.repository_selector_id = model::RepositorySelectorId(location_name, repository_name);
      rows.push_back(std::move(row));
    }
  }
  for (const Row& row : rows) {
    schedules.Execute(
        "INSERT INTO instigators (selector_id, repository_selector_id, status, instigator_type, instigator_body) "
        "VALUES "
        "(?1, ?2, ?3, ?4, ?5) ON CONFLICT (selector_id) DO UPDATE SET repository_selector_id = ?2, status = ?3, "
        "instigator_type = ?4, instigator_body = ?5",
        row.selector_id, row.repository_selector_id, row.status, row.type, row.body);
    schedules.Execute("UPDATE jobs SET selector_id = ? WHERE id = ? AND selector_id IS NULL", row.selector_id, row.id);
  }
}

void FillTickSelectors(Connection& schedules) {
  schedules.Execute(
      "UPDATE job_ticks SET selector_id = (SELECT selector_id FROM jobs WHERE job_origin_id = job_ticks.job_origin_id) "
      "WHERE selector_id IS NULL");
}

/// Old versions of Dagster wrote local times: each run gets those of its log. A run without one keeps what it has.
void FillRunTimes(Connection& runs, const RunStatsSource& stats) {
  std::vector<std::string> run_ids;
  {
    auto select =
        runs.Prepare("SELECT run_id FROM runs WHERE status NOT IN ('QUEUED', 'NOT_STARTED', 'MANAGED', 'STARTING')");
    while (select.Step()) run_ids.emplace_back(select.Text(0));
  }
  for (const std::string& run_id : run_ids) {
    const storage::RunStats times = stats(run_id);
    if (!times.start_time && !times.end_time) continue;
    runs.Execute("UPDATE runs SET start_time = ?, end_time = ? WHERE run_id = ?", times.start_time, times.end_time,
                 run_id);
  }
}

}  // namespace

void RunDataMigration(Connection& connection, std::string_view name, const RunStatsSource& stats) {
  for (const SqlMigration& migration : kSqlMigrations) {
    if (migration.name == name) connection.Execute(migration.sql);
  }
  if (name == "backfill_job_name_and_tags") FillBackfillJobNames(connection);
  if (name == "backfill_end_timestamp") FillBackfillEnds(connection);
  if (name == "run_start_end_overwritten") FillRunTimes(connection, stats);
  if (name == "schedule_jobs_selector_id") FillInstigators(connection);
  if (name == "schedule_ticks_selector_id") FillTickSelectors(connection);
}

std::int64_t FillPoolLimits(Connection& index) {
  return index.Execute(
      "INSERT INTO concurrency_limits (concurrency_key, \"limit\") SELECT concurrency_key, count(*) FROM "
      "concurrency_slots WHERE deleted = 0 AND NOT EXISTS (SELECT 1 FROM concurrency_limits) GROUP BY concurrency_key");
}

}  // namespace tidemill::storage_sqlite
