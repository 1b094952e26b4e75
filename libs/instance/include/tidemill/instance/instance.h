#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <tidemill/base/json.h>
#include <tidemill/instance/config.h>
#include <tidemill/storage/storage.h>

namespace tidemill::instance {

/// A Dagster instance: the folder $DAGSTER_HOME, what its dagster.yaml says, and its storage.
///
/// The one place that names storage backends. Immutable apart from the storage, which any thread may use.
class Instance final {
 public:
  /// Reads dagster.yaml, if there is one, and opens the storage; files are made at their first use. Throws Error as
  /// ParseConfig does, and Error(kUnimplemented) that names the line for a storage that is not served.
  static Instance Open(const std::filesystem::path& home);

  const std::filesystem::path& home() const { return home_; }
  const Config& config() const { return config_; }
  storage::Storage& storage() const { return *storage_; }

  /// Where IO managers keep values: <local artifact storage>/storage.
  std::filesystem::path ArtifactFolder() const;
  /// Where compute logs lie, one folder a run.
  std::filesystem::path ComputeLogFolder() const;
  /// <folder>/<run id>/compute_logs/<file key>.<extension>: "out", "err" or "complete".
  std::filesystem::path ComputeLogPath(std::string_view run_id, std::string_view file_key,
                                       std::string_view extension) const;
  /// The same for any log key, e.g. of a tick: (repository, schedule, tick id). Throws Error(kInvalidArgument) if a
  /// part would leave the folder.
  std::filesystem::path CapturedLogPath(std::span<const std::string> log_key, std::string_view extension) const;

  /// Dagster's InstanceRef as serdes JSON: how another process, also a Python one, finds this instance.
  json::Value Ref() const;

 private:
  Instance(std::filesystem::path home, Config config, std::unique_ptr<storage::Storage> storage)
      : home_(std::move(home)), config_(std::move(config)), storage_(std::move(storage)) {}

  std::filesystem::path home_;
  Config config_;
  std::unique_ptr<storage::Storage> storage_;
};

/// The InstanceRef of a home with this configuration.
json::Value InstanceRef(const std::filesystem::path& home, const Config& config);

}  // namespace tidemill::instance
