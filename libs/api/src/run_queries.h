#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// The queries that find runs, their ids, groups and tags.
void BindRunQueries(graphql::Schema& schema);

}  // namespace tidemill::api
