#include "schema.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

#include <sqlite3.h>

#include <tidemill/base/clock.h>
#include <tidemill/base/error.h>

#include "revisions.h"

namespace tidemill::storage_sqlite {
namespace {

constexpr std::string_view kSnapshotOfRun =
    "CONSTRAINT fk_runs_snapshot_id_snapshots_snapshot_id FOREIGN KEY(snapshot_id) REFERENCES snapshots "
    "(snapshot_id)";

std::vector<Table> RunTables() {
  return {
      {"secondary_indexes",
       {"id INTEGER NOT NULL", "name VARCHAR(512)", "create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP",
        "migration_completed DATETIME", "PRIMARY KEY (id)", "UNIQUE (name)"}},
      {"snapshots",
       {"id INTEGER NOT NULL", "snapshot_id VARCHAR(255) NOT NULL", "snapshot_body BLOB NOT NULL",
        "snapshot_type VARCHAR(63) NOT NULL", "PRIMARY KEY (id)", "UNIQUE (snapshot_id)"}},
      {"daemon_heartbeats",
       {"id INTEGER NOT NULL", "daemon_type VARCHAR(255) NOT NULL", "daemon_id VARCHAR(255)",
        "timestamp TIMESTAMP NOT NULL", "body TEXT", "PRIMARY KEY (id)", "UNIQUE (daemon_type)"}},
      {"bulk_actions",
       {"id INTEGER NOT NULL", "\"key\" VARCHAR(32) NOT NULL", "status VARCHAR(255) NOT NULL",
        "timestamp TIMESTAMP NOT NULL", "body TEXT", "action_type VARCHAR(32)", "selector_id TEXT", "job_name TEXT",
        "PRIMARY KEY (id)", "UNIQUE (\"key\")"}},
      {"backfill_tags",
       {"id INTEGER NOT NULL", "backfill_id VARCHAR(255)", "\"key\" TEXT", "value TEXT", "PRIMARY KEY (id)"}},
      {"instance_info", {"id INTEGER NOT NULL", "run_storage_id TEXT", "PRIMARY KEY (id)"}},
      {"kvs", {"id INTEGER NOT NULL", "\"key\" TEXT NOT NULL", "value TEXT", "PRIMARY KEY (id)"}},
      {"runs",
       {"id INTEGER NOT NULL", "run_id VARCHAR(255)", "snapshot_id VARCHAR(255)", "pipeline_name TEXT", "mode TEXT",
        "status VARCHAR(63)", "run_body TEXT", "partition TEXT", "partition_set TEXT",
        "create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP", "update_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP",
        "start_time FLOAT", "end_time FLOAT", "backfill_id VARCHAR(255)", "PRIMARY KEY (id)", "UNIQUE (run_id)",
        kSnapshotOfRun}},
      {"run_tags",
       {"id INTEGER NOT NULL", "run_id VARCHAR(255)", "\"key\" TEXT", "value TEXT", "PRIMARY KEY (id)",
        "FOREIGN KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE"}},
  };
}

std::vector<Index> RunIndexes() {
  return {
      {"idx_bulk_actions_status", "bulk_actions (status)", false},
      {"idx_bulk_actions_action_type", "bulk_actions (action_type)", false},
      {"idx_bulk_actions", "bulk_actions (\"key\")", false},
      {"idx_bulk_actions_selector_id", "bulk_actions (selector_id)", false},
      {"idx_backfill_tags_backfill_id", "backfill_tags (backfill_id, id)", false},
      {"idx_kvs_keys_unique", "kvs (\"key\")", true},
      {"idx_run_partitions", "runs (partition_set, partition)", false},
      {"idx_runs_by_backfill_id", "runs (backfill_id, id)", false},
      {"idx_run_status", "runs (status)", false},
      {"idx_runs_by_job", "runs (pipeline_name, id)", false},
      {"idx_run_range", "runs (status, update_timestamp, create_timestamp)", false},
      {"idx_run_tags", "run_tags (\"key\", value)", false},
      {"idx_run_tags_run_idx", "run_tags (run_id, id)", false},
  };
}

std::vector<Table> EventTables() {
  return {
      {"event_logs",
       {"id INTEGER NOT NULL", "run_id VARCHAR(255)", "event TEXT NOT NULL", "dagster_event_type TEXT",
        "timestamp TIMESTAMP", "step_key TEXT", "asset_key TEXT", "partition TEXT", "PRIMARY KEY (id)"}},
      {"secondary_indexes",
       {"id INTEGER NOT NULL", "name VARCHAR(512)", "create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP",
        "migration_completed DATETIME", "PRIMARY KEY (id)", "UNIQUE (name)"}},
      {"asset_keys",
       {"id INTEGER NOT NULL", "asset_key VARCHAR(512)", "last_materialization TEXT", "last_run_id VARCHAR(255)",
        "asset_details TEXT", "wipe_timestamp TIMESTAMP", "last_materialization_timestamp TIMESTAMP", "tags TEXT",
        "create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP", "cached_status_data TEXT", "PRIMARY KEY (id)",
        "UNIQUE (asset_key)"}},
      {"asset_event_tags",
       {"id INTEGER NOT NULL", "event_id INTEGER", "asset_key TEXT NOT NULL", "\"key\" TEXT NOT NULL", "value TEXT",
        "event_timestamp TIMESTAMP", "PRIMARY KEY (id)"}},
      {"dynamic_partitions",
       {"id INTEGER NOT NULL", "partitions_def_name TEXT NOT NULL", "partition TEXT NOT NULL",
        "create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP", "PRIMARY KEY (id)"}},
      {"concurrency_limits",
       {"id INTEGER NOT NULL", "concurrency_key VARCHAR(512) NOT NULL", "\"limit\" INTEGER NOT NULL",
        "using_default_limit BOOLEAN DEFAULT 0 NOT NULL", "update_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP",
        "create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP", "PRIMARY KEY (id)", "UNIQUE (concurrency_key)"}},
      {"concurrency_slots",
       {"id INTEGER NOT NULL", "concurrency_key TEXT NOT NULL", "run_id TEXT", "step_key TEXT",
        "deleted BOOLEAN NOT NULL", "create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP", "PRIMARY KEY (id)"}},
      {"pending_steps",
       {"id INTEGER NOT NULL", "concurrency_key TEXT NOT NULL", "run_id TEXT", "step_key TEXT", "priority INTEGER",
        "assigned_timestamp DATETIME", "create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP", "PRIMARY KEY (id)"}},
      {"asset_check_executions",
       {"id INTEGER NOT NULL", "asset_key TEXT", "check_name TEXT", "partition TEXT", "run_id VARCHAR(255)",
        "execution_status VARCHAR(255)", "evaluation_event TEXT", "evaluation_event_timestamp DATETIME",
        "evaluation_event_storage_id INTEGER", "materialization_event_storage_id INTEGER",
        "create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP", "PRIMARY KEY (id)"}},
  };
}

std::vector<Index> EventIndexes() {
  return {
      {"idx_events_by_asset_partition", "event_logs (asset_key, dagster_event_type, partition, id)", false},
      {"idx_events_by_asset", "event_logs (asset_key, dagster_event_type, id)", false},
      {"idx_events_by_run_id", "event_logs (run_id, id)", false},
      {"idx_event_type", "event_logs (dagster_event_type, id)", false},
      {"idx_step_key", "event_logs (step_key)", false},
      {"idx_asset_event_tags_event_id", "asset_event_tags (event_id)", false},
      {"idx_asset_event_tags", "asset_event_tags (asset_key, \"key\", value)", false},
      {"idx_dynamic_partitions", "dynamic_partitions (partitions_def_name, partition)", true},
      {"idx_pending_steps", "pending_steps (concurrency_key, run_id, step_key)", true},
      {"idx_asset_check_executions_unique", "asset_check_executions (asset_key, check_name, run_id, partition)", true},
      {"idx_asset_check_executions",
       "asset_check_executions (asset_key, check_name, materialization_event_storage_id, partition)", false},
  };
}

std::vector<Table> ScheduleTables() {
  return {
      {"jobs",
       {"id INTEGER NOT NULL", "job_origin_id VARCHAR(255)", "selector_id VARCHAR(255)",
        "repository_origin_id VARCHAR(255)", "status VARCHAR(63)", "job_type VARCHAR(63)", "job_body TEXT",
        "create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP", "update_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP",
        "PRIMARY KEY (id)", "UNIQUE (job_origin_id)"}},
      {"instigators",
       {"id INTEGER NOT NULL", "selector_id VARCHAR(255)", "repository_selector_id VARCHAR(255)", "status VARCHAR(63)",
        "instigator_type VARCHAR(63)", "instigator_body TEXT", "create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP",
        "update_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP", "PRIMARY KEY (id)", "UNIQUE (selector_id)"}},
      {"job_ticks",
       {"id INTEGER NOT NULL", "job_origin_id VARCHAR(255)", "selector_id VARCHAR(255)", "status VARCHAR(63)",
        "type VARCHAR(63)", "timestamp TIMESTAMP", "tick_body TEXT",
        "create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP", "update_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP",
        "PRIMARY KEY (id)"}},
      {"asset_daemon_asset_evaluations",
       {"id INTEGER NOT NULL", "evaluation_id INTEGER", "asset_key TEXT", "asset_evaluation_body TEXT",
        "num_requested INTEGER", "num_skipped INTEGER", "num_discarded INTEGER",
        "create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP", "PRIMARY KEY (id)"}},
      {"secondary_indexes",
       {"id INTEGER NOT NULL", "name VARCHAR(512)", "create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP",
        "migration_completed DATETIME", "PRIMARY KEY (id)", "UNIQUE (name)"}},
  };
}

std::vector<Index> ScheduleIndexes() {
  return {
      {"ix_jobs_job_type", "jobs (job_type)", false},
      {"ix_instigators_instigator_type", "instigators (instigator_type)", false},
      {"ix_job_ticks_job_origin_id", "job_ticks (job_origin_id)", false},
      {"idx_tick_selector_timestamp", "job_ticks (selector_id, timestamp)", false},
      {"idx_job_tick_status", "job_ticks (job_origin_id, status)", false},
      {"idx_job_tick_timestamp", "job_ticks (job_origin_id, timestamp)", false},
      {"idx_asset_daemon_asset_evaluations_asset_key_evaluation_id",
       "asset_daemon_asset_evaluations (asset_key, evaluation_id)", true},
      {"ix_asset_daemon_asset_evaluations_evaluation_id", "asset_daemon_asset_evaluations (evaluation_id)", false},
  };
}

const Table& AlembicTable() {
  static const Table kTable = {
      "alembic_version",
      {"version_num VARCHAR(32) NOT NULL", "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)"}};
  return kTable;
}

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};

void Exec(sqlite3* database, const std::string& sql) {
  char* message = nullptr;
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return;
  const std::string detail = message == nullptr ? "out of memory" : message;
  sqlite3_free(message);
  throw Error(Code::kInternal, "cannot build an empty database: " + detail + ": " + sql);
}

}  // namespace

