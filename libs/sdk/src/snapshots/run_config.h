#pragma once

#include <map>
#include <string>
#include <vector>

#include <tidemill/config/config_type.h>
#include <tidemill/engine/definitions.h>

#include "type_namespace.h"

namespace tidemill::sdk::snapshots {

/// A node of the whole job that a subset job leaves out: configuration for it is accepted and not used.
struct IgnoredNodes {
  const engine::JobDefinition* job = nullptr;  ///< That has their definitions; null: there are none.
  std::vector<std::string> names;              ///< At the top level.
};

/// The resources that the job shows by key: its own, and Dagster's default IO manager where it has none.
std::map<std::string, engine::ResourceDefinition, std::less<>> ShownResources(const engine::JobDefinition& job);

/// Whether the job is made of assets.
bool IsAssetJob(const engine::JobDefinition& job);

/// The root of the job's run configuration. `is_subset`: of the implicit asset job, only needed resources can be
/// configured.
config::ConfigTypePtr RunConfigType(const engine::JobDefinition& job, TypeNamespace& types, const IgnoredNodes& ignored,
                                    bool is_subset);

}  // namespace tidemill::sdk::snapshots
