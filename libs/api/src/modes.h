#pragma once

#include <string>

#include <tidemill/graphql/schema.h>
#include <tidemill/model/job_snap.h>

namespace tidemill::api {

/// The one mode of a job: its resources and loggers. The word is Dagster's of old; the API keeps it.
struct Mode {
  const model::JobSnap* job;
  std::string job_id;
};

/// With Resource, Logger and the query `resourcesOrError`.
void BindModes(graphql::Schema& schema);

}  // namespace tidemill::api
