#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tidemill/assets/asset_graph.h>
#include <tidemill/assets/partitions.h>

#include "command.h"

namespace tidemill::cli {

/// The partitions that one run of a command works on, as its tags; none for what is not partitioned.
using PartitionTags = model::Tags;

/// The assets that `--select` means, in the graph's order. Throws CommandError(kUsage) if it selects nothing, or an
/// asset that no run can execute.
std::vector<assets::AssetId> SelectAssets(const assets::AssetGraph& graph, const std::string& select);

/// The checks that `asset check` runs: those of the selected assets, or of all, that `checks` names ("asset:name" or
/// "name"; empty: all). Throws CommandError(kUsage) if there is none, or a name matches nothing.
std::vector<model::AssetCheckKey> SelectChecks(const assets::AssetGraph& graph,
                                               const std::optional<std::string>& select,
                                               const std::vector<std::string>& checks);

/// One entry a run: --partition makes one; --partition-range one for each stretch that the assets' backfill policies
/// allow in one run; neither one without tags. Throws CommandError(kUsage): no partition given for partitioned assets,
/// one given for others, different partitions among the assets, an unknown key.
std::vector<PartitionTags> PlanPartitions(const assets::AssetGraph& graph, const std::vector<assets::AssetId>& selected,
                                          const RunOptions& options, const assets::PartitionsContext& context);

}  // namespace tidemill::cli
