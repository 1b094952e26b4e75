#pragma once

#include <vector>

#include <tidemill/sdk/snapshots.h>

namespace tidemill::sdk::snapshots {

/// The location's resources, sorted by name, with who uses them. `assets` as SnapAssets gives them.
std::vector<model::ResourceSnap> SnapResources(const RepositoryDescription& description,
                                               const std::vector<model::AssetNodeSnap>& assets);

/// Environment variables that the resources' fixed configuration names, with the resources: Dagster's
/// utilized_env_vars.
json::Value SnapEnvironmentVariables(const RepositoryDescription& description);

}  // namespace tidemill::sdk::snapshots
