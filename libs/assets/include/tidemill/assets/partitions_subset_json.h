#pragma once

#include <tidemill/assets/partitions_subset.h>
#include <tidemill/base/json.h>

namespace tidemill::assets {

/// The serdes JSON of a subset as events and runs carry it: TimeWindowPartitionsSubset for time windows,
/// DefaultPartitionsSubset for others.
json::Value ToJson(const PartitionsSubset& subset);

/// Keys of a subset's serdes JSON: in order of time, or ascending. Throws Error(kInvalidArgument) for another class.
std::vector<std::string> KeysOfSubset(const json::Value& subset);

}  // namespace tidemill::assets
