#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <tidemill/base/json.h>

namespace tidemill::sdk {

/// The home of the instance that a run's arguments name (a serdes InstanceRef, or null), else `dagster_home`. Throws
/// Error(kFailedPrecondition) if neither says it.
std::filesystem::path InstanceHome(const json::Value& instance_ref, const std::optional<std::string>& dagster_home);

}  // namespace tidemill::sdk
