#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace tidemill::storage_sqlite::testing {

/// An empty folder that goes with the test.
class TempHome {
 public:
  TempHome() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tidemill_home_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TempHome(const TempHome&) = delete;
  TempHome& operator=(const TempHome&) = delete;
  ~TempHome() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace tidemill::storage_sqlite::testing
