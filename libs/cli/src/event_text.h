#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <tidemill/base/json.h>
#include <tidemill/model/events.h>

#include "paint.h"

namespace tidemill::cli {

/// "DEBUG" … "CRITICAL"; a level between two names takes the lower one.
std::string_view LevelName(int level);
/// Of one of those names; nothing for another text.
std::optional<int> ParseLevel(std::string_view name);

/// An event as a line of `run logs`: time, level, step, type, message; errors with their frames below.
std::string EventText(const model::EventLogEntry& entry, const Paint& paint);

/// An event as `run logs --json` writes it (docs/cli.md, "event").
json::Value EventJson(std::int64_t storage_id, const model::EventLogEntry& entry);

/// {"message", "class", "stack", "cause"}; null without an error.
json::Value ErrorJson(const model::ErrorInfo* error);

/// Labels and plain values; what has no plain form is an object.
json::Value MetadataJson(const model::Metadata& metadata);

json::Value AssetKeyJson(const model::AssetKey& key);
json::Value OptionalJson(const std::optional<std::string>& text);
/// Null for 0, which stands for "not yet".
json::Value TimeJson(double unix_seconds);

}  // namespace tidemill::cli
