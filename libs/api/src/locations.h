#pragma once

#include <vector>

#include <tidemill/graphql/schema.h>
#include <tidemill/workspace/location.h>

#include "repository_origin.h"

namespace tidemill::api {

/// Where the location's code comes from, in the words of its origin.
std::vector<RepositoryMetadata> DisplayMetadata(const workspace::Location& location);

/// The workspace, its code locations, and what a repository says of itself.
void BindLocations(graphql::Schema& schema);

}  // namespace tidemill::api
