#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/instance/config.h>
#include <tidemill/model/runs.h>

namespace tidemill::daemon {

/// A pool that has slots, as far as the queue asks.
struct PoolState {
  std::string name;
  std::int64_t slots = 0;
  std::int64_t waiting_steps = 0;  ///< Steps with a claim, whether they hold a slot or not.
};

/// All that decides which runs may start.
struct QueueState {
  std::vector<model::RunRecord> in_progress;  ///< STARTING, STARTED and CANCELING.
  std::vector<model::RunRecord> queued;       ///< Oldest first.
  std::vector<PoolState> pools;               ///< Pools without a limit are not among them.
  std::set<std::string> paused_locations;     ///< Their code could not be reached a moment ago.
  Timestamp now;
};

struct QueueRules {
  instance::RunQueueConfig queue;
  instance::PoolGranularity granularity = instance::PoolGranularity::kOp;
  /// How long the first steps of a run that has started count as claims of pools that are not stored yet.
  std::int64_t started_run_seconds = 5;
  /// Dagster looks at the queue a page at a time and keeps no more runs of a page than may start: a run of a later page
  /// cannot take the place of an earlier one but by its priority.
  std::size_t page_size = 100;
};

/// The ids of the queued runs to launch now, in order: Dagster's QueuedRunCoordinatorDaemon, without its I/O.
///
/// Runs with a higher dagster/priority come first, then older ones. A run is left in the queue if a limit of tags or
/// pools does not let it start beside those in progress and those chosen before it, or if its location is paused. Reads
/// no clock and does no I/O.
std::vector<std::string> ChooseRuns(const QueueRules& rules, const QueueState& state);

/// The priority that the run's tag says: an integer as Python's int() reads it, else 0.
std::int64_t PriorityOf(const model::Run& run);

}  // namespace tidemill::daemon
