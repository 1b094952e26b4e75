#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// Backfills beyond what the feed of runs shows of them, and the queries for them.
void BindBackfills(graphql::Schema& schema);

}  // namespace tidemill::api
