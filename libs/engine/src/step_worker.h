#pragma once

#include <functional>

#include <tidemill/base/clock.h>
#include <tidemill/base/file.h>
#include <tidemill/engine/definitions.h>
#include <tidemill/engine/run_config.h>
#include <tidemill/engine/step_runner.h>
#include <tidemill/engine/termination.h>
#include <tidemill/plan/execution_plan.h>

#include "step_task.h"

namespace tidemill::engine {

/// Where a step's process gets at its instance.
struct StepInstance {
  EventSink& sink;
  AssetVersions& versions;
  const assets::DynamicPartitionsSource& partitions;
};

/// What all steps of a run share.
struct PreparedRun {
  JobDefinition job;
  RunConfig config;
  plan::ExecutionPlan plan;
};

/// Builds the run's job and plan from the user's definitions. Throws what they throw.
PreparedRun PrepareRun(const CodeLocation& location, const model::Run& run);

/// Executes one step as the only one of this process: resources, compute logs, the step. Its events tell how it ended;
/// the result does too, and is nothing if the step did not come to run.
std::optional<StepResult> WorkOnStep(const PreparedRun& prepared, const StepTask& task, const StepInstance& instance,
                                     TerminationSignals& termination, const Clock& clock);

/// In the process of one step: executes it for the run's worker, which is at the other end of the channel. `prepared`
/// is asked for once; what it throws is said in the run's log. Returns the exit code.
int ServeStep(FileDescriptor channel, const StepTask& task, const Clock& clock,
              const std::function<const PreparedRun&()>& prepared);

/// The same in a process of its own command, started by process `parent`, which sends the task over `channel` first.
int ServeSpawnedStep(const CodeLocation& location, FileDescriptor channel, std::int64_t parent, const Clock& clock);

}  // namespace tidemill::engine
