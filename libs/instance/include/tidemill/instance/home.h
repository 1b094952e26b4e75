#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace tidemill::instance {

/// The folder of an instance: `option` (--home, relative to the working directory) if given, else `variable`
/// ($DAGSTER_HOME, which must be absolute; `~` is expanded). Nothing if neither is set: the caller decides between an
/// error and a TemporaryHome, as Dagster's commands do. Throws Error(kFailedPrecondition) if it is no folder.
std::optional<std::filesystem::path> FindHome(const std::optional<std::string>& option,
                                              const std::optional<std::string>& variable);

/// A home for one process, removed with it: what Dagster's `dev` and one-off commands use without $DAGSTER_HOME.
class TemporaryHome final {
 public:
  /// `.tmp_dagster_home_…` in `parent`. Throws Error as ThrowErrno does.
  explicit TemporaryHome(const std::filesystem::path& parent);
  TemporaryHome(TemporaryHome&& other) noexcept;
  TemporaryHome& operator=(TemporaryHome&&) = delete;
  ~TemporaryHome();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace tidemill::instance
