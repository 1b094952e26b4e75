#pragma once

#include <tidemill/engine/definitions.h>

#include "run_config.h"

namespace tidemill::sdk::snapshots {

/// CompleteJob for a job that may be a part of another one.
void CompleteSubset(engine::JobDefinition& job, const IgnoredNodes& ignored, bool is_subset);

}  // namespace tidemill::sdk::snapshots
