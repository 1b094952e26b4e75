#pragma once

#include <vector>

#include <tidemill/cli/environment.h>
#include <tidemill/model/location_spec.h>

#include "command.h"

namespace tidemill::cli {

/// The code locations that the options name: files of workspaces, Python files, modules and packages, executables, in
/// this order. Without any option those of workspace.yaml in the working directory, else of $TIDEMILL_LOCATION. Throws
/// CommandError(kUsage) if none is named, and Error as instance::ReadWorkspaceFile.
std::vector<model::LocationSpec> SpecsOf(const WorkspaceOptions& options, const Environment& environment);

}  // namespace tidemill::cli
