#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// The subscription locationStateChangeEvents.
void BindLocationChanges(graphql::Schema& schema);

}  // namespace tidemill::api
