#include "owners.h"

#include <string_view>

namespace tidemill::api {
namespace {

constexpr std::string_view kTeamPrefix = "team:";

}  // namespace

std::vector<DefinitionOwner> OwnersOf(const std::vector<std::string>& owners) {
  std::vector<DefinitionOwner> result;
  for (const std::string& owner : owners) {
    const bool is_team = owner.starts_with(kTeamPrefix);
    result.push_back({is_team ? owner.substr(kTeamPrefix.size()) : owner, is_team});
  }
  return result;
}

void BindOwners(graphql::Schema& schema) {
  schema.TypeOf<DefinitionOwner>(
      [](const DefinitionOwner& owner) { return owner.is_team ? "TeamDefinitionOwner" : "UserDefinitionOwner"; });
  schema.Object<DefinitionOwner>("UserDefinitionOwner").Field("email", &DefinitionOwner::name);
  schema.Object<DefinitionOwner>("TeamDefinitionOwner").Field("team", &DefinitionOwner::name);
}

}  // namespace tidemill::api
