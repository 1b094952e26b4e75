#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// The sensors and schedules that may run an asset.
void BindTargeting(graphql::Schema& schema);

}  // namespace tidemill::api
