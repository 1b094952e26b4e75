#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// The assets of a repository as one JSON value: what the UI needs of each to show lists and graphs.
void BindAssetManifest(graphql::Schema& schema);

}  // namespace tidemill::api
