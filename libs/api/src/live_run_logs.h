#pragma once

#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// The subscription pipelineRunLogs: the events of a run, first those that there are, then each as it is committed.
void BindLiveRunLogs(graphql::Schema& schema);

}  // namespace tidemill::api
