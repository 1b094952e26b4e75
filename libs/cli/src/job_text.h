#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/model/job_snap.h>
#include <tidemill/model/repository_snap.h>

namespace tidemill::cli {

struct JobSummary {
  std::optional<std::string> partitions;  ///< In words; nothing if it has none.
  std::vector<std::string> schedules;
  std::vector<std::string> sensors;
};

/// What a repository says around a job.
JobSummary SummarizeJob(const model::RepositorySnap& repository, const std::string& job_name);

/// Partitions in words: "daily from 2026-01-01", "static: a, b, c", "dynamic 'names'", "date x region".
std::string PartitionsText(const model::PartitionsSnap& partitions);

/// A job for people: its ops in execution order with what feeds them, resources, and the run configuration's schema.
std::string JobText(const model::JobSnap& job);

/// The same for programs (docs/cli.md, "job").
json::Value JobJson(const model::JobSnap& job);

/// A configuration type as indented lines: "name: type  (required, default 3)", nested ones below.
std::string ConfigText(const model::ConfigSchemaSnap& schema, const std::string& type_key, std::size_t indent);

}  // namespace tidemill::cli
