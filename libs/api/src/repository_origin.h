#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// Where a repository comes from: serdes JSON of a RemoteRepositoryOrigin, as runs and instigators keep it.
struct RepositoryOrigin {
  json::Value origin;

  /// SHA-1 of the serdes text, as Dagster makes it.
  std::string Id() const;
  const json::Value& location_origin() const;
  const std::string& location_name() const;
  const std::string& repository_name() const;
};

/// A label and its value, of a code location or repository.
struct RepositoryMetadata {
  std::string key;
  std::string value;
};

/// Where a location's code comes from, in the words of its origin (serdes JSON).
std::vector<RepositoryMetadata> DisplayMetadataOf(const json::Value& location_origin);

void BindRepositoryOrigin(graphql::Schema& schema);

}  // namespace tidemill::api