std::string Table::Sql() const {
  std::string sql = "CREATE TABLE ";
  sql += name;
  sql += " (\n\t";
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    if (i > 0) sql += ", \n\t";
    sql += definitions[i];
  }
  return sql + "\n)";
}

std::string Index::Sql() const {
  std::string sql = unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ";
  sql += name;
  sql += " ON ";
  sql += on;
  return sql;
}

const std::vector<Table>& TablesOf(Schema schema) {
  const auto with_stamp = [](std::vector<Table> tables) {
    tables.push_back(AlembicTable());
    return tables;
  };
  static const std::vector<Table> kRuns = with_stamp(RunTables());
  static const std::vector<Table> kEvents = with_stamp(EventTables());
  static const std::vector<Table> kSchedules = with_stamp(ScheduleTables());
  return schema == Schema::kRuns ? kRuns : schema == Schema::kEvents ? kEvents : kSchedules;
}

const std::vector<Index>& IndexesOf(Schema schema) {
  static const std::vector<Index> kRuns = RunIndexes();
  static const std::vector<Index> kEvents = EventIndexes();
  static const std::vector<Index> kSchedules = ScheduleIndexes();
  return schema == Schema::kRuns ? kRuns : schema == Schema::kEvents ? kEvents : kSchedules;
}

std::span<const std::string_view> MigrationsOf(Schema schema) {
  static constexpr std::array<std::string_view, 7> kRuns = {
      "run_partitions",           "run_repo_label_tags",        "bulk_action_types",
      "run_backfill_id",          "backfill_job_name_and_tags", "backfill_end_timestamp",
      "run_start_end_overwritten"};
  static constexpr std::array<std::string_view, 2> kEvents = {"asset_key_table", "asset_key_index_columns"};
  static constexpr std::array<std::string_view, 2> kSchedules = {"schedule_jobs_selector_id",
                                                                 "schedule_ticks_selector_id"};
  switch (schema) {
    case Schema::kRuns:
      return kRuns;
    case Schema::kEvents:
      return kEvents;
    case Schema::kSchedules:
      return kSchedules;
  }
  return {};
}

