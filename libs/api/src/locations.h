#pragma once

#include <variant>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/graphql/schema.h>
#include <tidemill/workspace/location.h>

#include "errors.h"
#include "repository_origin.h"

namespace tidemill::api {

/// Where the location's code comes from, in the words of its origin.
std::vector<RepositoryMetadata> DisplayMetadata(const workspace::Location& location);

/// The repository that a selector names by repositoryLocationName and repositoryName, or Dagster's error.
std::variant<const workspace::Repository*, NamedError> FindRepository(const graphql::Input& selector,
                                                                      const RequestContext& context);
/// The same for fields that have no such error: throws Error(kNotFound).
const workspace::Repository& RequireRepository(const graphql::Input& selector, const RequestContext& context);

/// The workspace, its code locations, and what a repository says of itself.
void BindLocations(graphql::Schema& schema);

}  // namespace tidemill::api
