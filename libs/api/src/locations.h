#pragma once

#include <string>
#include <vector>

#include <tidemill/graphql/schema.h>
#include <tidemill/workspace/location.h>

namespace tidemill::api {

/// A label and its value, of a code location or repository.
struct RepositoryMetadata {
  std::string key;
  std::string value;
};

/// Where the location's code comes from, in the words of its origin.
std::vector<RepositoryMetadata> DisplayMetadata(const workspace::Location& location);

/// The workspace, its code locations, and what a repository says of itself.
void BindLocations(graphql::Schema& schema);

}  // namespace tidemill::api
