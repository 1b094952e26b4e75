#pragma once

#include <tidemill/base/clock.h>
#include <tidemill/engine/definitions.h>
#include <tidemill/engine/step_runner.h>
#include <tidemill/engine/termination.h>

#include "step_task.h"

namespace tidemill::engine {

/// Where a step's process gets at its instance.
struct StepInstance {
  EventSink& sink;
  AssetVersions& versions;
  const assets::DynamicPartitionsSource& partitions;
};

/// Executes one step as the only one of this process: resources, compute logs, the step. Its events tell how it ended;
/// the result does too, and is nothing if the step did not come to run. `message` is the text of STEP_WORKER_STARTED.
std::optional<StepResult> WorkOnStep(const CodeLocation& location, const StepTask& task, const StepInstance& instance,
                                     TerminationSignals& termination, const Clock& clock, const std::string& message);

/// The process of one step that a run's worker, process `parent`, started: does what comes over the channel `fd`.
/// Returns its exit code.
int ServeStep(const CodeLocation& location, int fd, std::int64_t parent, const Clock& clock);

}  // namespace tidemill::engine
