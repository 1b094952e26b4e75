#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// What automation found, evaluation by evaluation, for assets, checks and jobs.
void BindEvaluations(graphql::Schema& schema);

}  // namespace tidemill::api
