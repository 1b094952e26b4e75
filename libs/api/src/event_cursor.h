#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemill::api {

/// Dagster's EventLogCursor for a place in the log across runs: base64 of {"type": "STORAGE_ID", "value": 7}.
std::string StorageIdCursor(std::int64_t storage_id);
/// Throws Error(kInvalidArgument) for a text that is no such cursor.
std::int64_t StorageIdOf(std::string_view cursor);

}  // namespace tidemill::api
