#pragma once

#include <string>
#include <string_view>

#include <tidemill/base/json.h>

namespace tidemill::config {

/// YAML text as Dagster's loader reads it: YAML 1.1's plain scalars as PyYAML resolves them (yes/no/on/off, 0x and 0
/// octal numbers, 1_000), except that dates stay text. Null for an empty document. Throws Error(kInvalidArgument)
/// naming `place`, line and column.
json::Value ParseYaml(std::string_view text, const std::string& place);

}  // namespace tidemill::config
