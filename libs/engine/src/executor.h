#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tidemill/engine/asset_versions.h>
#include <tidemill/engine/event_builder.h>
#include <tidemill/engine/event_sink.h>
#include <tidemill/engine/fork_host.h>
#include <tidemill/engine/job_plan.h>
#include <tidemill/engine/run_config.h>
#include <tidemill/engine/termination.h>
#include <tidemill/plan/execution_plan.h>
#include <tidemill/plan/run_plan.h>
#include <tidemill/storage/event_storage.h>

namespace tidemill::engine {

/// A run while it is executed. Everything referred to outlives the execution.
struct Execution {
  const JobDefinition& job;
  const plan::ExecutionPlan& plan;
  const model::Run& run;
  const RunConfig& config;
  const ExecutorSettings& settings;
  const EventBuilder& events;
  EventSink& sink;
  AssetVersions& versions;
  storage::EventStorage& storage;
  const std::filesystem::path& storage_root;
  const std::filesystem::path& compute_log_root;
  const assets::PartitionsContext& partitions;
  TerminationSignals& termination;
  std::function<double()> random;
  /// Forks the steps' processes, if there is one.
  ForkHost* step_host;
  /// Starts a step's process otherwise, e.g. {"/proc/self/exe", "api", "execute_step"}.
  std::vector<std::string> step_command;
  /// How long a step may go on after the run was asked to end.
  std::chrono::milliseconds cancel_grace;
  /// The step that this process executes now, as its place in the plan; kNoStep if none.
  std::atomic<std::int64_t>& current_step;
  /// The file key under which this process's output is captured; set before its first step.
  std::string& log_key;
};

inline constexpr std::int64_t kNoStep = -1;

/// How the steps of a run ended.
struct ExecutionEnd {
  std::vector<std::string> failed_steps;  ///< In the order of their failing.
  std::optional<model::DagsterEvent> first_failure;
  bool interrupted = false;               ///< The run was asked to end before its steps had.
  std::optional<model::ErrorInfo> error;  ///< The execution itself failed.
};

/// Executes the steps one after another on this thread, as Dagster's in_process executor.
ExecutionEnd ExecuteInProcess(const Execution& execution);

/// Executes each step in a process of its own, as Dagster's multiprocess executor.
ExecutionEnd ExecuteMultiprocess(const Execution& execution);

/// Writes what the plan decided without executing: skipped and abandoned steps.
void WriteDecided(const Execution& execution, plan::RunPlan& plan);

/// Claims the slots of pools, which are shared with other runs.
class PoolClaims final {
 public:
  PoolClaims(const Execution& execution);
  /// Gives back all slots, also those that are only waited for.
  ~PoolClaims();

  /// Whether the step has its slot now. Asks the storage at most once a second for a step that must wait.
  bool Claim(plan::StepId step);
  void Free(plan::StepId step);
  /// When a waiting step shall be tried again.
  std::optional<Timestamp> NextTry() const;

 private:
  struct Waiting {
    Timestamp next_try;
    Timestamp last_message;
  };

  const Execution& execution_;
  std::int64_t run_priority_ = 0;
  std::set<plan::StepId> claimed_;
  std::map<plan::StepId, Waiting> waiting_;
};

/// The steps to execute, level by level: how LOGS_CAPTURED lists them.
std::vector<std::string> StepKeysByLevel(const plan::ExecutionPlan& plan);

}  // namespace tidemill::engine
