#pragma once

#include <string>
#include <vector>

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// Who answers for a definition: a user by address, or a team.
struct DefinitionOwner {
  std::string name;  ///< The address, or the team without "team:".
  bool is_team = false;
};

std::vector<DefinitionOwner> OwnersOf(const std::vector<std::string>& owners);

void BindOwners(graphql::Schema& schema);

}  // namespace tidemill::api
