#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// The fields that lead from events to their runs and steps.
void BindEventRuns(graphql::Schema& schema);

}  // namespace tidemill::api
