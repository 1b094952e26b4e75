#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// terminateRun, terminateRuns and terminatePipelineExecution.
void BindRunTermination(graphql::Schema& schema);

}  // namespace tidemill::api
