#include "event_store.h"

#include <fmt/format.h>

#include <tidemill/serdes/serdes.h>
#include <tidemill/storage/event_row.h>
#include <tidemill/storage/stats.h>

#include "sql_query.h"

namespace tidemill::storage_sqlite {
namespace {

std::vector<std::string> TypeNames(const auto& types) {
  std::vector<std::string> names;
  for (const model::EventType type : types) names.emplace_back(model::EventTypeName(type));
  return names;
}

std::vector<storage::StoredEvent> Collect(const Connection& connection, Statement select) {
  std::vector<storage::StoredEvent> events;
  while (select.Step()) {
    const std::int64_t id = select.Int(0);
    events.push_back({.storage_id = id, .entry = DecodeEntry(connection, id, select.Text(1))});
  }
  return events;
}

void DeleteRows(Database& database, std::string_view run_id) {
  const auto lease = database.AcquireIfExists();
  if (!lease) return;
  Connection& connection = **lease;
  const auto turn = database.LockWrites();
  Transaction transaction(connection);
  connection.Execute(
      "DELETE FROM asset_event_tags WHERE event_id IN (SELECT id FROM event_logs WHERE run_id = ? AND "
      "dagster_event_type IN ('ASSET_MATERIALIZATION', 'ASSET_OBSERVATION'))",
      run_id);
  connection.Execute("DELETE FROM event_logs WHERE run_id = ?", run_id);
  transaction.Commit();
}

}  // namespace

std::string JsonList(std::span<const std::string> values) {
  std::string list = "[";
  for (const std::string& value : values) {
    if (list.size() > 1) list += ',';
    json::AppendQuoted(list, value);
  }
  return list + "]";
}

model::EventLogEntry DecodeEntry(const Connection& connection, std::int64_t id, std::string_view text) {
  try {
    return serdes::Decode<model::EventLogEntry>(text);
  } catch (const Error& error) {
    throw Error(Code::kDataLoss,
                fmt::format("{}: row {} of event_logs is no event: {}", connection.path().string(), id, error.what()));
  }
}

std::vector<storage::StoredEvent> EventStore::RunEvents(std::string_view run_id, const storage::RunEventQuery& query) {
  const auto log = files_.run_logs.Get(run_id)->database->AcquireIfExists();
  if (!log) return {};
  SqlQuery sql("SELECT id, event FROM event_logs");
  sql.Where("run_id = ?", run_id);
  if (query.after > 0) sql.Where(query.descending ? "id < ?" : "id > ?", query.after);
  if (query.types)
    sql.Where("dagster_event_type IN (SELECT value FROM json_each(?))", JsonList(TypeNames(*query.types)));
  sql.Append(query.descending ? " ORDER BY id DESC" : " ORDER BY id");
  sql.Limit(query.limit);
  return Collect(**log, sql.Prepare(**log));
}

std::vector<storage::StoredEvent> EventStore::Events(const storage::EventQuery& query) {
  if (!storage::IsMirrored(query.type)) {
    throw Error(Code::kInvalidArgument,
                fmt::format("events of type {} can only be read run by run", model::EventTypeName(query.type)));
  }
  const auto index = files_.index->AcquireIfExists();
  if (!index) return {};
  SqlQuery sql("SELECT id, event FROM event_logs");
  sql.Where("dagster_event_type = ?", model::EventTypeName(query.type));
  if (query.asset_key) {
    const std::string asset = query.asset_key->ToColumn();
    sql.Where("asset_key = ?", asset);
    sql.Where("timestamp > coalesce((SELECT wipe_timestamp FROM asset_keys WHERE asset_key = ?), '')", asset);
  }
  if (query.partitions) sql.Where("partition IN (SELECT value FROM json_each(?))", JsonList(*query.partitions));
  if (query.after_cursor) sql.Where("id > ?", *query.after_cursor);
  if (query.before_cursor) sql.Where("id < ?", *query.before_cursor);
  if (query.after) sql.Where("timestamp > ?", ToSqlText(*query.after));
  if (query.before) sql.Where("timestamp < ?", ToSqlText(*query.before));
  if (query.storage_ids) {
    sql.Where("id IN (SELECT value FROM json_each(?))", fmt::format("[{}]", fmt::join(*query.storage_ids, ",")));
  }
  sql.Append(query.descending ? " ORDER BY id DESC" : " ORDER BY id");
  sql.Limit(query.limit);
  return Collect(**index, sql.Prepare(**index));
}

storage::RunStats EventStore::GetRunStats(std::string_view run_id) {
  const auto log = files_.run_logs.Get(run_id)->database->AcquireIfExists();
  if (!log) return {};
  auto select = (*log)->Query(
      "SELECT dagster_event_type, count(*), max(timestamp) FROM event_logs WHERE run_id = ? AND dagster_event_type IN "
      "(SELECT value FROM json_each(?)) GROUP BY dagster_event_type",
      run_id, JsonList(TypeNames(storage::RunStatsTypes())));
  std::vector<storage::TypeSummary> summaries;
  while (select.Step()) {
    const auto type = model::ParseEventType(select.Text(0));
    const auto time = ParseSqlText(select.Text(2));
    if (!type || !time) continue;
    summaries.push_back({.type = *type, .count = select.Int(1), .last_timestamp = ToUnixSeconds(*time)});
  }
  return storage::DeriveRunStats(summaries);
}

std::vector<storage::StepStats> EventStore::GetStepStats(std::string_view run_id,
                                                         const std::vector<std::string>& step_keys) {
  const auto log = files_.run_logs.Get(run_id)->database->AcquireIfExists();
  if (!log) return {};
  SqlQuery sql("SELECT id, event FROM event_logs");
  sql.Where("run_id = ?", run_id);
  sql.Condition("step_key IS NOT NULL");
  sql.Where("dagster_event_type IN (SELECT value FROM json_each(?))", JsonList(TypeNames(storage::StepStatsTypes())));
  if (!step_keys.empty()) sql.Where("step_key IN (SELECT value FROM json_each(?))", JsonList(step_keys));
  sql.Append(" ORDER BY id");
  auto select = sql.Prepare(**log);
  std::vector<model::EventLogEntry> events;
  while (select.Step()) events.push_back(DecodeEntry(**log, select.Int(0), select.Text(1)));
  return storage::DeriveStepStats(events);
}

void EventStore::DeleteRunEvents(std::string_view run_id) {
  const std::shared_ptr<RunLog> log = files_.run_logs.Get(run_id);
  {
    const std::lock_guard lock(log->append_mutex);
    DeleteRows(*log->database, run_id);
    DeleteRows(*files_.index, run_id);
  }
  FreeSlots(run_id, std::nullopt);
}

}  // namespace tidemill::storage_sqlite
