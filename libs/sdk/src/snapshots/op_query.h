#pragma once

#include <set>
#include <string>
#include <vector>

#include <tidemill/model/job_snap.h>

namespace tidemill::sdk::snapshots {

/// The nodes of one graph that Dagster's queries select: "op", "*op" and "op*" with all that is above or below, "+op"
/// and "op++" with one level for each plus, or "*" alone. Throws Error(kInvalidArgument) that names a query without a
/// match.
std::set<std::string> SelectNodes(const model::DependencyStructureSnap& level, const std::vector<std::string>& queries);

}  // namespace tidemill::sdk::snapshots
