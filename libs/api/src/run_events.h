#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/graphql/schema.h>

#include "event.h"
#include "run.h"

namespace tidemill::api {

/// EventConnection: some events of a run, and where to go on.
struct EventConnection {
  std::vector<Event> events;
  std::string cursor;
  bool has_more = false;
};

/// The next events of a run's log after `cursor` (Dagster's EventLogCursor; nothing: from the first). Throws
/// Error(kInvalidArgument) for a cursor that is none.
EventConnection ReadEvents(storage::EventStorage& storage, const std::string& run_id,
                           const std::optional<std::string>& cursor, std::optional<std::int64_t> limit);

/// The assets that the run made, observed or was planned to make, sorted.
std::vector<model::AssetKey> AssetsOf(const Run& run, const RequestContext& context);

/// What a run's log and plan tell: events, assets, checks, its plan and its job.
void BindRunEvents(graphql::Schema& schema);

}  // namespace tidemill::api
