#include <algorithm>

#include <fmt/format.h>

#include <tidemill/storage/event_row.h>

#include "event_store.h"
#include "sql_query.h"

namespace tidemill::storage_sqlite {
namespace {

/// Not wiped, or seen again since.
constexpr std::string_view kAlive = "(wipe_timestamp IS NULL OR last_materialization_timestamp > wipe_timestamp)";
/// Of event_logs: an event of the asset ?1 since it was wiped.
constexpr std::string_view kOfAsset =
    "asset_key = ?1 AND timestamp > coalesce((SELECT wipe_timestamp FROM asset_keys WHERE asset_key = ?1), '')";

struct AssetRow {
  storage::AssetRecord record;
  std::string last_materialization;
};

std::optional<AssetRow> ReadAssetRow(const Statement& select) {
  const auto key = model::AssetKey::FromColumn(select.Text(1));
  if (!key) return std::nullopt;
  AssetRow row;
  row.record.storage_id = select.Int(0);
  row.record.asset_key = *key;
  row.last_materialization = select.Text(2);
  row.record.last_run_id = select.OptionalText(3);
  row.record.last_materialization_timestamp = ParseSqlText(select.Text(4));
  row.record.wipe_timestamp = ParseSqlText(select.Text(5));
  row.record.cached_status = select.OptionalText(6);
  return row;
}

std::optional<storage::StoredEvent> LatestMaterialization(Connection& index, const model::AssetKey& key) {
  auto select = index.Query(
      fmt::format("SELECT id, event FROM event_logs WHERE dagster_event_type = 'ASSET_MATERIALIZATION' AND {} "
                  "ORDER BY id DESC LIMIT 1",
                  kOfAsset),
      key.ToColumn());
  if (!select.Step()) return std::nullopt;
  return storage::StoredEvent{.storage_id = select.Int(0), .entry = DecodeEntry(index, select.Int(0), select.Text(1))};
}

/// The event that the record names; where an old Dagster stored less, or a wipe came after it, the log is asked.
void FillLastMaterialization(Connection& index, AssetRow& row) {
  if (row.last_materialization.empty()) {
    if (row.record.wipe_timestamp) row.record.last_materialization = LatestMaterialization(index, row.record.asset_key);
    return;
  }
  auto stored = storage::ParseRecord(row.last_materialization);
  const bool is_wiped =
      stored && row.record.wipe_timestamp && FromUnixSeconds(stored->entry.timestamp) <= *row.record.wipe_timestamp;
  row.record.last_materialization =
      stored && !is_wiped ? std::move(stored) : LatestMaterialization(index, row.record.asset_key);
}

storage::CheckExecution ReadCheck(const Connection& index, const Statement& select, const model::AssetCheckKey& key) {
  storage::CheckExecution check;
  check.storage_id = select.Int(0);
  check.key = key;
  check.partition = select.OptionalText(1);
  check.run_id = select.Text(2);
  check.status = storage::ParseCheckExecutionStatus(select.Text(3));
  if (!select.IsNull(4)) check.event = DecodeEntry(index, check.storage_id, select.Text(4));
  check.create_timestamp = ParseSqlText(select.Text(5)).value_or(Timestamp{});
  return check;
}

}  // namespace

std::vector<model::AssetKey> EventStore::AssetKeys() {
  const auto index = files_.index->AcquireIfExists();
  if (!index) return {};
  std::vector<model::AssetKey> keys;
  auto select = (*index)->Prepare(fmt::format("SELECT asset_key FROM asset_keys WHERE {} ORDER BY asset_key", kAlive));
  while (select.Step()) {
    if (auto key = model::AssetKey::FromColumn(select.Text(0))) keys.push_back(std::move(*key));
  }
  return keys;
}

std::vector<storage::AssetRecord> EventStore::AssetRecords(const std::optional<std::vector<model::AssetKey>>& keys) {
  const auto lease = files_.index->AcquireIfExists();
  if (!lease) return {};
  Connection& index = **lease;
  SqlQuery sql(
      "SELECT id, asset_key, last_materialization, last_run_id, last_materialization_timestamp, wipe_timestamp, "
      "cached_status_data FROM asset_keys");
  sql.Condition(kAlive);
  if (keys) {
    std::vector<std::string> columns;
    for (const model::AssetKey& key : *keys) columns.push_back(key.ToColumn());
    sql.Where("asset_key IN (SELECT value FROM json_each(?))", JsonList(columns));
  }
  sql.Append(" ORDER BY asset_key");
  std::vector<AssetRow> rows;
  {
    auto select = sql.Prepare(index);
    while (select.Step()) {
      if (auto row = ReadAssetRow(select)) rows.push_back(std::move(*row));
    }
  }
  std::vector<storage::AssetRecord> records;
  records.reserve(rows.size());
  for (AssetRow& row : rows) {
    FillLastMaterialization(index, row);
    records.push_back(std::move(row.record));
  }
  return records;
}

void EventStore::WipeAsset(const model::AssetKey& key) {
  const Lease index = files_.index->Acquire();
  const auto turn = files_.index->LockWrites();
  const std::string asset = key.ToColumn();
  const Timestamp now = SystemClock().Now();
  std::string details = R"({"__class__": "AssetDetails", "last_wipe_timestamp": )";
  json::AppendDouble(details, ToUnixSeconds(now));
  details += "}";
  Transaction transaction(*index);
  index->Execute(
      "UPDATE asset_keys SET asset_details = ?, wipe_timestamp = ?, last_materialization = NULL, last_run_id = NULL, "
      "cached_status_data = NULL WHERE asset_key = ?",
      details, ToSqlText(now), asset);
  index->Execute("DELETE FROM asset_check_executions WHERE asset_key = ?", asset);
  index->Execute("DELETE FROM event_logs WHERE asset_key = ?", asset);
  transaction.Commit();
}

void EventStore::WipeAssetPartitions(const model::AssetKey& key, const std::vector<std::string>& partitions) {
  const Lease index = files_.index->Acquire();
  const auto turn = files_.index->LockWrites();
  const std::string asset = key.ToColumn();
  const std::string list = JsonList(partitions);
  Transaction transaction(*index);
  index->Execute(
      "DELETE FROM asset_event_tags WHERE event_id IN (SELECT id FROM event_logs WHERE asset_key = ? AND partition IN "
      "(SELECT value FROM json_each(?)))",
      asset, list);
  index->Execute("DELETE FROM event_logs WHERE asset_key = ? AND partition IN (SELECT value FROM json_each(?))", asset,
                 list);
  index->Execute(
      "DELETE FROM asset_check_executions WHERE asset_key = ? AND partition IN (SELECT value FROM json_each(?))", asset,
      list);
  std::optional<std::int64_t> id;
  std::string record;
  {
    auto latest = index->Query(
        fmt::format("SELECT id, event FROM event_logs WHERE dagster_event_type = 'ASSET_MATERIALIZATION' AND {} "
                    "ORDER BY id DESC LIMIT 1",
                    kOfAsset),
        asset);
    if (latest.Step()) {
      id = latest.Int(0);
      record = storage::RecordText(latest.Text(1), *id);
    }
  }
  std::optional<std::string_view> kept;
  if (id) kept = record;
  index->Execute("UPDATE asset_keys SET last_materialization = ?, cached_status_data = NULL WHERE asset_key = ?", kept,
                 asset);
  transaction.Commit();
}

std::set<std::string> EventStore::MaterializedPartitions(const model::AssetKey& key) {
  std::set<std::string> partitions;
  for (auto& [partition, id] : LatestStorageIdByPartition(key, model::EventType::kAssetMaterialization)) {
    partitions.insert(std::move(partition));
  }
  return partitions;
}

std::vector<std::pair<std::string, std::int64_t>> EventStore::LatestStorageIdByPartition(const model::AssetKey& key,
                                                                                         model::EventType type) {
  const auto index = files_.index->AcquireIfExists();
  if (!index) return {};
  auto select = (*index)->Query(
      fmt::format("SELECT partition, max(id) FROM event_logs WHERE {} AND dagster_event_type = ?2 AND partition IS NOT "
                  "NULL GROUP BY partition ORDER BY partition",
                  kOfAsset),
      key.ToColumn(), model::EventTypeName(type));
  std::vector<std::pair<std::string, std::int64_t>> latest;
  while (select.Step()) latest.emplace_back(select.Text(0), select.Int(1));
  return latest;
}

std::vector<std::pair<std::string, std::string>> EventStore::LatestTagByPartition(const model::AssetKey& key,
                                                                                  std::string_view tag_key) {
  const auto index = files_.index->AcquireIfExists();
  if (!index) return {};
  auto select = (*index)->Query(
      fmt::format("SELECT latest.partition, tags.value FROM (SELECT partition, max(id) AS id FROM event_logs WHERE {} "
                  "AND dagster_event_type = 'ASSET_MATERIALIZATION' AND partition IS NOT NULL GROUP BY partition) AS "
                  "latest JOIN asset_event_tags AS tags ON tags.event_id = latest.id WHERE tags.key = ?2 "
                  "ORDER BY latest.partition",
                  kOfAsset),
      key.ToColumn(), tag_key);
  std::vector<std::pair<std::string, std::string>> latest;
  while (select.Step()) latest.emplace_back(select.Text(0), select.Text(1));
  return latest;
}

void EventStore::SetCachedStatus(const model::AssetKey& key, std::string_view serdes_text) {
  const Lease index = files_.index->Acquire();
  const auto turn = files_.index->LockWrites();
  index->Execute("UPDATE asset_keys SET cached_status_data = ? WHERE asset_key = ?", serdes_text, key.ToColumn());
}

std::vector<storage::CheckExecution> EventStore::CheckExecutions(const model::AssetCheckKey& key, std::int64_t limit,
                                                                 std::optional<std::int64_t> before_storage_id) {
  const auto index = files_.index->AcquireIfExists();
  if (!index) return {};
  SqlQuery sql(
      "SELECT id, partition, run_id, execution_status, evaluation_event, create_timestamp FROM asset_check_executions");
  sql.Where("asset_key = ?", key.asset_key.ToColumn());
  sql.Where("check_name = ?", key.name);
  if (before_storage_id) sql.Where("id < ?", *before_storage_id);
  sql.Append(" ORDER BY id DESC");
  sql.Limit(limit);
  std::vector<storage::CheckExecution> checks;
  auto select = sql.Prepare(**index);
  while (select.Step()) checks.push_back(ReadCheck(**index, select, key));
  return checks;
}

std::optional<storage::CheckExecution> EventStore::LatestCheckExecution(const model::AssetCheckKey& key) {
  std::vector<storage::CheckExecution> latest = CheckExecutions(key, 1, std::nullopt);
  if (latest.empty()) return std::nullopt;
  return std::move(latest.front());
}

std::vector<std::string> EventStore::DynamicPartitions(std::string_view definition) {
  const auto index = files_.index->AcquireIfExists();
  if (!index) return {};
  std::vector<std::string> partitions;
  auto select =
      (*index)->Query("SELECT partition FROM dynamic_partitions WHERE partitions_def_name = ? ORDER BY id", definition);
  while (select.Step()) partitions.emplace_back(select.Text(0));
  return partitions;
}

void EventStore::AddDynamicPartitions(std::string_view definition, const std::vector<std::string>& partitions) {
  const Lease index = files_.index->Acquire();
  const auto turn = files_.index->LockWrites();
  Transaction transaction(*index);
  for (const std::string& partition : partitions) {
    index->Execute("INSERT OR IGNORE INTO dynamic_partitions (partitions_def_name, partition) VALUES (?, ?)",
                   definition, partition);
  }
  transaction.Commit();
}

void EventStore::DeleteDynamicPartition(std::string_view definition, std::string_view partition) {
  const Lease index = files_.index->Acquire();
  const auto turn = files_.index->LockWrites();
  index->Execute("DELETE FROM dynamic_partitions WHERE partitions_def_name = ? AND partition = ?", definition,
                 partition);
}

}  // namespace tidemill::storage_sqlite
