#include <algorithm>

#include <fmt/format.h>

#include "event_store.h"

namespace tidemill::storage_sqlite {
namespace {

/// Dagster's bound on the slots of one pool.
constexpr std::int64_t kMaxSlots = 1000;

std::int64_t CountOf(Statement select) { return select.Step() ? select.Int(0) : 0; }

std::int64_t LiveSlots(Connection& index, std::string_view pool) {
  return CountOf(index.Query("SELECT count(*) FROM concurrency_slots WHERE concurrency_key = ? AND deleted = 0", pool));
}

/// Gives a freed slot to the step that waits with the highest priority, the longest.
void AssignNext(Connection& index, std::string_view pool) {
  index.Execute(
      "UPDATE pending_steps SET assigned_timestamp = CURRENT_TIMESTAMP WHERE id = (SELECT id FROM pending_steps WHERE "
      "concurrency_key = ? AND assigned_timestamp IS NULL ORDER BY priority DESC, create_timestamp, id LIMIT 1)",
      pool);
}

/// Adds or removes slots until the pool has `limit`; of those to remove, the free ones go first, and one that is held
/// goes when it is freed.
void AllocateSlots(Connection& index, std::string_view pool, std::int64_t limit) {
  const std::int64_t existing = LiveSlots(index, pool);
  for (std::int64_t i = existing; i < limit; ++i) {
    index.Execute(
        "INSERT INTO concurrency_slots (concurrency_key, run_id, step_key, deleted) VALUES (?, NULL, NULL, 0)", pool);
    AssignNext(index, pool);
  }
  if (existing <= limit) return;
  index.Execute(
      "UPDATE concurrency_slots SET deleted = 1 WHERE id IN (SELECT id FROM concurrency_slots WHERE concurrency_key = "
      "? "
      "AND deleted = 0 ORDER BY run_id IS NULL DESC, id DESC LIMIT ?)",
      pool, existing - limit);
  index.Execute("DELETE FROM concurrency_slots WHERE deleted = 1 AND run_id IS NULL");
}

void SetLimit(Connection& index, std::string_view pool, std::int64_t limit, bool is_default) {
  index.Execute(
      "INSERT INTO concurrency_limits (concurrency_key, \"limit\", using_default_limit) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (concurrency_key) DO UPDATE SET \"limit\" = ?2, using_default_limit = ?3",
      pool, limit, is_default);
  AllocateSlots(index, pool, limit);
}

/// Brings a pool that nobody gave a limit to the instance's default. Returns whether the pool limits at all.
bool ApplyDefault(Connection& index, std::string_view pool, std::optional<std::int64_t> default_limit) {
  std::optional<std::int64_t> limit;
  bool is_default = true;
  {
    auto select =
        index.Query("SELECT \"limit\", using_default_limit FROM concurrency_limits WHERE concurrency_key = ?", pool);
    if (select.Step()) {
      limit = select.Int(0);
      is_default = select.Int(1) != 0;
    }
  }
  if (!is_default || limit == default_limit) return limit.has_value();
  if (!default_limit) {
    index.Execute("DELETE FROM concurrency_limits WHERE concurrency_key = ?", pool);
    AllocateSlots(index, pool, 0);
    return false;
  }
  SetLimit(index, pool, *default_limit, true);
  return true;
}

void AddPendingStep(Connection& index, std::string_view pool, std::string_view run_id, std::string_view step_key,
                    std::int64_t priority) {
  const std::int64_t assigned = CountOf(index.Query(
      "SELECT count(*) FROM pending_steps WHERE concurrency_key = ? AND assigned_timestamp IS NOT NULL", pool));
  const bool has_slot = LiveSlots(index, pool) > assigned;
  index.Execute(
      "INSERT OR IGNORE INTO pending_steps (concurrency_key, run_id, step_key, priority, assigned_timestamp) "
      "VALUES (?, ?, ?, ?, CASE WHEN ? THEN CURRENT_TIMESTAMP END)",
      pool, run_id, step_key, priority, has_slot);
}

bool TakeSlot(Connection& index, std::string_view pool, std::string_view run_id, std::string_view step_key) {
  const bool is_assigned =
      CountOf(
          index.Query("SELECT count(*) FROM pending_steps WHERE concurrency_key = ? AND run_id = ? AND step_key = ? "
                      "AND assigned_timestamp IS NOT NULL",
                      pool, run_id, step_key)) > 0;
  if (!is_assigned) return false;
  const bool holds_one =
      CountOf(index.Query("SELECT count(*) FROM concurrency_slots WHERE concurrency_key = ? AND run_id = ? AND "
                          "step_key = ?",
                          pool, run_id, step_key)) > 0;
  if (holds_one) return true;
  return index.Execute(
             "UPDATE concurrency_slots SET run_id = ?, step_key = ? WHERE id = (SELECT id FROM concurrency_slots WHERE "
             "concurrency_key = ? AND step_key IS NULL AND deleted = 0 ORDER BY id LIMIT 1)",
             run_id, step_key, pool) > 0;
}

std::vector<storage::PoolInfo::Claim> ReadClaims(Connection& index, std::string_view pool) {
  std::vector<storage::PoolInfo::Claim> claims;
  auto select = index.Query(
      "SELECT run_id, step_key, priority, create_timestamp, EXISTS (SELECT 1 FROM concurrency_slots AS slot WHERE "
      "slot.concurrency_key = pending_steps.concurrency_key AND slot.run_id = pending_steps.run_id AND slot.step_key = "
      "pending_steps.step_key) FROM pending_steps WHERE concurrency_key = ? ORDER BY id",
      pool);
  while (select.Step()) {
    claims.push_back({.run_id = std::string(select.Text(0)),
                      .step_key = std::string(select.Text(1)),
                      .priority = select.Int(2),
                      .enqueued = ParseSqlText(select.Text(3)).value_or(Timestamp{}),
                      .holds_slot = select.Int(4) != 0});
  }
  return claims;
}

}  // namespace

std::vector<storage::PoolInfo> EventStore::Pools() {
  const auto index = files_.index->AcquireIfExists();
  if (!index) return {};
  std::vector<storage::PoolInfo> pools;
  {
    auto select = (*index)->Prepare(
        "SELECT concurrency_key, \"limit\", using_default_limit FROM concurrency_limits ORDER BY concurrency_key");
    while (select.Step()) {
      storage::PoolInfo pool;
      pool.pool = select.Text(0);
      pool.limit = select.Int(1);
      pool.using_default_limit = select.Int(2) != 0;
      pools.push_back(std::move(pool));
    }
  }
  for (storage::PoolInfo& pool : pools) pool.claims = ReadClaims(**index, pool.pool);
  return pools;
}

void EventStore::SetPoolLimit(std::string_view pool, std::int64_t limit) {
  if (limit < 0 || limit > kMaxSlots) {
    throw Error(Code::kInvalidArgument,
                fmt::format("a pool's limit is 0 to {}, pool \"{}\" was to have {}", kMaxSlots, pool, limit));
  }
  const Lease index = files_.index->Acquire();
  const auto turn = files_.index->LockWrites();
  Transaction transaction(*index);
  SetLimit(*index, pool, limit, false);
  transaction.Commit();
}

void EventStore::DeletePool(std::string_view pool) {
  const Lease index = files_.index->Acquire();
  const auto turn = files_.index->LockWrites();
  Transaction transaction(*index);
  index->Execute("DELETE FROM concurrency_limits WHERE concurrency_key = ?", pool);
  AllocateSlots(*index, pool, 0);
  transaction.Commit();
}

bool EventStore::ClaimSlot(std::string_view pool, std::string_view run_id, std::string_view step_key,
                           std::int64_t priority) {
  const Lease index = files_.index->Acquire();
  const auto turn = files_.index->LockWrites();
  Transaction transaction(*index);
  const bool limits = ApplyDefault(*index, pool, options_.default_pool_limit);
  bool holds_slot = true;
  if (limits) {
    AddPendingStep(*index, pool, run_id, step_key, priority);
    holds_slot = TakeSlot(*index, pool, run_id, step_key);
  }
  transaction.Commit();
  return holds_slot;
}

void EventStore::FreeSlots(std::string_view run_id, const std::optional<std::string>& step_key) {
  const auto lease = files_.index->AcquireIfExists();
  if (!lease) return;
  Connection& index = **lease;
  const auto turn = files_.index->LockWrites();
  Transaction transaction(index);
  index.Execute("DELETE FROM concurrency_slots WHERE run_id = ?1 AND deleted = 1 AND (?2 IS NULL OR step_key = ?2)",
                run_id, step_key);
  index.Execute(
      "UPDATE concurrency_slots SET run_id = NULL, step_key = NULL WHERE run_id = ?1 AND (?2 IS NULL OR "
      "step_key = ?2)",
      run_id, step_key);
  std::vector<std::string> freed;
  {
    auto select = index.Query(
        "SELECT concurrency_key FROM pending_steps WHERE run_id = ?1 AND (?2 IS NULL OR step_key "
        "= ?2) AND assigned_timestamp IS NOT NULL",
        run_id, step_key);
    while (select.Step()) freed.emplace_back(select.Text(0));
  }
  index.Execute("DELETE FROM pending_steps WHERE run_id = ?1 AND (?2 IS NULL OR step_key = ?2)", run_id, step_key);
  for (const std::string& pool : freed) AssignNext(index, pool);
  transaction.Commit();
}

}  // namespace tidemill::storage_sqlite
