#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tidemill/graphql/schema.h>
#include <tidemill/model/ids.h>
#include <tidemill/model/instigators.h>

namespace tidemill::api {

/// RequestedMaterializationsForAsset: partitions, or names of checks, that a tick asked to make of one asset.
struct RequestedAsset {
  model::AssetKey key;
  std::vector<std::string> partition_keys;  ///< Ascending.
};

/// RequestedRunsForJob: partitions of whole jobs that a tick asked to run.
struct RequestedJob {
  std::string job_name;
  std::vector<std::string> partition_keys;  ///< Ascending.
};

// What the run requests of a tick ask for; nothing unless it succeeded.

std::vector<RequestedAsset> RequestedAssets(const model::TickData& tick);
std::vector<model::AssetKey> RequestedKeys(const model::TickData& tick);
/// Partitions, assets without partitions, and checks, each counted.
std::int64_t RequestedCount(const model::TickData& tick);
/// In the order of names.
std::vector<RequestedJob> RequestedJobs(const model::TickData& tick);
std::int64_t RequestedJobRunCount(const model::TickData& tick);

void BindRequestedAssets(graphql::Schema& schema);

}  // namespace tidemill::api
