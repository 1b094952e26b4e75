#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// The mutations that launch, cancel, resume and re-execute backfills, and the preview of one of assets. They write the
/// rows; a daemon does what they say.
void BindBackfillChanges(graphql::Schema& schema);

}  // namespace tidemill::api