std::string NewFileImage(Schema schema, bool with_migrations) {
  sqlite3* handle = nullptr;
  const int opened = sqlite3_open(":memory:", &handle);
  const std::unique_ptr<sqlite3, CloseDatabase> database(handle);
  if (opened != SQLITE_OK) throw Error(Code::kInternal, "cannot open a database in memory");
  Exec(handle, "PRAGMA page_size=4096; BEGIN");
  // Dagster interleaves: a table, then its indexes.
  for (const Table& table : TablesOf(schema)) {
    Exec(handle, table.Sql());
    for (const Index& index : IndexesOf(schema)) {
      if (index.on.starts_with(std::string(table.name) + " ")) Exec(handle, index.Sql());
    }
  }
  Exec(handle, "INSERT INTO alembic_version VALUES ('" + std::string(kHeadRevision) + "')");
  if (with_migrations) {
    const std::string now = ToSqlText(SystemClock().Now());
    for (const std::string_view name : MigrationsOf(schema)) {
      Exec(handle, "INSERT INTO secondary_indexes (name, migration_completed) VALUES ('" + std::string(name) + "', '" +
                       now + "')");
    }
  }
  Exec(handle, "COMMIT");
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> bytes(sqlite3_serialize(handle, "main", &size, 0),
                                                                      &sqlite3_free);
  if (bytes == nullptr) throw Error(Code::kInternal, "cannot serialize a database in memory");
  std::string image(reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(size));
  // File format write and read version 2: write-ahead log (https://www.sqlite.org/fileformat2.html, 1.3.3).
  image[18] = 2;
  image[19] = 2;
  return image;
}

}  // namespace tidemill::storage_sqlite
