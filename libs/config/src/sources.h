#pragma once

#include <string>

#include <tidemill/config/config_type.h>

namespace tidemill::config {

/// Whether the union is one of StringSource, IntSource and BoolSource.
bool IsSource(const ConfigType& type);

/// The variable's value as the source's scalar, as Python's str, int and Dagster's truth of a text read it. Throws
/// Error(kFailedPrecondition) that names the variable, not its value, if it is not set or no integer.
json::Value ReadSource(const ConfigType& type, const std::string& variable, const Environment& environment);

}  // namespace tidemill::config
