#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// What a job declares beside its structure: presets, metadata and automation.
void BindJobDetails(graphql::Schema& schema);

}  // namespace tidemill::api
