#include "run_store.h"

#include <algorithm>

#include <fmt/format.h>

#include <tidemill/base/compress.h>
#include <tidemill/base/uuid.h>
#include <tidemill/serdes/serdes.h>
#include <tidemill/storage/event_row.h>

#include "event_store.h"
#include "sql_query.h"

namespace tidemill::storage_sqlite {
namespace {

constexpr std::string_view kSelectRuns =
    "SELECT runs.id, runs.run_body, runs.status, runs.create_timestamp, runs.update_timestamp, runs.start_time, "
    "runs.end_time FROM runs";

std::optional<std::string> TagOf(const model::Tags& tags, std::string_view key) {
  const std::string* value = model::FindTag(tags, key);
  return value == nullptr ? std::nullopt : std::optional<std::string>(*value);
}

model::RunStatus ReadStatus(const Connection& connection, std::int64_t row, std::string_view text) {
  const auto status = model::ParseRunStatus(text);
  if (status) return *status;
  throw Error(Code::kDataLoss,
              fmt::format("{}: row {} of runs has the unknown status \"{}\"", connection.path().string(), row, text));
}

model::RunRecord ReadRun(const Connection& connection, const Statement& select) {
  model::RunRecord record;
  record.storage_id = select.Int(0);
  try {
    record.run = serdes::Decode<model::Run>(select.Text(1));
  } catch (const Error& error) {
    throw Error(Code::kDataLoss, fmt::format("{}: row {} of runs is no run: {}", connection.path().string(),
                                             record.storage_id, error.what()));
  }
  // The column is the truth: writers of tags and of status may have crossed in the body.
  record.run.status = ReadStatus(connection, record.storage_id, select.Text(2));
  record.create_timestamp = ParseSqlText(select.Text(3)).value_or(Timestamp{});
  record.update_timestamp = ParseSqlText(select.Text(4)).value_or(Timestamp{});
  record.start_time = select.OptionalDouble(5);
  record.end_time = select.OptionalDouble(6);
  return record;
}

void AddFilter(SqlQuery& sql, const storage::RunFilter& filter) {
  // Tags first: their parameters come in the FROM clause.
  for (std::size_t i = 0; i < filter.tags.size(); ++i) {
    const auto& [key, values] = filter.tags[i];
    sql.Append(
        fmt::format(" JOIN run_tags AS tag{0} ON tag{0}.run_id = runs.run_id AND tag{0}.key = ? AND "
                    "tag{0}.value IN (SELECT value FROM json_each(?))",
                    i));
    sql.Bind(key);
    sql.Bind(JsonList(values));
  }
  if (filter.run_ids) sql.Where("runs.run_id IN (SELECT value FROM json_each(?))", JsonList(*filter.run_ids));
  if (filter.job_name) sql.Where("runs.pipeline_name = ?", *filter.job_name);
  if (!filter.statuses.empty()) {
    std::vector<std::string> names;
    for (const model::RunStatus status : filter.statuses) names.emplace_back(model::RunStatusName(status));
    sql.Where("runs.status IN (SELECT value FROM json_each(?))", JsonList(names));
  }
  if (filter.snapshot_id) sql.Where("runs.snapshot_id = ?", *filter.snapshot_id);
  if (filter.updated_after) sql.Where("runs.update_timestamp > ?", ToSqlText(*filter.updated_after));
  if (filter.updated_before) sql.Where("runs.update_timestamp < ?", ToSqlText(*filter.updated_before));
  if (filter.created_after) sql.Where("runs.create_timestamp > ?", ToSqlText(*filter.created_after));
  if (filter.created_before) sql.Where("runs.create_timestamp < ?", ToSqlText(*filter.created_before));
  if (filter.exclude_backfills) sql.Condition("runs.backfill_id IS NULL");
}

void InsertTag(Connection& runs, std::string_view run_id, std::string_view key, std::string_view value) {
  runs.Execute("INSERT INTO run_tags (run_id, key, value) VALUES (?, ?, ?)", run_id, key, value);
}

[[noreturn]] void ThrowNoRun(std::string_view run_id) {
  throw Error(Code::kNotFound, fmt::format("there is no run {} in this instance", run_id));
}

}  // namespace

void RunStore::AddRun(const model::Run& run) {
  const std::string body = serdes::Encode(run);
  const Lease runs = files_.runs->Acquire();
  const auto turn = files_.runs->LockWrites();
  Transaction transaction(*runs);
  if (run.job_snapshot_id &&
      !runs->Query("SELECT 1 FROM snapshots WHERE snapshot_id = ?", *run.job_snapshot_id).Step()) {
    throw Error(Code::kFailedPrecondition,
                fmt::format("run {} names the job snapshot {}, which is not stored", run.run_id, *run.job_snapshot_id));
  }
  try {
    runs->Execute(
        "INSERT INTO runs (run_id, snapshot_id, pipeline_name, status, run_body, partition, partition_set, "
        "create_timestamp, backfill_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        run.run_id, run.job_snapshot_id, run.job_name, model::RunStatusName(run.status), body,
        TagOf(run.tags, model::tag::kPartition), TagOf(run.tags, model::tag::kPartitionSet),
        ToSqlText(SystemClock().Now()), TagOf(run.tags, model::tag::kBackfill));
  } catch (const ConstraintError&) {
    throw Error(Code::kAlreadyExists, fmt::format("there is a run {} already", run.run_id));
  }
  for (const auto& [key, value] : storage::TagsForStorage(run)) InsertTag(*runs, run.run_id, key, value);
  transaction.Commit();
}

std::optional<model::RunRecord> RunStore::GetRun(std::string_view run_id) {
  const auto runs = files_.runs->AcquireIfExists();
  if (!runs) return std::nullopt;
  SqlQuery sql(kSelectRuns);
  sql.Where("runs.run_id = ?", run_id);
  auto select = sql.Prepare(**runs);
  if (!select.Step()) return std::nullopt;
  return ReadRun(**runs, select);
}

std::vector<model::RunRecord> RunStore::GetRuns(const storage::RunFilter& filter, const storage::RunPage& page) {
  const auto runs = files_.runs->AcquireIfExists();
  if (!runs) return {};
  SqlQuery sql(kSelectRuns);
  AddFilter(sql, filter);
  if (page.cursor) {
    sql.Where(page.ascending ? "runs.id > (SELECT id FROM runs WHERE run_id = ?)"
                             : "runs.id < (SELECT id FROM runs WHERE run_id = ?)",
              *page.cursor);
  }
  sql.Append(page.ascending ? " ORDER BY runs.id" : " ORDER BY runs.id DESC");
  sql.Limit(page.limit);
  std::vector<model::RunRecord> records;
  auto select = sql.Prepare(**runs);
  while (select.Step()) records.push_back(ReadRun(**runs, select));
  return records;
}

std::int64_t RunStore::CountRuns(const storage::RunFilter& filter) {
  const auto runs = files_.runs->AcquireIfExists();
  if (!runs) return 0;
  SqlQuery sql("SELECT count(*) FROM runs");
  AddFilter(sql, filter);
  auto select = sql.Prepare(**runs);
  return select.Step() ? select.Int(0) : 0;
}

std::int64_t RunStore::ChangeToken() {
  const std::lock_guard lock(watch_mutex_);
  if (!watch_) {
    auto lease = files_.runs->AcquireIfExists();
    if (!lease) return 0;
    watch_.emplace(std::move(*lease));
  }
  auto select = (*watch_)->Query("PRAGMA data_version");
  return select.Step() ? select.Int(0) : 0;
}

std::vector<storage::PartitionRun> RunStore::LatestRunsByPartition(const storage::RunFilter& filter) {
  const auto runs = files_.runs->AcquireIfExists();
  if (!runs) return {};
  // SQLite takes the other columns from the row that max() found.
  SqlQuery sql(
      "SELECT max(runs.id), runs.partition, runs.run_id, runs.status, runs.start_time, runs.end_time FROM runs");
  AddFilter(sql, filter);
  sql.Condition("runs.partition IS NOT NULL");
  sql.Append(" GROUP BY runs.partition");
  std::vector<storage::PartitionRun> found;
  auto select = sql.Prepare(**runs);
  while (select.Step()) {
    found.push_back({.partition = std::string(select.Text(1)),
                     .run_id = std::string(select.Text(2)),
                     .status = ReadStatus(**runs, select.Int(0), select.Text(3)),
                     .start_time = select.OptionalDouble(4),
                     .end_time = select.OptionalDouble(5)});
  }
  return found;
}

void RunStore::AddRunTags(std::string_view run_id, const model::Tags& tags) {
  const Lease runs = files_.runs->Acquire();
  const auto turn = files_.runs->LockWrites();
  Transaction transaction(*runs);
  model::Run run;
  {
    auto select = runs->Query(fmt::format("{} WHERE run_id = ?", kSelectRuns), run_id);
    if (!select.Step()) ThrowNoRun(run_id);
    run = ReadRun(*runs, select).run;
  }
  for (const auto& [key, value] : tags) {
    model::SetTag(run.tags, key, value);
    if (runs->Execute("UPDATE run_tags SET value = ? WHERE run_id = ? AND key = ?", value, run_id, key) == 0) {
      InsertTag(*runs, run_id, key, value);
    }
  }
  runs->Execute("UPDATE runs SET run_body = ?, partition = ?, partition_set = ?, update_timestamp = ? WHERE run_id = ?",
                serdes::Encode(run), TagOf(run.tags, model::tag::kPartition),
                TagOf(run.tags, model::tag::kPartitionSet), ToSqlText(SystemClock().Now()), run_id);
  transaction.Commit();
}

void RunStore::DeleteRun(std::string_view run_id) {
  const Lease runs = files_.runs->Acquire();
  const auto turn = files_.runs->LockWrites();
  Transaction transaction(*runs);
  runs->Execute("DELETE FROM run_tags WHERE run_id = ?", run_id);
  runs->Execute("DELETE FROM runs WHERE run_id = ?", run_id);
  transaction.Commit();
}

std::vector<std::string> RunStore::RunTagKeys() {
  const auto runs = files_.runs->AcquireIfExists();
  if (!runs) return {};
  // Each step jumps to the next key of the index: as many look-ups as there are keys, however many runs there are.
  auto select = (*runs)->Prepare(
      "WITH RECURSIVE keys(key) AS (SELECT min(key) FROM run_tags UNION ALL "
      "SELECT (SELECT min(key) FROM run_tags WHERE key > keys.key) FROM keys WHERE keys.key IS NOT NULL) "
      "SELECT key FROM keys WHERE key IS NOT NULL");
  std::vector<std::string> keys;
  while (select.Step()) keys.emplace_back(select.Text(0));
  return keys;
}

std::vector<std::pair<std::string, std::vector<std::string>>> RunStore::RunTags(const std::vector<std::string>& keys,
                                                                                std::string_view value_prefix,
                                                                                std::optional<std::int64_t> limit) {
  const auto runs = files_.runs->AcquireIfExists();
  if (!runs) return {};
  std::vector<std::pair<std::string, std::vector<std::string>>> tags;
  SqlQuery sql("SELECT DISTINCT key, value FROM run_tags");
  sql.Where("key IN (SELECT value FROM json_each(?))", JsonList(keys));
  if (!value_prefix.empty()) {
    // From the prefix to the last text that begins with it.
    sql.Where("value >= ?", value_prefix);
    sql.Where("value < ?", std::string(value_prefix) + "\U0010FFFF");
  }
  sql.Append(" ORDER BY key, value");
  sql.Limit(limit);
  auto select = sql.Prepare(**runs);
  while (select.Step()) {
    if (tags.empty() || tags.back().first != select.Text(0)) {
      tags.emplace_back(select.Text(0), std::vector<std::string>{});
    }
    tags.back().second.emplace_back(select.Text(1));
  }
  return tags;
}

std::string RunStore::AddJobSnapshot(const model::JobSnap& snapshot) {
  const std::string text = serdes::Encode(snapshot);
  std::string id = Sha1Hex(text);
  AddSnapshotText(id, "PIPELINE", text);
  return id;
}

std::string RunStore::AddPlanSnapshot(const model::PlanSnap& snapshot) {
  const std::string text = serdes::Encode(snapshot);
  std::string id = Sha1Hex(text);
  AddSnapshotText(id, "EXECUTION_PLAN", text);
  return id;
}

void RunStore::AddSnapshotText(std::string_view id, std::string_view type, std::string_view text) {
  const Lease runs = files_.runs->Acquire();
  // Most runs repeat the snapshot of an earlier one: neither compress nor lock for those.
  if (runs->Query("SELECT 1 FROM snapshots WHERE snapshot_id = ?", id).Step()) return;
  const std::string body = ZlibCompress(text);
  const auto turn = files_.runs->LockWrites();
  const SyncedLater later(*runs);
  Statement insert =
      runs->Prepare("INSERT OR IGNORE INTO snapshots (snapshot_id, snapshot_body, snapshot_type) VALUES (?, ?, ?)");
  insert.Bind(1, id);
  insert.BindBlob(2, body);
  insert.Bind(3, type);
  insert.Run();
}

bool RunStore::HasSnapshot(std::string_view id) {
  const auto runs = files_.runs->AcquireIfExists();
  return runs && (*runs)->Query("SELECT 1 FROM snapshots WHERE snapshot_id = ?", id).Step();
}

std::optional<std::string> RunStore::SnapshotText(std::string_view id) {
  const auto runs = files_.runs->AcquireIfExists();
  if (!runs) return std::nullopt;
  auto select = (*runs)->Query("SELECT snapshot_body FROM snapshots WHERE snapshot_id = ?", id);
  if (!select.Step()) return std::nullopt;
  return ZlibDecompress(select.Text(0));
}

void RunStore::AddHeartbeat(const model::DaemonHeartbeat& heartbeat) {
  const Lease runs = files_.runs->Acquire();
  const auto turn = files_.runs->LockWrites();
  runs->Execute(
      "INSERT INTO daemon_heartbeats (daemon_type, daemon_id, timestamp, body) VALUES (?1, ?2, ?3, ?4) "
      "ON CONFLICT (daemon_type) DO UPDATE SET daemon_id = ?2, timestamp = ?3, body = ?4",
      heartbeat.daemon_type, heartbeat.daemon_id, ToSqlText(FromUnixSeconds(heartbeat.timestamp)),
      serdes::Encode(heartbeat));
}

std::vector<model::DaemonHeartbeat> RunStore::Heartbeats() {
  const auto runs = files_.runs->AcquireIfExists();
  if (!runs) return {};
  std::vector<model::DaemonHeartbeat> heartbeats;
  auto select = (*runs)->Prepare("SELECT body FROM daemon_heartbeats ORDER BY daemon_type");
  while (select.Step()) heartbeats.push_back(serdes::Decode<model::DaemonHeartbeat>(select.Text(0)));
  return heartbeats;
}

std::optional<std::string> RunStore::GetValue(std::string_view key) {
  const auto runs = files_.runs->AcquireIfExists();
  if (!runs) return std::nullopt;
  auto select = (*runs)->Query("SELECT value FROM kvs WHERE key = ?", key);
  if (!select.Step()) return std::nullopt;
  return select.OptionalText(0);
}

void RunStore::SetValue(std::string_view key, std::string_view value) {
  const Lease runs = files_.runs->Acquire();
  const auto turn = files_.runs->LockWrites();
  runs->Execute("INSERT INTO kvs (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2", key, value);
}

std::string RunStore::RunStorageId() {
  const Lease runs = files_.runs->Acquire();
  constexpr std::string_view kSelect = "SELECT run_storage_id FROM instance_info ORDER BY id LIMIT 1";
  {
    auto select = runs->Prepare(kSelect);
    if (select.Step()) return std::string(select.Text(0));
  }
  const auto turn = files_.runs->LockWrites();
  Transaction transaction(*runs);
  {
    auto select = runs->Prepare(kSelect);
    if (select.Step()) return std::string(select.Text(0));
  }
  std::string id = NewUuid();
  runs->Execute("INSERT INTO instance_info (run_storage_id) VALUES (?)", id);
  transaction.Commit();
  return id;
}

}  // namespace tidemill::storage_sqlite
