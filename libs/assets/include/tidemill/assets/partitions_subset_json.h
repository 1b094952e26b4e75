#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tidemill/assets/partitions_subset.h>
#include <tidemill/base/json.h>

namespace tidemill::assets {

/// The serdes JSON of a subset as events and runs carry it: TimeWindowPartitionsSubset for time windows,
/// DefaultPartitionsSubset for others.
json::Value ToJson(const PartitionsSubset& subset);

/// Keys of a subset's serdes JSON: in order of time, or ascending. Throws Error(kInvalidArgument) for another class.
std::vector<std::string> KeysOfSubset(const json::Value& subset);

/// First and last key of each stretch of time. Nothing if the subset holds keys.
std::optional<std::vector<std::pair<std::string, std::string>>> KeyRangesOfSubset(const json::Value& subset);

}  // namespace tidemill::assets
