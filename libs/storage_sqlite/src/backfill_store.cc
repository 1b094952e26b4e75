#include <fmt/format.h>

#include "event_store.h"
#include "run_store.h"
#include "sql_query.h"

namespace tidemill::storage_sqlite {
namespace {

constexpr std::string_view kSelectBackfills =
    "SELECT bulk_actions.key, status, timestamp, action_type, selector_id, job_name, body FROM bulk_actions";

model::BackfillRecord ReadBackfill(const Statement& select) {
  model::BackfillRecord backfill;
  backfill.backfill_id = select.Text(0);
  backfill.status = select.Text(1);
  backfill.timestamp = ParseSqlText(select.Text(2)).value_or(Timestamp{});
  backfill.action_type = select.IsNull(3) ? "PARTITION_BACKFILL" : select.Text(3);
  backfill.selector_id = select.OptionalText(4);
  backfill.job_name = select.OptionalText(5);
  backfill.body = json::Parse(select.Text(6));
  const json::Value* tags = backfill.body.Find("tags");
  if (tags == nullptr || !tags->is_object()) return backfill;
  for (const auto& [key, value] : tags->AsObject()) {
    if (value.is_string()) backfill.tags.emplace_back(key, value.AsString());
  }
  return backfill;
}

void AddFilter(SqlQuery& sql, const storage::BackfillFilter& filter) {
  // Tags first: their parameters come in the FROM clause.
  for (std::size_t i = 0; i < filter.tags.size(); ++i) {
    const auto& [key, values] = filter.tags[i];
    sql.Append(
        fmt::format(" JOIN backfill_tags AS tag{0} ON tag{0}.backfill_id = bulk_actions.key AND tag{0}.key = ? AND "
                    "tag{0}.value IN (SELECT value FROM json_each(?))",
                    i));
    sql.Bind(key);
    sql.Bind(JsonList(values));
  }
  if (!filter.statuses.empty()) sql.Where("status IN (SELECT value FROM json_each(?))", JsonList(filter.statuses));
  if (filter.backfill_ids) {
    sql.Where("bulk_actions.key IN (SELECT value FROM json_each(?))", JsonList(*filter.backfill_ids));
  }
  if (filter.job_name) sql.Where("job_name = ?", *filter.job_name);
  if (filter.selector_id) sql.Where("selector_id = ?", *filter.selector_id);
  if (filter.created_after) sql.Where("timestamp > ?", ToSqlText(*filter.created_after));
  if (filter.created_before) sql.Where("timestamp < ?", ToSqlText(*filter.created_before));
}

}  // namespace

void RunStore::AddBackfill(const model::BackfillRecord& backfill) {
  const Lease runs = files_.runs->Acquire();
  const auto turn = files_.runs->LockWrites();
  Transaction transaction(*runs);
  try {
    runs->Execute(
        "INSERT INTO bulk_actions (key, status, timestamp, body, action_type, selector_id, job_name) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        backfill.backfill_id, backfill.status, ToSqlText(backfill.timestamp),
        json::Dump(backfill.body, json::Order::kSorted), backfill.action_type, backfill.selector_id, backfill.job_name);
  } catch (const ConstraintError&) {
    throw Error(Code::kAlreadyExists, fmt::format("there is a backfill {} already", backfill.backfill_id));
  }
  for (const auto& [key, value] : backfill.tags) {
    runs->Execute("INSERT INTO backfill_tags (backfill_id, key, value) VALUES (?, ?, ?)", backfill.backfill_id, key,
                  value);
  }
  transaction.Commit();
}

void RunStore::UpdateBackfill(const model::BackfillRecord& backfill) {
  const Lease runs = files_.runs->Acquire();
  const auto turn = files_.runs->LockWrites();
  const std::int64_t updated =
      runs->Execute("UPDATE bulk_actions SET status = ?, body = ? WHERE key = ?", backfill.status,
                    json::Dump(backfill.body, json::Order::kSorted), backfill.backfill_id);
  if (updated > 0) return;
  throw Error(Code::kNotFound, fmt::format("there is no backfill {} in this instance", backfill.backfill_id));
}

std::optional<model::BackfillRecord> RunStore::GetBackfill(std::string_view backfill_id) {
  const auto runs = files_.runs->AcquireIfExists();
  if (!runs) return std::nullopt;
  auto select = (*runs)->Query(fmt::format("{} WHERE bulk_actions.key = ?", kSelectBackfills), backfill_id);
  if (!select.Step()) return std::nullopt;
  return ReadBackfill(select);
}

std::vector<model::BackfillRecord> RunStore::GetBackfills(const storage::BackfillFilter& filter,
                                                          const std::optional<std::string>& cursor,
                                                          std::optional<std::int64_t> limit) {
  const auto runs = files_.runs->AcquireIfExists();
  if (!runs) return {};
  SqlQuery sql(kSelectBackfills);
  AddFilter(sql, filter);
  if (cursor) sql.Where("bulk_actions.id < (SELECT id FROM bulk_actions WHERE key = ?)", *cursor);
  sql.Append(" ORDER BY bulk_actions.id DESC");
  sql.Limit(limit);
  std::vector<model::BackfillRecord> backfills;
  auto select = sql.Prepare(**runs);
  while (select.Step()) backfills.push_back(ReadBackfill(select));
  return backfills;
}

std::int64_t RunStore::CountBackfills(const storage::BackfillFilter& filter) {
  const auto runs = files_.runs->AcquireIfExists();
  if (!runs) return 0;
  SqlQuery sql("SELECT count(*) FROM bulk_actions");
  AddFilter(sql, filter);
  auto select = sql.Prepare(**runs);
  return select.Step() ? select.Int(0) : 0;
}

}  // namespace tidemill::storage_sqlite
