#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <tidemill/daemon/run_queue_decision.h>

namespace tidemill::daemon {

/// Counts runs against the slots of the pools that their steps need (Dagster's GlobalOpConcurrencyLimitsCounter).
class PoolLimits final {
 public:
  PoolLimits(const QueueRules& rules, const QueueState& state);

  /// A run whose first steps would all wait; with granularity `run`, one of whose pools is full.
  bool Blocks(const model::Run& run) const;
  /// Counts a run that is to be launched.
  void Add(const model::Run& run);

 private:
  /// Whether the run may still take slots that are not stored as claims.
  bool Counts(const model::RunRecord& record, Timestamp now) const;
  /// Slots left for one more run; nothing for a pool without a limit.
  bool IsFull(const std::string& pool) const;
  bool IsLimited(const std::string& pool) const { return pools_.contains(pool); }

  const bool by_run_;
  const std::int64_t slot_buffer_;
  const std::int64_t started_run_seconds_;
  std::map<std::string, PoolState> pools_;
  std::map<std::string, std::int64_t> taken_;  ///< By runs in progress and by those that are to be launched.
};

}  // namespace tidemill::daemon
