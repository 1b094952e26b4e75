#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tidemill/graphql/schema.h>
#include <tidemill/model/job_snap.h>

#include "errors.h"

namespace tidemill::api {

/// The type of an input or output, and the job whose types it refers to by key.
struct DagsterType {
  const model::JobSnap* job;
  const model::DagsterTypeSnap* snap;
};

/// Throws Error(kDataLoss) if the job has no type of this key.
DagsterType FindDagsterType(const model::JobSnap& job, const std::string& key);
/// Those that have a name, sorted by it.
std::vector<DagsterType> NamedDagsterTypes(const model::JobSnap& job);
/// Or DagsterTypeNotFoundError.
std::variant<DagsterType, NamedError> FindNamedType(const model::JobSnap& job, const std::string& name);

void BindDagsterTypes(graphql::Schema& schema);

}  // namespace tidemill::api
