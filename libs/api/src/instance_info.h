#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// The type Instance: configuration, daemons, pools, the run queue; and the mutations of pools.
void BindInstance(graphql::Schema& schema);

}  // namespace tidemill::api
