#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// The mutations that start, stop and reset schedules and sensors, and set a sensor's cursor.
void BindInstigatorChanges(graphql::Schema& schema);

}  // namespace tidemill::api
