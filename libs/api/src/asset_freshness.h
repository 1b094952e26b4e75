#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// How fresh assets are and should be, by both kinds of policies.
void BindAssetFreshness(graphql::Schema& schema);

}  // namespace tidemill::api
