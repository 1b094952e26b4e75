#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// What makes an asset: its jobs, its op or graph, and what that needs.
void BindAssetJobs(graphql::Schema& schema);

}  // namespace tidemill::api
