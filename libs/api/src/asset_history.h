#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// The events of assets and of their partitions, and the runs that are about to write some.
void BindAssetHistory(graphql::Schema& schema);

}  // namespace tidemill::api
