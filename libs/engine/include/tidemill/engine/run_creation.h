#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tidemill/assets/partitions.h>
#include <tidemill/base/clock.h>
#include <tidemill/model/job_snap.h>
#include <tidemill/model/plan_snap.h>
#include <tidemill/model/repository_snap.h>
#include <tidemill/model/runs.h>
#include <tidemill/storage/storage.h>

namespace tidemill::engine {

/// A run that a launcher wants, in the terms of snapshots: it has no user code.
struct RunCreation {
  /// What the launcher chose. An empty id becomes a new one; the ids of the snapshots and the pools are filled in.
  model::Run run;
  const model::JobSnap& job;
  const model::JobSnap* parent_job = nullptr;  ///< The whole job where `job` is a part of it.
  const model::PlanSnap& plan;
  const model::RepositorySnap& repository;  ///< Partitions of assets and checks are looked up here.
};

/// Stores the snapshots, the run's row and the events that say which assets and checks it will make, in this order and
/// as Dagster does; when it returns all is durable. Throws Error: kAlreadyExists for a run id that is taken,
/// kInvalidArgument for partitions that do not exist, and what the storage throws.
model::Run CreateRun(storage::Storage& storage, RunCreation creation, const assets::PartitionsContext& partitions,
                     const Clock& clock);

/// How much of an earlier run is executed again.
enum class ReexecutionStrategy { kAllSteps, kFromFailure, kChosenSteps };

/// What a run that executes another one again takes over from it.
struct Reexecution {
  std::string parent_run_id;
  std::string root_run_id;
  model::Tags tags;
  /// To be given to the planning of the run; nothing: all steps.
  std::optional<std::vector<std::string>> step_keys_to_execute;
  std::optional<model::KnownState> known_state;
};

/// Reads the parent's events and its ancestors'. `chosen_steps` are kChosenSteps' steps. Throws
/// Error(kFailedPrecondition) if the parent has no failure to go on from, or is still running.
Reexecution PlanReexecution(storage::Storage& storage, const model::Run& parent, ReexecutionStrategy strategy,
                            const std::vector<std::string>& chosen_steps = {});

/// Ends a run whose worker has died: completes what its last commit left undone, then records the failure with its
/// reason
/// ("worker killed by signal 9 (Killed)"), or the cancellation if the run was being canceled. A run that has ended is
/// left alone. Returns its status.
model::RunStatus EndAbandonedRun(storage::Storage& storage, const std::string& run_id, const std::string& reason,
                                 const Clock& clock);

}  // namespace tidemill::engine
