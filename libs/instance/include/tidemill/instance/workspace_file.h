#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include <tidemill/instance/config.h>
#include <tidemill/model/location_spec.h>

namespace tidemill::instance {

/// Reads a workspace.yaml: Dagster's entries of `load_from` (python_file, python_module, python_package,
/// autoload_defs_module, grpc_server), and ours, `executable: PATH` or `executable: {path, location_name}`. Relative
/// paths are of the file's folder. A location without a name keeps it empty. `file` is named in errors. Throws
/// Error(kInvalidArgument) "file:line: …" for what Dagster would refuse.
std::vector<model::LocationSpec> ParseWorkspaceFile(std::string_view yaml, const std::filesystem::path& file,
                                                    const EnvironmentLookup& environment);

/// The same of a file. Throws Error(kNotFound) if it cannot be read.
std::vector<model::LocationSpec> ReadWorkspaceFile(const std::filesystem::path& file,
                                                   const EnvironmentLookup& environment);

}  // namespace tidemill::instance
