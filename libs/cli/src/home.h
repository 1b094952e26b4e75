#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <tidemill/base/json.h>
#include <tidemill/cli/environment.h>
#include <tidemill/storage/storage.h>

namespace tidemill::cli {

/// The instance that a command works on.
class Home final {
 public:
  enum class Use {
    kRead,     ///< There must be an instance.
    kExecute,  ///< Made if --home names a folder that is not there; without any, one for this command only.
  };

  /// Of --home or $DAGSTER_HOME. Throws CommandError: kUsage without either, kStorage if it is not usable.
  static Home Open(const std::optional<std::string>& option, Use use, const Environment& environment);
  /// The same, but nothing where there is no instance to read.
  static std::optional<Home> OpenIfThere(const std::optional<std::string>& option, const Environment& environment);

  Home(Home&&) = default;
  ~Home();

  const std::filesystem::path& folder() const { return folder_; }
  storage::Storage& storage() { return *storage_; }
  /// Dagster's InstanceRef: how another process finds this instance.
  const json::Value& instance_ref() const { return instance_ref_; }
  /// Where steps' standard output and error are kept, one folder a run.
  const std::filesystem::path& compute_logs() const { return compute_logs_; }
  bool temporary() const { return temporary_ != nullptr; }

 private:
  struct TemporaryFolder;
  Home() = default;

  std::unique_ptr<TemporaryFolder> temporary_;
  std::filesystem::path folder_;
  std::unique_ptr<storage::Storage> storage_;
  json::Value instance_ref_;
  std::filesystem::path compute_logs_;
};

}  // namespace tidemill::cli
