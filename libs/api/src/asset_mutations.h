#pragma once

#include <string_view>

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// The key of the run storage's values that holds "true" or "false"; nothing stored means paused.
inline constexpr std::string_view kAutomationPausedKey = "ASSET_DAEMON_PAUSED";

/// Mutations of what is stored of assets: wiping, events that no run wrote, keys of dynamic partitions, the pause of
/// automation.
void BindAssetMutations(graphql::Schema& schema);

}  // namespace tidemill::api
