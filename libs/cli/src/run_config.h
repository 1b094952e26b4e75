#pragma once

#include <string>
#include <string_view>

#include <tidemill/base/json.h>
#include <tidemill/model/metadata.h>

#include "command.h"

namespace tidemill::cli {

/// YAML text as Dagster's loader reads it: YAML 1.1's plain scalars as PyYAML resolves them (yes/no/on/off, 0x and 0
/// octal numbers, 1_000), except that dates stay text. Null for an empty document. Throws Error(kInvalidArgument)
/// naming `place`, line and column.
json::Value ParseYaml(std::string_view text, const std::string& place);

/// The run configuration that --config and --config-json give together: later files are laid over earlier ones, member
/// by member. Throws CommandError(kUsage) naming file and place.
json::Value ReadRunConfig(const RunOptions& options);

/// Tags of --tags, later ones win. Values of a JSON object that are no text become their JSON. Throws CommandError.
model::Tags ReadTags(const std::vector<std::string>& texts);

}  // namespace tidemill::cli
