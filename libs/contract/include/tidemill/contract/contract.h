#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/config/config_type.h>
#include <tidemill/model/config_snap.h>
#include <tidemill/model/job_snap.h>

namespace tidemill::contract {

/// An executor, logger or IO manager of Dagster as its snapshots show it.
struct Component {
  std::string name;
  std::optional<std::string> description;
  std::optional<config::Field> config;
};

/// What the pinned Dagster shows of its own parts, exported when the build was made and embedded in the binary.
///
/// Immutable; any thread may read it.
class Contract final {
 public:
  /// The embedded contract, read at the first call (below a millisecond): a process that shows nothing never pays.
  static const Contract& Get();

  /// Reads an export of contract/export.py. Throws Error(kInvalidArgument) that names what is missing.
  explicit Contract(std::string_view json_text);

  /// "1.13.27".
  const std::string& dagster_version() const { return dagster_version_; }
  /// "in_process", "multiprocess" or "multi_or_in_process_executor". Throws Error(kNotFound) that lists the names.
  const Component& Executor(std::string_view name) const;
  /// "default" (of a job of ops that names none), "asset_job_default" (the same of a job of assets), "fs_io_manager" or
  /// "mem_io_manager". Throws Error(kNotFound).
  const Component& IoManager(std::string_view name) const;
  /// Of a job that names none.
  const std::vector<Component>& default_loggers() const { return loggers_; }

  /// Dagster types by key: Any, Bool, Float, Int, String, Nothing, and Python's dict, list, set, tuple and bytes.
  const std::map<std::string, model::DagsterTypeSnap, std::less<>>& dagster_types() const { return dagster_types_; }
  /// The keys of those that every job lists.
  const std::vector<std::string>& builtin_types() const { return builtin_types_; }
  /// What a run configuration may give as an input of this type; null for a type that has no such form.
  config::ConfigTypePtr Loader(std::string_view dagster_type_key) const;

  /// The description of a part of a run configuration: "execution", "loggers", "resources", "ops"; "ignored_op" and
  /// "ignored_inputs" of an op that the run leaves out; "with_defaults" of a root that a job has given defaults.
  /// Throws Error(kNotFound).
  const std::string& RootDescription(std::string_view part) const;

  /// The names of DagsterEventType, e.g. "STEP_START".
  const std::vector<std::string>& event_types() const { return event_types_; }

 private:
  std::string dagster_version_;
  std::vector<Component> executors_;
  std::vector<Component> loggers_;
  std::vector<Component> io_managers_;
  std::map<std::string, model::DagsterTypeSnap, std::less<>> dagster_types_;
  std::map<std::string, config::ConfigTypePtr, std::less<>> loaders_;  ///< By the Dagster type's key.
  std::vector<std::string> builtin_types_;
  std::map<std::string, std::string, std::less<>> root_descriptions_;
  std::vector<std::string> event_types_;
};

}  // namespace tidemill::contract
