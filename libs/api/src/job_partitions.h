#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/assets/partitions.h>
#include <tidemill/model/metadata.h>

namespace tidemill::api {

/// A job whose partitions are asked for; of a job of assets perhaps only those of some assets.
struct PartitionedJob {
  const workspace::Repository* repository;
  std::string name;
  std::optional<std::set<model::AssetKey>> selected_assets;
};

/// The definition, as far as it can be known without asking the location: of the job's partition set, else the one that
/// its partitioned assets share. Nothing if there is none. Throws Error(kFailedPrecondition) if they share none.
std::optional<assets::PartitionsDefinition> PartitionsOfJob(const PartitionedJob& job);

/// The keys in order; only a partition set without a definition makes it ask the location.
std::vector<std::string> PartitionKeysOf(const PartitionedJob& job, const RequestContext& context);

/// The tags of a run for the partition, without those that Dagster hides.
model::Tags PartitionTagsOf(const PartitionedJob& job, const std::string& partition);

}  // namespace tidemill::api
