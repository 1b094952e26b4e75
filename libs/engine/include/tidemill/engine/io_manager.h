#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/engine/step_context.h>
#include <tidemill/engine/value.h>
#include <tidemill/model/events.h>

namespace tidemill::engine {

/// What an IO manager is told of an output, and what it may add to it.
class OutputContext {
 public:
  virtual ~OutputContext() = default;
  virtual const StepInfo& step() const = 0;
  virtual const std::string& output_name() const = 0;
  virtual const std::optional<model::AssetKey>& asset_key() const = 0;
  /// Of a partitioned asset; empty otherwise.
  virtual const std::vector<std::string>& partition_keys() const = 0;
  virtual const model::Metadata& definition_metadata() const = 0;
  virtual const std::optional<std::string>& mapping_key() const = 0;
  /// Where the instance keeps outputs ($DAGSTER_HOME/storage by default).
  virtual const std::filesystem::path& storage_root() const = 0;
  virtual void AddMetadata(model::Metadata metadata) = 0;
  virtual void Log(int level, std::string message) = 0;
  /// The file will be made durable together with this step's events.
  virtual void WroteFile(const std::filesystem::path& path) = 0;
};

/// What an IO manager is told of an input that it shall load.
class InputContext {
 public:
  virtual ~InputContext() = default;
  virtual const StepInfo& step() const = 0;
  virtual const std::string& input_name() const = 0;
  /// The type that the input's parameter has.
  virtual const ValueType& type() const = 0;
  virtual const std::optional<model::AssetKey>& asset_key() const = 0;
  /// Partitions of the upstream asset that this step needs, by the edge's mapping; empty if it is not partitioned.
  virtual const std::vector<std::string>& partition_keys() const = 0;
  /// The upstream step's output; absent where an asset is loaded that this run does not make.
  virtual const std::optional<model::StepOutputHandle>& upstream_output() const = 0;
  /// The run whose output it is: this run, or the parent of a re-execution.
  virtual const std::string& upstream_run_id() const = 0;
  virtual const std::filesystem::path& storage_root() const = 0;
  virtual void AddMetadata(model::Metadata metadata) = 0;
  virtual void Log(int level, std::string message) = 0;
};

/// Stores outputs and loads inputs; a resource, usually under the key "io_manager". Used by several steps' threads at
/// once.
class IoManager {
 public:
  virtual ~IoManager() = default;
  virtual void HandleOutput(OutputContext& context, const AnyValue& value) = 0;
  virtual AnyValue LoadInput(InputContext& context) = 0;
};

}  // namespace tidemill::engine
