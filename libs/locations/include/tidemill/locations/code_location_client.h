#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>
#include <tidemill/model/error_info.h>
#include <tidemill/model/ids.h>
#include <tidemill/model/plan_snap.h>
#include <tidemill/model/repository_snap.h>

namespace tidemill::locations {

/// What a code location says of itself (Dagster's ListRepositoriesResponse).
struct LocationInfo {
  struct Repository {
    std::string name;
    json::Value code_pointer;  ///< Serdes JSON: how the location's own process finds the repository.
  };
  std::vector<Repository> repositories;
  std::optional<std::string> executable_path;
  std::vector<std::string> entry_point;
  std::optional<std::string> container_image;
  json::Value container_context = json::Object{};
  std::vector<std::pair<std::string, std::string>> library_versions;  ///< Dagster's own libraries there.
  std::optional<std::string> server_id;                               ///< Of a gRPC server: one each start.
};

/// Which job of a location, and which part of it.
struct JobTarget {
  std::string repository_name;
  std::string job_name;
  std::optional<std::vector<std::string>> op_selection;
  std::optional<std::vector<model::AssetKey>> asset_selection;
  std::optional<std::vector<model::AssetCheckKey>> asset_check_selection;
};

struct PlanRequest {
  JobTarget target;
  json::Value run_config = json::Object{};
  std::string job_snapshot_id;
  std::optional<std::vector<std::string>> step_keys_to_execute;
  json::Value known_state;   ///< KnownExecutionState as serdes JSON, or null.
  json::Value instance_ref;  ///< InstanceRef as serdes JSON, or null.
};

/// An error that a location answered with: the user's code's, or of a request that it refuses.
class LocationError final : public Error {
 public:
  LocationError(Code code, const std::string& message, model::ErrorInfo info)
      : Error(code, message), info_(std::move(info)) {}

  /// As the location gave it, with stack and causes.
  const model::ErrorInfo& info() const { return info_; }

 private:
  model::ErrorInfo info_;
};

/// One code location: user code in its own process. Every call asks that process and waits for its answer.
///
/// Errors of every call: kUnavailable (the process could not be started, ended, or could not load its definitions; the
/// message has what it wrote last), kDeadlineExceeded, kInvalidArgument (it refused the request; the message is its
/// own), kNotFound (it knows no such repository, job or partition), kInternal (an answer that is not of the protocol).
/// Of a client's own class stands there whether several threads may call it at once.
class CodeLocationClient {
 public:
  virtual ~CodeLocationClient() = default;

  virtual const std::string& name() const = 0;
  /// The location's origin as serdes JSON (a RepositoryLocationOrigin of Dagster).
  virtual const json::Value& origin() const = 0;

  virtual LocationInfo Info() = 0;
  /// Without the jobs' snapshots (job_refs is set, jobs is not).
  virtual model::RepositorySnap Repository(const std::string& repository_name) = 0;
  virtual model::JobDataSnap Job(const std::string& repository_name, const std::string& job_name) = 0;
  /// The whole job where `target` selects nothing.
  virtual model::JobDataSnap JobSubset(const JobTarget& target, bool include_parent) = 0;
  virtual model::PlanSnap ExecutionPlan(const PlanRequest& request) = 0;

  virtual std::vector<std::string> PartitionNames(const std::string& repository_name, const std::string& job_name) = 0;
  virtual json::Value PartitionConfig(const std::string& repository_name, const std::string& job_name,
                                      const std::string& partition) = 0;
  virtual model::Tags PartitionTags(const std::string& repository_name, const std::string& job_name,
                                    const std::string& partition) = 0;

  /// A schedule's or sensor's own code asked what it would do. Each takes and gives Dagster's serdes objects:
  /// ExternalScheduleExecutionArgs and ScheduleExecutionData, SensorExecutionArgs and SensorExecutionData. Throws
  /// Error(kUnimplemented) unless the client overrides it.
  virtual json::Value EvaluateSchedule(const json::Value& args);
  virtual json::Value EvaluateSensor(const json::Value& args);
};

/// The serdes forms of origins, as runs and requests carry them.
json::Value RepositoryOrigin(const json::Value& location_origin, const std::string& repository_name);
json::Value JobOrigin(const json::Value& location_origin, const std::string& repository_name,
                      const std::string& job_name);
/// PipelinePythonOrigin: what a run worker is started with. Throws Error(kNotFound) for an unknown repository.
json::Value JobCodeOrigin(const LocationInfo& info, const std::string& repository_name, const std::string& job_name);

}  // namespace tidemill::locations
