#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include <tidemill/storage/event_row.h>

#include "event_store.h"

namespace tidemill::storage_sqlite {
namespace {

using storage::NewEvent;

constexpr std::string_view kInsertEvent =
    "INSERT INTO event_logs (run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)";

std::int64_t InsertEvent(Connection& connection, Statement& insert, const NewEvent& event,
                         const storage::EventRow& row) {
  insert.BindAll(row.run_id, event.text, row.event_type, row.timestamp, row.step_key, row.asset_key, row.partition);
  insert.Run();
  return connection.LastInsertId();
}

void PutMaterialized(Connection& index, std::string_view asset, std::string_view record, std::string_view run_id,
                     std::string_view timestamp) {
  index.Execute(
      "INSERT INTO asset_keys (asset_key, last_materialization, last_run_id, last_materialization_timestamp) "
      "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (asset_key) DO UPDATE SET last_materialization = ?2, last_run_id = ?3, "
      "last_materialization_timestamp = ?4",
      asset, record, run_id, timestamp);
}

void PutPlanned(Connection& index, std::string_view asset, std::string_view run_id, std::string_view timestamp) {
  index.Execute(
      "INSERT INTO asset_keys (asset_key, last_run_id, last_materialization_timestamp) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (asset_key) DO UPDATE SET last_run_id = ?2, last_materialization_timestamp = ?3",
      asset, run_id, timestamp);
}

void PutSeen(Connection& index, std::string_view asset, std::string_view timestamp) {
  index.Execute(
      "INSERT INTO asset_keys (asset_key, last_materialization_timestamp) VALUES (?1, ?2) "
      "ON CONFLICT (asset_key) DO UPDATE SET last_materialization_timestamp = ?2",
      asset, timestamp);
}

void UpdateAsset(Connection& index, const NewEvent& event, const storage::EventRow& row, std::int64_t id) {
  const auto update = storage::AssetUpdateOf(event.entry.dagster_event->type);
  if (!update || !row.asset_key) return;
  if (update->materialized) {
    PutMaterialized(index, *row.asset_key, storage::RecordText(event.text, id), row.run_id, row.timestamp);
  } else if (update->planned) {
    PutPlanned(index, *row.asset_key, row.run_id, row.timestamp);
  } else {
    PutSeen(index, *row.asset_key, row.timestamp);
  }
}

/// The same for an event that may be older than what the record holds: nothing goes back in time.
void UpdateAssetBelatedly(Connection& index, const NewEvent& event, const storage::EventRow& row, std::int64_t id) {
  const auto update = storage::AssetUpdateOf(event.entry.dagster_event->type);
  if (!update || !row.asset_key) return;
  std::optional<storage::StoredEvent> last;
  std::string seen;
  {
    auto select = index.Query(
        "SELECT last_materialization, last_materialization_timestamp FROM asset_keys "
        "WHERE asset_key = ?",
        *row.asset_key);
    if (select.Step()) {
      if (!select.IsNull(0)) last = storage::ParseRecord(select.Text(0));
      seen = select.Text(1);
    }
  }
  if (update->materialized) {
    if (last && last->entry.timestamp >= event.entry.timestamp) return;
    PutMaterialized(index, *row.asset_key, storage::RecordText(event.text, id), row.run_id,
                    std::max(seen, row.timestamp));
  } else if (seen < row.timestamp) {
    UpdateAsset(index, event, row, id);
  }
}

void InsertTags(Connection& index, const NewEvent& event, const storage::EventRow& row, std::int64_t id) {
  if (!row.asset_key) return;
  for (const auto& [key, value] : storage::IndexedTags(*event.entry.dagster_event)) {
    index.Execute(
        "INSERT INTO asset_event_tags (event_id, asset_key, key, value, event_timestamp) VALUES (?, ?, ?, ?, ?)", id,
        *row.asset_key, key, value, row.timestamp);
  }
}

const model::event::CheckPlanned* PlannedCheckOf(const NewEvent& event) {
  if (!event.entry.dagster_event) return nullptr;
  return std::get_if<model::event::CheckPlanned>(&event.entry.dagster_event->data);
}

/// The rows of a logged check whose partitions this version cannot read are left to its evaluations.
std::vector<std::optional<std::string>> ReadablePartitions(const model::event::CheckPlanned& planned) {
  try {
    return storage::PlannedPartitions(planned);
  } catch (const Error&) {
    return {};
  }
}

void InsertPlannedCheck(Connection& index, const NewEvent& event, const storage::EventRow& row,
                        const model::event::CheckPlanned& planned, std::int64_t id) {
  for (const auto& partition : ReadablePartitions(planned)) {
    index.Execute(
        "INSERT OR REPLACE INTO asset_check_executions (asset_key, check_name, partition, run_id, execution_status, "
        "evaluation_event, evaluation_event_timestamp, evaluation_event_storage_id) "
        "VALUES (?, ?, ?, ?, 'PLANNED', ?, ?, ?)",
        planned.asset_key.ToColumn(), planned.check_name, partition, row.run_id, event.text, row.timestamp, id);
  }
}

void RecordCheck(Connection& index, const NewEvent& event, const storage::EventRow& row,
                 const model::event::CheckEvaluation& check, std::int64_t id) {
  const std::string asset = check.asset_key.ToColumn();
  const std::string_view status = check.passed ? "SUCCEEDED" : "FAILED";
  std::optional<std::int64_t> target;
  if (check.target_materialization) target = check.target_materialization->storage_id;
  const std::int64_t updated =
      row.run_id.empty()
          ? 0
          : index.Execute(
                "UPDATE asset_check_executions SET execution_status = ?, evaluation_event = ?, "
                "evaluation_event_timestamp = ?, evaluation_event_storage_id = ?, "
                "materialization_event_storage_id = ? "
                "WHERE asset_key = ? AND check_name = ? AND run_id = ? AND partition IS ?",
                status, event.text, row.timestamp, id, target, asset, check.check_name, row.run_id, check.partition);
  if (updated > 0) return;
  index.Execute(
      "INSERT INTO asset_check_executions (asset_key, check_name, partition, run_id, execution_status, "
      "evaluation_event, evaluation_event_timestamp, evaluation_event_storage_id, materialization_event_storage_id) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      asset, check.check_name, check.partition, row.run_id, status, event.text, row.timestamp, id, target);
}

void UpdateRunRow(Connection& runs, const model::EventLogEntry& entry) {
  std::string body;
  {
    auto select = runs.Query("SELECT run_body FROM runs WHERE run_id = ?", entry.run_id);
    if (!select.Step()) return;
    body = select.Text(0);
  }
  const storage::RunUpdate update = storage::ApplyStatusEvent(body, entry);
  if (update.failure_reason) {
    const std::string_view key = model::tag::kFailureReason;
    if (runs.Execute("UPDATE run_tags SET value = ? WHERE run_id = ? AND key = ?", *update.failure_reason, entry.run_id,
                     key) == 0) {
      runs.Execute("INSERT INTO run_tags (run_id, key, value) VALUES (?, ?, ?)", entry.run_id, key,
                   *update.failure_reason);
    }
  }
  runs.Execute(
      "UPDATE runs SET run_body = ?, status = ?, update_timestamp = ?, start_time = coalesce(?, start_time), "
      "end_time = coalesce(?, end_time) WHERE run_id = ?",
      update.body, model::RunStatusName(update.status), ToSqlText(FromUnixSeconds(entry.timestamp)), update.start_time,
      update.end_time, entry.run_id);
}

bool IsStatusEvent(const NewEvent& event) {
  return event.entry.dagster_event && model::StatusAfter(event.entry.dagster_event->type);
}

/// The mirrored events of a run's own log, in its order.
std::vector<NewEvent> MirroredEvents(Connection& log, std::string_view run_id) {
  std::vector<NewEvent> events;
  auto select = log.Query(
      "SELECT id, event, dagster_event_type FROM event_logs WHERE run_id = ? AND dagster_event_type IS NOT NULL "
      "ORDER BY id",
      run_id);
  while (select.Step()) {
    const auto type = model::ParseEventType(select.Text(2));
    if (!type || !storage::IsMirrored(*type)) continue;
    NewEvent event(DecodeEntry(log, select.Int(0), select.Text(1)));
    event.text = select.Text(1);
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace

std::vector<EventStore::RunGroup> EventStore::GroupByRun(std::span<const NewEvent> events, RunLogs& run_logs) {
  std::map<std::string_view, std::vector<std::size_t>> by_run;
  for (std::size_t i = 0; i < events.size(); ++i) by_run[events[i].entry.run_id].push_back(i);
  std::vector<RunGroup> groups;
  for (auto& [run_id, positions] : by_run) {
    groups.push_back({.run_id = run_id, .positions = std::move(positions), .log = run_logs.Get(run_id), .ids = {}});
  }
  return groups;
}

std::vector<std::int64_t> EventStore::Append(std::span<const NewEvent> events) {
  for (const NewEvent& event : events) {
    if (const auto* planned = PlannedCheckOf(event)) storage::PlannedPartitions(*planned);  // Refused before a write.
  }
  std::vector<RunGroup> groups = GroupByRun(events, files_.run_logs);
  std::vector<std::unique_lock<std::mutex>> locks;  // In the order of the run ids, so that two calls cannot deadlock.
  for (const RunGroup& group : groups) locks.emplace_back(group.log->append_mutex);
  try {
    for (RunGroup& group : groups) WriteRunLog(events, group);
    std::vector<bool> repeated(events.size());
    for (const RunGroup& group : groups) {
      for (std::size_t i = 0; i < group.repeated; ++i) repeated[group.positions[i]] = true;
    }
    std::vector<const NewEvent*> mirrored;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (!repeated[i] && storage::IsMirrored(events[i].entry)) mirrored.push_back(&events[i]);
    }
    MirrorToIndex(mirrored, Arrival::kLatest);
    UpdateRuns(mirrored);
  } catch (...) {
    for (RunGroup& group : groups) KeepDoubtful(group.run_id, std::move(group.ids));
    throw;
  }
  std::vector<std::int64_t> ids(events.size());
  for (const RunGroup& group : groups) {
    for (std::size_t i = 0; i < group.positions.size(); ++i) ids[group.positions[i]] = group.ids[i];
  }
  return ids;
}

std::vector<std::int64_t> EventStore::TakeDoubtful(std::string_view run_id) {
  const std::lock_guard lock(mutex_);
  const auto found = doubtful_.find(run_id);
  if (found == doubtful_.end()) return {};
  std::vector<std::int64_t> ids = std::move(found->second);
  doubtful_.erase(found);
  return ids;
}

void EventStore::KeepDoubtful(std::string_view run_id, std::vector<std::int64_t> ids) {
  if (ids.empty()) return;
  const std::lock_guard lock(mutex_);
  doubtful_.insert_or_assign(std::string(run_id), std::move(ids));
}

void EventStore::ReuseDoubtful(std::span<const NewEvent> events, RunGroup& group) {
  std::vector<std::int64_t> ids = TakeDoubtful(group.run_id);
  if (ids.empty()) return;
  try {
    Repair(group.run_id, *group.log);
    if (ids.size() > group.positions.size()) return;
    const Lease log = group.log->database->Acquire();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      auto select = log->Query("SELECT event FROM event_logs WHERE id = ?", ids[i]);
      if (!select.Step() || select.Text(0) != events[group.positions[i]].text) return;
    }
  } catch (...) {
    KeepDoubtful(group.run_id, std::move(ids));
    throw;
  }
  group.repeated = ids.size();
  group.ids = std::move(ids);
}

void EventStore::WriteRunLog(std::span<const NewEvent> events, RunGroup& group) {
  ReuseDoubtful(events, group);
  if (group.repeated == group.positions.size()) return;
  const Lease log = group.log->database->Acquire();
  const auto turn = group.log->database->LockWrites();
  std::vector<std::int64_t> ids = group.ids;
  ids.reserve(group.positions.size());
  Transaction transaction(*log);
  Statement insert = log->Prepare(kInsertEvent);
  for (std::size_t i = group.repeated; i < group.positions.size(); ++i) {
    const NewEvent& event = events[group.positions[i]];
    ids.push_back(InsertEvent(*log, insert, event, storage::RowOf(event.entry)));
  }
  transaction.Commit();
  group.ids = std::move(ids);
}

void EventStore::MirrorToIndex(std::span<const NewEvent* const> events, Arrival arrival) {
  if (events.empty()) return;
  const Lease index = files_.index->Acquire();
  const auto turn = files_.index->LockWrites();
  Transaction transaction(*index);
  for (const NewEvent* event : events) {
    const storage::EventRow row = storage::RowOf(event->entry);
    std::int64_t id = 0;
    {
      Statement insert = index->Prepare(kInsertEvent);
      id = InsertEvent(*index, insert, *event, row);
    }
    InsertTags(*index, *event, row, id);
    arrival == Arrival::kLatest ? UpdateAsset(*index, *event, row, id) : UpdateAssetBelatedly(*index, *event, row, id);
    const model::EventData& data = event->entry.dagster_event->data;
    if (const auto* planned = PlannedCheckOf(*event)) {
      InsertPlannedCheck(*index, *event, row, *planned, id);
    } else if (const auto* check = std::get_if<model::event::CheckEvaluation>(&data)) {
      RecordCheck(*index, *event, row, *check, id);
    }
  }
  transaction.Commit();
}

void EventStore::UpdateRuns(std::span<const NewEvent* const> events) {
  const bool any = std::any_of(events.begin(), events.end(), [](const NewEvent* event) {
    return IsStatusEvent(*event) && !event->entry.run_id.empty();
  });
  if (!any) return;
  const Lease runs = files_.runs->Acquire();
  const auto turn = files_.runs->LockWrites();
  Transaction transaction(*runs);
  for (const NewEvent* event : events) {
    if (IsStatusEvent(*event)) UpdateRunRow(*runs, event->entry);
  }
  transaction.Commit();
}

std::int64_t EventStore::RepairRun(std::string_view run_id) {
  const std::shared_ptr<RunLog> log = files_.run_logs.Get(run_id);
  const std::lock_guard lock(log->append_mutex);
  return Repair(run_id, *log);
}

std::int64_t EventStore::Repair(std::string_view run_id, RunLog& log) {
  std::vector<NewEvent> logged;
  {
    const auto lease = log.database->AcquireIfExists();
    if (!lease) return 0;
    logged = MirroredEvents(**lease, run_id);
  }
  const std::int64_t count = RepairIndex(run_id, logged);
  RepairRow(run_id, logged);
  return count;
}

std::int64_t EventStore::RepairIndex(std::string_view run_id, const std::vector<NewEvent>& logged) {
  // Which texts the index has, and how often: its order may differ where several processes wrote for the run.
  std::unordered_map<std::string, std::int64_t> mirrored;
  std::unordered_map<std::string, std::string> wiped;
  {
    const Lease index = files_.index->Acquire();
    auto select = index->Query("SELECT event FROM event_logs WHERE run_id = ?", run_id);
    while (select.Step()) ++mirrored[std::string(select.Text(0))];
    auto wipes = index->Prepare("SELECT asset_key, wipe_timestamp FROM asset_keys WHERE wipe_timestamp IS NOT NULL");
    while (wipes.Step()) wiped.emplace(wipes.Text(0), wipes.Text(1));
  }
  std::vector<const NewEvent*> missing;
  for (const NewEvent& event : logged) {
    if (const auto found = mirrored.find(event.text); found != mirrored.end() && found->second > 0) {
      --found->second;
      continue;
    }
    const storage::EventRow row = storage::RowOf(event.entry);
    const auto wipe = row.asset_key ? wiped.find(*row.asset_key) : wiped.end();
    if (wipe != wiped.end() && row.timestamp <= wipe->second) continue;
    missing.push_back(&event);
  }
  MirrorToIndex(missing, Arrival::kBelated);
  return static_cast<std::int64_t>(missing.size());
}

void EventStore::RepairRow(std::string_view run_id, const std::vector<NewEvent>& logged) {
  std::vector<const NewEvent*> status_events;
  for (const NewEvent& event : logged) {
    if (IsStatusEvent(event)) status_events.push_back(&event);
  }
  if (status_events.empty()) return;
  const auto last = model::StatusAfter(status_events.back()->entry.dagster_event->type).value();
  {
    const Lease runs = files_.runs->Acquire();
    auto select = runs->Query("SELECT status FROM runs WHERE run_id = ?", run_id);
    if (!select.Step() || select.Text(0) == model::RunStatusName(last)) return;
  }
  UpdateRuns(status_events);
}

}  // namespace tidemill::storage_sqlite
