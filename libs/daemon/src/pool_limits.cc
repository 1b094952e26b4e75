#include "pool_limits.h"

#include <algorithm>

namespace tidemill::daemon {

PoolLimits::PoolLimits(const QueueRules& rules, const QueueState& state)
    : by_run_(rules.granularity == instance::PoolGranularity::kRun),
      slot_buffer_(rules.queue.op_concurrency_slot_buffer),
      started_run_seconds_(rules.started_run_seconds) {
  for (const PoolState& pool : state.pools) pools_.emplace(pool.name, pool);
  for (const model::RunRecord& record : state.in_progress) {
    if (Counts(record, state.now)) Add(record.run);
  }
}

bool PoolLimits::Counts(const model::RunRecord& record, Timestamp now) const {
  if (by_run_ || record.run.status == model::RunStatus::kStarting) return true;
  // The steps of a run that started long ago have claims of their own.
  return record.run.status == model::RunStatus::kStarted && record.start_time && *record.start_time != 0 &&
         ToUnixSeconds(now) - *record.start_time < static_cast<double>(started_run_seconds_);
}

bool PoolLimits::IsFull(const std::string& name) const {
  const PoolState& pool = pools_.at(name);
  const auto taken = taken_.find(name);
  std::int64_t free = pool.slots - (taken == taken_.end() ? 0 : taken->second);
  if (!by_run_) free -= pool.waiting_steps;
  return free + slot_buffer_ <= 0;
}

bool PoolLimits::Blocks(const model::Run& run) const {
  if (!run.run_op_concurrency) return false;
  const model::RunOpConcurrency& needs = *run.run_op_concurrency;
  if (by_run_) {
    return std::any_of(needs.all_pools.begin(), needs.all_pools.end(),
                       [this](const std::string& pool) { return IsLimited(pool) && IsFull(pool); });
  }
  if (needs.has_unconstrained_root_nodes) return false;
  return std::all_of(needs.root_key_counts.begin(), needs.root_key_counts.end(),
                     [this](const auto& pool) { return IsLimited(pool.first) && IsFull(pool.first); });
}

void PoolLimits::Add(const model::Run& run) {
  if (!run.run_op_concurrency) return;
  if (by_run_) {
    for (const std::string& pool : run.run_op_concurrency->all_pools) ++taken_[pool];
  } else {
    for (const auto& [pool, count] : run.run_op_concurrency->root_key_counts) taken_[pool] += count;
  }
}

}  // namespace tidemill::daemon
