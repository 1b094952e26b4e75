#pragma once

#include <string>
#include <string_view>

#include <tidemill/base/json.h>

namespace tidemill::graphql {

/// Appends JSON as responses hold it: compact, UTF-8 as it is. Bytes that are no UTF-8 become U+FFFD; a lone surrogate
/// keeps its escape.
void AppendJsonString(std::string& out, std::string_view text);
/// NaN and infinities become null.
void AppendJsonNumber(std::string& out, double value);
void AppendJsonInteger(std::string& out, std::int64_t value);
void AppendJson(std::string& out, const json::Value& value);

}  // namespace tidemill::graphql
