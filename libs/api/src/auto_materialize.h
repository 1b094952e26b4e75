#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// AssetNode.autoMaterializePolicy: what came before automation conditions.
void BindAutoMaterializePolicies(graphql::Schema& schema);

}  // namespace tidemill::api
