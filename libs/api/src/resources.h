#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// Resources of a repository, how they are configured and who uses them, and the environment variables behind them.
void BindResources(graphql::Schema& schema);

}  // namespace tidemill::api
