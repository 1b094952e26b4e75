#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// Sensors as the code declares them.
void BindSensors(graphql::Schema& schema);

}  // namespace tidemill::api
