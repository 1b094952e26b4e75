#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// Deletes runs; and what the web interface tells of its users: that the greeting was seen, and telemetry, which goes
/// nowhere.
void BindRunMutations(graphql::Schema& schema);

}  // namespace tidemill::api
