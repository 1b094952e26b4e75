#pragma once

#include <string>
#include <vector>

#include <tidemill/graphql/schema.h>
#include <tidemill/model/runs.h>
#include <tidemill/storage/run_storage.h>

#include "jobs.h"

namespace tidemill::api {

/// PartitionSet: the partitions of a job, by their name of old.
struct PartitionSet {
  const workspace::Repository* repository;
  const model::PartitionSetSnap* snap;

  /// Serdes JSON of the ExternalPartitionSetOrigin, as backfills carry it.
  json::Value Origin(const RequestContext& context) const;
  /// The hash by which backfills of the set are found.
  std::string SelectorId() const;
};

/// PartitionStatus: the newest run of one partition, if there is one.
struct PartitionRunStatus {
  std::string id;
  std::string partition;
  std::optional<storage::PartitionRun> run;
};
struct PartitionRunStatuses {
  std::vector<PartitionRunStatus> results;
};

/// For each partition in order; ids are built of `set_name` and `suffix`.
PartitionRunStatuses RunStatusesOf(const std::string& set_name, const std::string& suffix,
                                   const std::vector<std::string>& partitions,
                                   const std::vector<storage::PartitionRun>& runs);

/// Those of a page: of the keys behind `cursor`, or before it with `reverse`, at most `limit`, as the arguments of
/// these names say. Throws Error(kInvalidArgument) if the cursor is none of the keys.
std::vector<std::string> PageOf(std::vector<std::string> keys, const graphql::Arguments& arguments);

/// nullopt if the repository has none of this name.
std::optional<PartitionSet> FindPartitionSet(const workspace::Repository& repository, std::string_view name);
NamedError PartitionSetNotFound(std::string_view name);

void BindPartitionSets(graphql::Schema& schema);

}  // namespace tidemill::api
