#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/config/config_type.h>
#include <tidemill/engine/definitions.h>
#include <tidemill/model/ids.h>
#include <tidemill/plan/run_plan.h>

namespace tidemill::engine {

/// A run's configuration with defaults filled in, by what it configures.
class RunConfig final {
 public:
  explicit RunConfig(json::Value value) : value_(std::move(value)) {}

  /// `ops: outer: ops: inner: config:`, or null.
  const json::Value& OpConfig(const model::NodeHandle& handle) const;
  /// `ops: …: inputs: <name>:`, of the root if there is no handle; null pointer if it is not set.
  const json::Value* InputValue(const std::optional<model::NodeHandle>& handle, std::string_view input) const;
  /// `resources: <key>: config:`, or null.
  const json::Value& ResourceConfig(std::string_view key) const;
  /// `execution: config:`, or null.
  const json::Value& ExecutionConfig() const;
  const json::Value& value() const { return value_; }

 private:
  const json::Value* OpNode(const model::NodeHandle& handle) const;

  json::Value value_;
};

/// Checks a run's configuration against its job and fills in defaults; {"env": …} is read from `environment`, or left
/// as written if that is null. Throws Error(kInvalidArgument) that lists what is wrong, one line each.
RunConfig ProcessRunConfig(const JobDefinition& job, const json::Value& run_config,
                           const config::Environment* environment);

/// How a run is executed.
struct ExecutorSettings {
  bool is_multiprocess = false;
  bool retries_enabled = true;
  plan::RunLimits limits;
};

/// Reads the executor's configuration. `environment` may hold DAGSTER_MULTIPROCESS_EXECUTOR_MAX_CONCURRENT; the default
/// is one process a processor. Throws Error(kInvalidArgument) for settings that are no numbers.
ExecutorSettings ResolveExecutor(const ExecutorDefinition& executor, const RunConfig& config,
                                 const config::Environment& environment);

/// The environment of this process.
config::Environment ProcessEnvironment();

}  // namespace tidemill::engine
