#pragma once

#include <string>

#include <tidemill/base/json.h>
#include <tidemill/model/metadata.h>

#include "command.h"

namespace tidemill::cli {

/// The run configuration that --config and --config-json give together: later files are laid over earlier ones, member
/// by member. Throws CommandError(kUsage) naming file and place.
json::Value ReadRunConfig(const RunOptions& options);

/// Tags of --tags, later ones win. Values of a JSON object that are no text become their JSON. Throws CommandError.
model::Tags ReadTags(const std::vector<std::string>& texts);

}  // namespace tidemill::cli
