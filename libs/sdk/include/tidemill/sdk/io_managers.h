#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/describe/class.hpp>

#include <tidemill/engine/io_manager.h>
#include <tidemill/sdk/nothing.h>

namespace tidemill::sdk {

/// Where an IO manager of the file system keeps its files.
struct FilesystemConfig : Config {
  std::optional<std::string> base_dir;  ///< The instance's storage folder by default.
};
BOOST_DESCRIBE_STRUCT(FilesystemConfig, (), (base_dir))

/// IO managers, for Definitions::IoManager(key, …). Paths are those of Dagster's: assets at `<base>/<key path>`, their
/// partitions at `<base>/<key path>/<partition>`, outputs of ops at `<base>/<run id>/<step>/<output>`.
///
/// FilesystemJson, the default under the key "io_manager", writes JSON text that other tools can read; FilesystemBinary
/// the compact bytes of the type's codec.
std::shared_ptr<engine::IoManager> FilesystemJson(const FilesystemConfig& config);
std::shared_ptr<engine::IoManager> FilesystemBinary(const FilesystemConfig& config);
/// Keeps values in the process: for tests, and for jobs that run in one process.
std::shared_ptr<engine::IoManager> InMemory();

}  // namespace tidemill::sdk
