#pragma once

#include <tidemill/base/json.h>
#include <tidemill/model/metadata.h>

namespace tidemill::model {

/// The kind of metadata that Dagster makes of a plain value: text, numbers and null as such, all else as JSON.
MetadataValue PlainMetadata(const json::Value& value);

}  // namespace tidemill::model
