#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tidemill/graphql/schema.h>
#include <tidemill/locations/code_location_client.h>

#include "errors.h"
#include "job_structure.h"

namespace tidemill::api {

/// Pipeline and Job: a job of a repository, or the part of it that a selector chose. Its structure is looked at only
/// when a field needs it.
struct Job {
  const workspace::Repository* repository;
  const model::JobRefSnap* ref;
  std::shared_ptr<const JobStructure> subset;  ///< Null: the whole job.

  const JobStructure& Structure(const RequestContext& context) const;
};

/// PipelineSnapshot: a job as a run had it, or as it is now.
struct JobSnapshot {
  const JobStructure* structure;
  const workspace::Repository* repository = nullptr;  ///< Null of a snapshot that was read from the storage.
};

/// A PipelineSelector of a request.
struct JobSelector {
  workspace::RepositoryHandle repository;
  locations::JobTarget target;

  static JobSelector FromInput(const graphql::Input& input);
  bool selects_part() const { return target.op_selection || target.asset_selection || target.asset_check_selection; }
};

/// InvalidSubsetError: a selection that the location refused.
struct InvalidSubset {
  std::string message;
  std::optional<Job> pipeline;
};

using JobOrError = std::variant<Job, NamedError, InvalidSubset>;

/// In the order of the repository.
std::vector<Job> JobsOf(const workspace::Repository& repository);
/// The whole job, whatever part is selected; nothing if there is none.
std::optional<Job> FindWholeJob(const JobSelector& selector, const RequestContext& context);
/// The job or the selected part of it, or Dagster's error.
JobOrError FindJob(const JobSelector& selector, const RequestContext& context);
NamedError JobNotFound(const JobSelector& selector);
/// Whether the job is one of assets.
bool IsAssetJob(const Job& job);

void BindJobs(graphql::Schema& schema);

}  // namespace tidemill::api
