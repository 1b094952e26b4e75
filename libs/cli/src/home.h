#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <tidemill/cli/environment.h>
#include <tidemill/instance/home.h>
#include <tidemill/instance/instance.h>
#include <tidemill/storage/storage.h>

namespace tidemill::cli {

/// The instance that a command works on.
class Home final {
 public:
  enum class Use {
    kRead,     ///< There must be an instance.
    kExecute,  ///< Made if --home names a folder that is not there; without any, one for this command only.
  };

  /// Of --home or $DAGSTER_HOME. Throws CommandError: kUsage without either, kStorage if it cannot be used.
  static Home Open(const std::optional<std::string>& option, Use use, Environment& environment);
  /// The same for reading, but nothing without --home and $DAGSTER_HOME.
  static std::optional<Home> OpenIfGiven(const std::optional<std::string>& option, Environment& environment);

  const instance::Instance& instance() const { return *instance_; }
  storage::Storage& storage() const { return instance_->storage(); }
  bool temporary() const { return temporary_ != nullptr; }

 private:
  explicit Home(const std::filesystem::path& folder);
  explicit Home(std::unique_ptr<instance::TemporaryHome> temporary);

  std::unique_ptr<instance::TemporaryHome> temporary_;  // Outlives what is open in it.
  std::unique_ptr<instance::Instance> instance_;
};

}  // namespace tidemill::cli
