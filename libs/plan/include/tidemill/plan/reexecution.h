#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <tidemill/model/events.h>
#include <tidemill/model/plan_snap.h>

namespace tidemill::plan {

/// How an earlier run of the same job went, as far as running it again needs to know.
struct PastRun {
  std::string run_id;
  /// Steps that failed, were interrupted or never started, and all behind them, in topological order.
  std::vector<std::string> steps_to_retry;
  std::set<model::StepOutputHandle> produced_outputs;
};

/// Reads a run's events, in their order. `step_keys_to_execute` is the run's own selection, if it had one. Dagster's
/// rules
/// (_derive_state_of_past_run): skipped steps are not retried.
PastRun ReadPastRun(std::string run_id, const model::PlanSnap& plan,
                    const std::optional<std::vector<std::string>>& step_keys_to_execute,
                    std::span<const model::EventLogEntry> events);

/// What a re-execution knows of its ancestors: `lineage` is the parent run, its parent, and so on. Empty: nothing.
model::KnownState KnownStateOf(std::span<const PastRun> lineage);

/// Which ancestor's outputs a re-execution loads.
class Ancestry final {
 public:
  /// Throws Error(kInvalidArgument) if the state's parent_state is not Dagster's PastExecutionState.
  explicit Ancestry(const model::KnownState& state);

  /// The nearest ancestor that yielded the output, or null.
  const std::string* SourceRunOf(const model::StepOutputHandle& handle) const;
  /// A KnownState's parent_state that says no more than where these outputs come from.
  json::Value ParentStateFor(std::span<const model::StepOutputHandle> handles) const;

 private:
  std::vector<std::string> runs_;
  std::map<model::StepOutputHandle, std::size_t> source_;
};

}  // namespace tidemill::plan
