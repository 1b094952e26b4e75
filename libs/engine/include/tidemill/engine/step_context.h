#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/base/json.h>
#include <tidemill/engine/value.h>
#include <tidemill/model/events.h>
#include <tidemill/model/ids.h>
#include <tidemill/model/runs.h>

namespace tidemill::engine {

/// An output of a step.
struct Output {
  std::string name = "result";
  AnyValue value;
  model::Metadata metadata;
  std::optional<std::string> data_version;
  model::Tags tags;
  std::optional<std::string> mapping_key;
};

/// An asset's result without a value for an IO manager (Dagster's MaterializeResult).
struct MaterializeResult {
  std::optional<model::AssetKey> asset_key;  ///< Needed only where the step makes several assets.
  model::Metadata metadata;
  std::optional<std::string> data_version;
  model::Tags tags;
};

struct CheckResult {
  bool passed = false;
  std::optional<model::AssetKey> asset_key;  ///< Needed only where the step has several checks.
  std::optional<std::string> check_name;
  model::CheckSeverity severity = model::CheckSeverity::kError;
  std::optional<std::string> description;
  model::Metadata metadata;
};

/// The partitions a step works on.
struct PartitionScope {
  std::vector<std::string> keys;  ///< In the definition's order; one for an ordinary partitioned run.
  std::optional<std::pair<Timestamp, Timestamp>> time_window;
};

/// What a step may know of its run. Lives as long as the step.
struct StepInfo {
  std::string run_id;
  std::string job_name;
  std::string step_key;
  model::NodeHandle node_handle;
  std::string op_name;
  model::Tags run_tags;
  std::int64_t retry_number = 0;
  std::optional<PartitionScope> partitions;
  std::set<model::AssetKey> selected_assets;
  std::set<model::AssetCheckKey> selected_checks;
};

/// A resource as its user sees it; the SDK checks the type.
struct ResourceRef {
  std::type_index type;
  std::shared_ptr<void> value;
};

/// What the engine offers to the code of one step. Used by the step's thread only, except Log, which any thread may
/// call.
class StepContext {
 public:
  virtual ~StepContext() = default;

  virtual const StepInfo& info() const = 0;
  /// The op's resolved configuration; null where it has none.
  virtual const json::Value& op_config() const = 0;
  /// The loaded input; empty if the input is Nothing, has no source and no default. A fan-in is a vector already.
  virtual AnyValue Input(std::string_view name) = 0;
  /// Throws Error(kInvalidArgument) that lists the step's resources if there is none of this key.
  virtual ResourceRef Resource(std::string_view key) = 0;
  virtual void Log(int level, std::string message) = 0;

  /// Each may throw: an unknown output, one yielded twice, a wrong type.
  virtual void Yield(Output output) = 0;
  virtual void Yield(MaterializeResult result) = 0;
  virtual void Yield(CheckResult result) = 0;
  virtual void Yield(model::AssetMaterialization materialization) = 0;
  virtual void Yield(model::AssetObservation observation) = 0;
  /// Metadata for an output whose value is the function's return value.
  virtual void AddOutputMetadata(model::Metadata metadata, std::string_view output_name = "result") = 0;

  /// The run was asked to end; long computations should look now and then and return.
  virtual bool cancelled() const = 0;
};

/// Thrown by user code to fail its step with metadata, bypassing retries if it says so (Dagster's Failure).
class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& description, model::Metadata metadata = {}, bool allow_retries = true)
      : std::runtime_error(description), metadata_(std::move(metadata)), allow_retries_(allow_retries) {}
  const model::Metadata& metadata() const { return metadata_; }
  bool allow_retries() const { return allow_retries_; }

 private:
  model::Metadata metadata_;
  bool allow_retries_;
};

/// Thrown by user code to be tried again (Dagster's RetryRequested).
class RetryRequested : public std::runtime_error {
 public:
  explicit RetryRequested(std::int64_t max_retries = 1, std::optional<double> seconds_to_wait = {})
      : std::runtime_error("retry requested"), max_retries_(max_retries), seconds_to_wait_(seconds_to_wait) {}
  std::int64_t max_retries() const { return max_retries_; }
  std::optional<double> seconds_to_wait() const { return seconds_to_wait_; }

 private:
  std::int64_t max_retries_;
  std::optional<double> seconds_to_wait_;
};

}  // namespace tidemill::engine
