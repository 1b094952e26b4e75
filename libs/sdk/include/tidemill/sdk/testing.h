#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/model/events.h>
#include <tidemill/sdk/definitions.h>

/// Unit tests of user code: runs assets and jobs in this process, keeps every value in memory, writes nothing.
///
///   const auto result = sdk::testing::Materialize(Pipelines(), {"raw_data", "processed_data"});
///   EXPECT_EQ(result.Value<Summary>("processed_data").count, 10);
namespace tidemill::sdk::testing {

struct RunOptions {
  json::Value run_config = json::Object{};
  std::optional<std::string> partition_key = {};
  Tags tags = {};
  /// Values of assets that the run reads but does not make.
  std::vector<std::pair<AssetKey, engine::AnyValue>> inputs = {};
};

/// What a run did.
class RunResult final {
 public:
  struct State;
  explicit RunResult(std::shared_ptr<const State> state);

  bool success() const;
  /// What the first failed step threw; empty if none failed.
  const std::string& error() const;

  /// The value of an asset, or of one of its partitions. Throws Error(kNotFound) that lists the values there are,
  /// Error(kInvalidArgument) if it has another type.
  template <class T>
  const T& Value(const AssetKey& asset, std::string_view partition = "") const {
    return ValueAs<T>(FindValue(asset, partition));
  }
  /// The value of an op's output.
  template <class T>
  const T& OutputValue(std::string_view step_key, std::string_view output = "result") const {
    return ValueAs<T>(FindOutput(step_key, output));
  }

  /// The metadata that the asset was materialized with; null if it was not, or has no such label.
  const model::MetadataValue* FindMetadata(const AssetKey& asset, std::string_view label) const;
  /// How the check ended; null if it was not run.
  const model::event::CheckEvaluation* FindCheck(const AssetKey& asset, std::string_view check) const;
  /// Steps that ended well, in order.
  std::vector<std::string> succeeded_steps() const;
  const std::vector<model::EventLogEntry>& events() const;

 private:
  const engine::AnyValue& FindValue(const AssetKey& asset, std::string_view partition) const;
  const engine::AnyValue& FindOutput(std::string_view step_key, std::string_view output) const;

  std::shared_ptr<const State> state_;
};

/// Makes the assets, and runs their checks. A failing step does not throw: the result has it. Throws Error if the
/// definitions do not fit together, an asset is unknown, or the configuration is wrong.
RunResult Materialize(const Definitions& definitions, const std::vector<AssetKey>& assets,
                      const RunOptions& options = {});
/// Runs a whole job.
RunResult RunJob(const Definitions& definitions, const std::string& job, const RunOptions& options = {});

}  // namespace tidemill::sdk::testing
