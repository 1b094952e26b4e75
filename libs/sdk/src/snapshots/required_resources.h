#pragma once

#include <set>
#include <string>
#include <vector>

#include <tidemill/engine/definitions.h>

#include "node_walk.h"

namespace tidemill::sdk::snapshots {

/// The resource keys that the op itself asks for, in Dagster's order and with its repeats: its own, those of its
/// inputs' managers, those of its outputs' IO managers.
std::vector<std::string> ResourceKeys(const engine::OpDefinition& op);

/// All that the job's nodes ask for, the IO managers of their inputs' assets among it, and what the resources
/// themselves ask for. Throws Error(kInvalidArgument) that names the node and the key if the job has no such resource.
std::set<std::string> RequiredResources(const engine::JobDefinition& job, const NodeDefinitions& nodes);

}  // namespace tidemill::sdk::snapshots
