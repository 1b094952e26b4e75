#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// The ops and graphs that the jobs of a repository use, and where.
void BindUsedNodes(graphql::Schema& schema);

}  // namespace tidemill::api
