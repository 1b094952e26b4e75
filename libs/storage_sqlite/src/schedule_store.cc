#include "schedule_store.h"

#include <array>

#include <fmt/format.h>

#include <tidemill/base/hash.h>
#include <tidemill/serdes/serdes.h>

#include "event_store.h"
#include "sql_query.h"

namespace tidemill::storage_sqlite {
namespace {

constexpr std::string_view kSelectInstigators =
    "SELECT selector_id, repository_selector_id, instigator_body FROM instigators";

std::string_view StatusName(model::InstigatorStatus status) {
  constexpr std::array<std::string_view, 3> kNames = {"RUNNING", "STOPPED", "DECLARED_IN_CODE"};
  return kNames.at(static_cast<std::size_t>(status));
}

std::string_view TypeName(model::InstigatorType type) {
  constexpr std::array<std::string_view, 3> kNames = {"SCHEDULE", "SENSOR", "AUTO_MATERIALIZE"};
  return kNames.at(static_cast<std::size_t>(type));
}

std::string_view StatusName(model::TickStatus status) {
  constexpr std::array<std::string_view, 4> kNames = {"STARTED", "SKIPPED", "SUCCESS", "FAILURE"};
  return kNames.at(static_cast<std::size_t>(status));
}

std::vector<std::string> StatusNames(const std::vector<model::TickStatus>& statuses) {
  std::vector<std::string> names;
  for (const model::TickStatus status : statuses) names.emplace_back(StatusName(status));
  return names;
}

storage::InstigatorRecord ReadInstigator(const Statement& select) {
  storage::InstigatorRecord record;
  record.selector_id = select.Text(0);
  record.repository_selector_id = select.Text(1);
  record.state = serdes::Decode<model::InstigatorState>(select.Text(2));
  record.origin_id = Sha1Hex(json::Dump(record.state.origin, json::Order::kSorted));
  return record;
}

/// Dagster's id of the repository that a schedule or sensor belongs to.
std::optional<std::string> RepositoryOriginId(const model::InstigatorState& state) {
  const json::Value* repository = state.origin.Find("external_repository_origin");
  if (repository == nullptr) return std::nullopt;
  return Sha1Hex(json::Dump(*repository, json::Order::kSorted));
}

constexpr std::string_view kSelectEvaluations =
    "SELECT id, evaluation_id, asset_key, asset_evaluation_body, num_requested, create_timestamp FROM "
    "asset_daemon_asset_evaluations";

std::vector<storage::EvaluationRecord> ReadEvaluations(Statement select) {
  std::vector<storage::EvaluationRecord> records;
  while (select.Step()) {
    records.push_back({.id = select.Int(0),
                       .evaluation_id = select.Int(1),
                       .key = std::string(select.Text(2)),
                       .body = std::string(select.Text(3)),
                       .num_requested = select.IsNull(4) ? 0 : select.Int(4),
                       .created = ParseSqlText(select.Text(5)).value_or(Timestamp())});
  }
  return records;
}

std::optional<std::string> NonEmpty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

}  // namespace

std::vector<storage::InstigatorRecord> ScheduleStore::Instigators() {
  const auto schedules = files_.schedules->AcquireIfExists();
  if (!schedules) return {};
  std::vector<storage::InstigatorRecord> records;
  auto select = (*schedules)->Prepare(fmt::format("{} ORDER BY id", kSelectInstigators));
  while (select.Step()) records.push_back(ReadInstigator(select));
  return records;
}

std::optional<storage::InstigatorRecord> ScheduleStore::GetInstigator(std::string_view selector_id) {
  const auto schedules = files_.schedules->AcquireIfExists();
  if (!schedules) return std::nullopt;
  auto select = (*schedules)->Query(fmt::format("{} WHERE selector_id = ?", kSelectInstigators), selector_id);
  if (!select.Step()) return std::nullopt;
  return ReadInstigator(select);
}

void ScheduleStore::PutInstigator(const storage::InstigatorRecord& record) {
  const std::string body = serdes::Encode(record.state);
  const std::string_view status = StatusName(record.state.status);
  const std::string_view type = TypeName(record.state.type);
  const std::string now = ToSqlText(SystemClock().Now());
  const Lease schedules = files_.schedules->Acquire();
  const auto turn = files_.schedules->LockWrites();
  Transaction transaction(*schedules);
  // Dagster writes both tables, and reads the second one since 0.14.
  schedules->Execute(
      "INSERT INTO jobs (job_origin_id, selector_id, repository_origin_id, status, job_type, job_body) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (job_origin_id) DO UPDATE SET selector_id = ?2, status = ?4, "
      "job_body = ?6, update_timestamp = ?7",
      record.origin_id, record.selector_id, RepositoryOriginId(record.state), status, type, body, now);
  schedules->Execute(
      "INSERT INTO instigators (selector_id, repository_selector_id, status, instigator_type, instigator_body) "
      "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (selector_id) DO UPDATE SET status = ?3, instigator_type = ?4, "
      "instigator_body = ?5, update_timestamp = ?6",
      record.selector_id, record.repository_selector_id, status, type, body, now);
  transaction.Commit();
}

void ScheduleStore::DeleteInstigator(std::string_view selector_id) {
  const auto record = GetInstigator(selector_id);
  if (!record) return;
  const Lease schedules = files_.schedules->Acquire();
  const auto turn = files_.schedules->LockWrites();
  Transaction transaction(*schedules);
  schedules->Execute("DELETE FROM jobs WHERE selector_id = ? OR job_origin_id = ?", selector_id, record->origin_id);
  schedules->Execute("DELETE FROM instigators WHERE selector_id = ?", selector_id);
  transaction.Commit();
}

model::Tick ScheduleStore::AddTick(const model::TickData& data) {
  const Lease schedules = files_.schedules->Acquire();
  const auto turn = files_.schedules->LockWrites();
  schedules->Execute(
      "INSERT INTO job_ticks (job_origin_id, selector_id, status, type, timestamp, tick_body) VALUES (?, ?, ?, ?, ?, "
      "?)",
      data.instigator_origin_id, NonEmpty(data.selector_id), StatusName(data.status), TypeName(data.instigator_type),
      ToSqlText(FromUnixSeconds(data.timestamp)), serdes::Encode(data));
  return {.tick_id = schedules->LastInsertId(), .data = data};
}

std::optional<model::Tick> ScheduleStore::GetTick(std::int64_t tick_id) {
  const auto schedules = files_.schedules->AcquireIfExists();
  if (!schedules) return std::nullopt;
  auto select = (*schedules)->Query("SELECT tick_body FROM job_ticks WHERE id = ?", tick_id);
  if (!select.Step()) return std::nullopt;
  return model::Tick{.tick_id = tick_id, .data = serdes::Decode<model::TickData>(select.Text(0))};
}

void ScheduleStore::UpdateTick(const model::Tick& tick) {
  const Lease schedules = files_.schedules->Acquire();
  const auto turn = files_.schedules->LockWrites();
  const std::int64_t updated = schedules->Execute(
      "UPDATE job_ticks SET status = ?, type = ?, timestamp = ?, tick_body = ?, selector_id = coalesce(?, selector_id) "
      "WHERE id = ?",
      StatusName(tick.data.status), TypeName(tick.data.instigator_type),
      ToSqlText(FromUnixSeconds(tick.data.timestamp)), serdes::Encode(tick.data), NonEmpty(tick.data.selector_id),
      tick.tick_id);
  if (updated == 0) throw Error(Code::kNotFound, fmt::format("there is no tick {} in this instance", tick.tick_id));
}

std::vector<model::Tick> ScheduleStore::Ticks(std::string_view selector_id, const storage::TickQuery& query) {
  const auto schedules = files_.schedules->AcquireIfExists();
  if (!schedules) return {};
  SqlQuery sql("SELECT id, tick_body FROM job_ticks");
  sql.Where("selector_id = ?", selector_id);
  if (query.after) sql.Where("timestamp > ?", ToSqlText(FromUnixSeconds(*query.after)));
  if (query.before) sql.Where("timestamp < ?", ToSqlText(FromUnixSeconds(*query.before)));
  if (!query.statuses.empty()) {
    sql.Where("status IN (SELECT value FROM json_each(?))", JsonList(StatusNames(query.statuses)));
  }
  sql.Append(" ORDER BY timestamp DESC, id DESC");
  sql.Limit(query.limit);
  std::vector<model::Tick> ticks;
  auto select = sql.Prepare(**schedules);
  while (select.Step()) {
    ticks.push_back({.tick_id = select.Int(0), .data = serdes::Decode<model::TickData>(select.Text(1))});
  }
  return ticks;
}

std::int64_t ScheduleStore::PurgeTicks(std::string_view selector_id, const std::vector<model::TickStatus>& statuses,
                                       double before) {
  const auto schedules = files_.schedules->AcquireIfExists();
  if (!schedules) return 0;
  const auto turn = files_.schedules->LockWrites();
  return (*schedules)
      ->Execute(
          "DELETE FROM job_ticks WHERE selector_id = ?1 AND timestamp < ?2 AND (?3 = '[]' OR status IN (SELECT value "
          "FROM "
          "json_each(?3)))",
          selector_id, ToSqlText(FromUnixSeconds(before)), JsonList(StatusNames(statuses)));
}

void ScheduleStore::PutEvaluations(const std::vector<storage::EvaluationRecord>& evaluations) {
  if (evaluations.empty()) return;
  const Lease schedules = files_.schedules->Acquire();
  const auto turn = files_.schedules->LockWrites();
  Transaction transaction(*schedules);
  for (const storage::EvaluationRecord& evaluation : evaluations) {
    schedules->Execute(
        "INSERT INTO asset_daemon_asset_evaluations (evaluation_id, asset_key, asset_evaluation_body, num_requested) "
        "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (asset_key, evaluation_id) DO UPDATE SET asset_evaluation_body = ?3, "
        "num_requested = ?4",
        evaluation.evaluation_id, evaluation.key, evaluation.body, evaluation.num_requested);
  }
  transaction.Commit();
}

std::vector<storage::EvaluationRecord> ScheduleStore::Evaluations(std::string_view key,
                                                                  std::optional<std::int64_t> before,
                                                                  std::optional<std::int64_t> limit) {
  const auto schedules = files_.schedules->AcquireIfExists();
  if (!schedules) return {};
  SqlQuery sql{std::string(kSelectEvaluations)};
  sql.Where("asset_key = ?", key);
  if (before) sql.Where("evaluation_id < ?", *before);
  sql.Append(" ORDER BY evaluation_id DESC");
  sql.Limit(limit);
  return ReadEvaluations(sql.Prepare(**schedules));
}

std::vector<storage::EvaluationRecord> ScheduleStore::EvaluationsOf(std::int64_t evaluation_id) {
  const auto schedules = files_.schedules->AcquireIfExists();
  if (!schedules) return {};
  return ReadEvaluations(
      (*schedules)->Query(fmt::format("{} WHERE evaluation_id = ? ORDER BY id", kSelectEvaluations), evaluation_id));
}

}  // namespace tidemill::storage_sqlite
