#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// What a user may do, in Dagster's words.
struct Permission {
  std::string permission;
  bool value = false;
  std::optional<std::string> disabled_reason;
};

/// Of the whole deployment, and those that are given by code location.
std::vector<Permission> PermissionsOf(bool read_only);
std::vector<Permission> LocationPermissionsOf(bool read_only);

void BindPermissions(graphql::Schema& schema);

}  // namespace tidemill::api
