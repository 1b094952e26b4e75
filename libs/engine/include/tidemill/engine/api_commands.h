#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include <tidemill/base/json.h>
#include <tidemill/engine/definitions.h>
#include <tidemill/storage/storage.h>

namespace tidemill::engine {

/// An instance that was opened for a run's or step's process.
struct OpenedInstance {
  std::unique_ptr<storage::Storage> storage;
  std::filesystem::path storage_root;
  std::filesystem::path compute_log_root;
};

/// Opens the instance that Dagster's InstanceRef names; null is the one of the environment (DAGSTER_HOME).
using InstanceOpener = std::function<OpenedInstance(const json::Value& instance_ref)>;

/// How the processes end. 1 is a failed run whose launcher wants to hear of it, or a step that could not come to run.
namespace exit_code {
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kStorage = 74;  ///< EX_IOERR: the run's log could not be written on.
}  // namespace exit_code

/// `<exe> api execute_run`: executes a run. `arguments` stand behind the command: the ExecuteRunArgs as JSON, or
/// --compressed-input-json and its base64(zlib(JSON)); without them the environment's
/// DAGSTER_COMPRESSED_EXECUTE_RUN_ARGS.
/// --ack-fd N: each durable event is written to that descriptor as a line (AcknowledgedLines) right after its commit.
/// --cancel-grace-ms N: how long a step may go on after the run was asked to end (SIGTERM, SIGINT). Errors are one line
/// on stderr.
int ExecuteRunMain(const CodeLocation& location, const InstanceOpener& open, std::span<const std::string> arguments);

/// `<exe> api execute_step`: executes one step, for the run's worker that started this process (--parent-fd), or for
/// itself with Dagster's ExecuteStepArgs, given as above (DAGSTER_COMPRESSED_EXECUTE_STEP_ARGS or
/// DAGSTER_EXECUTE_STEP_ARGS).
int ExecuteStepMain(const CodeLocation& location, const InstanceOpener& open, std::span<const std::string> arguments);

}  // namespace tidemill::engine
