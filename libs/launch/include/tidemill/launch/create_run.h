#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/base/error.h>
#include <tidemill/config/config_type.h>
#include <tidemill/engine/run_creation.h>
#include <tidemill/launch/context.h>
#include <tidemill/model/runs.h>
#include <tidemill/workspace/location.h>

namespace tidemill::launch {

/// Who launches. Dagster's own launchers fill a run's row differently, and so do we.
enum class Launcher {
  kApi,          ///< The GraphQL API and the daemon: the row says where the job comes from, with the job's tags.
  kCommandLine,  ///< `job execute`: no origin of a code location, and the job's run tags.
};

/// A run that somebody wants.
struct Request {
  Launcher launcher = Launcher::kApi;
  locations::JobTarget target;
  json::Value run_config = json::Object{};
  model::Tags tags;                   ///< Laid over the job's own.
  std::optional<std::string> run_id;  ///< Nothing: a new one.
  /// Of a run that executes another one again: its steps, known state, parent and root are taken. Its tags are not:
  /// `tags` decides.
  std::optional<engine::Reexecution> reexecution;
  /// The steps of a run that executes none again; nothing: all.
  std::optional<std::vector<std::string>> step_keys;
  /// Whether the row lists the plan's steps even if none were chosen. Dagster's launchRun does, its re-execution by
  /// strategy does not.
  bool lists_all_steps = true;
};

/// A run as its code location describes it, with nothing stored yet.
struct PreparedRun {
  model::Run run;
  std::shared_ptr<const model::JobDataSnap> job;  ///< With parent_job set where it is a part of that.
  model::PlanSnap plan;
  std::shared_ptr<const workspace::Repository> repository;
};

/// The run configuration does not fit the job.
class InvalidRunConfig final : public Error {
 public:
  InvalidRunConfig(const std::string& message, std::vector<config::ConfigError> errors)
      : Error(Code::kInvalidArgument, message), errors_(std::move(errors)) {}

  const std::vector<config::ConfigError>& errors() const { return errors_; }

 private:
  std::vector<config::ConfigError> errors_;
};

/// The job, or the part of it that `target` selects. A whole job is asked for once, then shared. Throws Error:
/// kNotFound if the location has no such repository or job, kInvalidArgument for a selection that it refuses, and what
/// the location's client throws.
std::shared_ptr<const model::JobDataSnap> FindJob(const workspace::Location& location,
                                                  const locations::JobTarget& target);

/// What is wrong with a run configuration for this job; empty: nothing. {"env": …} is not looked up.
std::vector<config::ConfigError> CheckRunConfig(const model::JobSnap& job, const json::Value& run_config);

/// Asks the location for job and plan. Throws as FindJob, InvalidRunConfig (kApi only: for the command line the
/// location itself says what it refuses), and Error(kInvalidArgument) for steps that do not exist.
PreparedRun Prepare(const Context& context, const workspace::Location& location, const Request& request);

/// Stores the run, NOT_STARTED, with its snapshots and planned events, durably. Throws as engine::CreateRun.
model::Run CreateRun(const Context& context, PreparedRun prepared);

/// Both.
model::Run CreateRun(const Context& context, const workspace::Location& location, const Request& request);

/// Where the run's job comes from; nothing for runs of the command line, and of old Dagsters.
std::optional<workspace::RepositoryHandle> RepositoryOf(const model::Run& run);

}  // namespace tidemill::launch
