#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/engine/step_context.h>
#include <tidemill/sdk/metadata.h>
#include <tidemill/sdk/results.h>
#include <tidemill/sdk/value_types.h>

namespace tidemill::sdk {

namespace detail {
class Call;
}  // namespace detail

using engine::Failure;
using engine::RetryRequested;

/// Writes to the run's event log, where the user interface shows it. Safe from any thread.
class Logger final {
 public:
  explicit Logger(engine::StepContext& step) : step_(step) {}

  void Debug(std::string message) { step_.Log(model::level::kDebug, std::move(message)); }
  void Info(std::string message) { step_.Log(model::level::kInfo, std::move(message)); }
  void Warning(std::string message) { step_.Log(model::level::kWarning, std::move(message)); }
  void Error(std::string message) { step_.Log(model::level::kError, std::move(message)); }
  void Critical(std::string message) { step_.Log(model::level::kCritical, std::move(message)); }

 private:
  engine::StepContext& step_;
};

/// The keys and, for partitions that are spans of time, the window that a step works on.
using TimeWindow = std::pair<Timestamp, Timestamp>;  ///< From (included) to (excluded).

/// What the function of an asset, op or check may know and do beside its inputs and its return value: an optional first
/// parameter, by reference. Lives as long as the call; used by the calling thread only, but for log() and cancelled().
class AssetContext final {
 public:
  explicit AssetContext(detail::Call& call);

  Logger& log() { return log_; }

  const std::string& run_id() const { return info().run_id; }
  const std::string& job_name() const { return info().job_name; }
  const std::string& step_key() const { return info().step_key; }
  const std::string& op_name() const { return info().op_name; }
  const Tags& run_tags() const { return info().run_tags; }
  /// 0 at the first try.
  std::int64_t retry_number() const { return info().retry_number; }
  /// The asset that the function makes or checks. Throws Error(kFailedPrecondition) if it is not exactly one.
  const AssetKey& asset_key() const;
  /// Those of the function's assets and checks that this run shall make.
  const std::set<AssetKey>& selected_asset_keys() const { return info().selected_assets; }
  const std::set<AssetCheckKey>& selected_check_keys() const { return info().selected_checks; }

  bool has_partition_key() const;
  /// Throws Error(kFailedPrecondition) if the run has no partition, or several.
  const std::string& partition_key() const;
  /// Empty in a run without partitions.
  const std::vector<std::string>& partition_keys() const;
  /// Throws Error(kFailedPrecondition) if the partitions are no spans of time.
  TimeWindow partition_time_window() const;

  /// The configuration as it was given, with defaults filled in; a Config parameter has it typed.
  const json::Value& op_config() const;
  /// A resource by its key; a Resource<T> parameter needs no key.
  template <class T>
  T& resource(std::string_view key) {
    return *static_cast<T*>(FindResource(key, typeid(T)));
  }

  /// Metadata for the value that the function returns.
  void AddOutputMetadata(const Metadata& metadata, std::string_view output_name = "result");

  /// Hands on one of several outputs; the value goes to its IO manager at once.
  template <class T>
  void Yield(std::string output_name, Output<T> output) {
    YieldValue(std::move(output_name), MakeValue(std::move(output.value)), std::move(output.metadata),
               std::move(output.data_version), std::move(output.tags));
    for (auto& check : output.checks) Yield(std::move(check));
  }
  template <class T>
  void Yield(std::string output_name, T value) {
    Yield(std::move(output_name), Output<T>{std::move(value)});
  }
  void Yield(MaterializeResult result);
  void Yield(CheckResult result);
  /// An asset that no definition names (Dagster's AssetMaterialization and AssetObservation).
  void Yield(model::AssetMaterialization materialization) { step().Yield(std::move(materialization)); }
  void Yield(model::AssetObservation observation) { step().Yield(std::move(observation)); }

  /// The run was asked to end: long computations look now and then, and return.
  bool cancelled() const { return step().cancelled(); }

 private:
  engine::StepContext& step() const;
  const engine::StepInfo& info() const { return step().info(); }
  void* FindResource(std::string_view key, const std::type_info& type);
  void YieldValue(std::string output_name, engine::AnyValue value, Metadata metadata,
                  std::optional<std::string> data_version, Tags tags);

  detail::Call& call_;
  Logger log_;
};

using OpContext = AssetContext;
using CheckContext = AssetContext;

}  // namespace tidemill::sdk
