#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/graphql/schema.h>
#include <tidemill/storage/event_storage.h>

namespace tidemill::api {

/// A check as a repository declares it, bound to AssetCheck.
struct AssetCheck {
  const model::AssetCheckSnap* snap;

  model::AssetCheckKey key() const { return {snap->asset_key, snap->name}; }
};

/// One execution of a check with the status that its run gives it.
struct CheckExecution {
  storage::CheckExecution stored;
  std::string_view status;  ///< "IN_PROGRESS", "SUCCEEDED", "FAILED", "EXECUTION_FAILED" or "SKIPPED".
};

/// Asks for the runs of those that have no evaluation, together.
std::vector<CheckExecution> ResolveStatuses(std::vector<storage::CheckExecution> executions,
                                            const RequestContext& context);

void BindAssetChecks(graphql::Schema& schema);

}  // namespace tidemill::api
