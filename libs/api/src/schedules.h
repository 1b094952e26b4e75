#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// Schedules as the code declares them, with their ticks to come.
void BindSchedules(graphql::Schema& schema);

}  // namespace tidemill::api
