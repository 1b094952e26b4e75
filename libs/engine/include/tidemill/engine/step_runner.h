#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/assets/partitions.h>
#include <tidemill/engine/asset_versions.h>
#include <tidemill/engine/definitions.h>
#include <tidemill/engine/event_builder.h>
#include <tidemill/engine/event_sink.h>
#include <tidemill/engine/resources.h>
#include <tidemill/engine/run_config.h>
#include <tidemill/plan/execution_plan.h>
#include <tidemill/plan/reexecution.h>
#include <tidemill/plan/run_plan.h>

namespace tidemill::engine {

/// What the steps that one process executes for a run have in common. Everything referred to must outlive the steps.
struct StepEnvironment {
  const JobDefinition& job;
  const plan::ExecutionPlan& plan;
  const model::Run& run;
  const RunConfig& config;
  const EventBuilder& events;
  EventSink& sink;
  AssetVersions& versions;
  const ResourceSet& resources;
  const plan::Ancestry& ancestry;
  const std::filesystem::path& storage_root;
  const assets::PartitionsContext& partitions;
  bool retries_enabled = true;
  /// Whether the run was asked to end.
  std::function<bool()> cancelled;
  /// Uniform in [0, 1), for the jitter of retries.
  std::function<double()> random;
};

/// How a step ended, beside its events.
struct StepResult {
  plan::StepOutcome outcome = plan::StepOutcome::kSucceeded;
  std::vector<std::string> outputs;       ///< Those that it yielded.
  std::optional<double> seconds_to_wait;  ///< Before it is tried again.
  std::optional<model::DagsterEvent> failure;
  bool interrupted = false;  ///< It ended because the run was asked to.
};

/// Executes one step on this thread: loads its inputs, runs the user's code, stores its outputs, and writes the events
/// of all that. `attempts` is how often it was tried before; `is_ready` says whether this run has an output already
/// (used for fan-ins, of which some outputs may be missing). What user code throws becomes the result; Error is thrown
/// only if the events cannot be written.
StepResult RunStep(const StepEnvironment& environment, plan::StepId step, std::int64_t attempts,
                   const std::function<bool(const model::StepOutputHandle&)>& is_ready);

}  // namespace tidemill::engine
