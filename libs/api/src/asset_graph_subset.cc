#include "asset_graph_subset.h"

#include <algorithm>

#include <tidemill/assets/partitions_subset_json.h>
#include <tidemill/base/error.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::api {
namespace {

/// Dagster writes a set as one of two kinds.
const json::Array& SetItems(const json::Value& set) {
  const json::Value* items = set.Find("__set__");
  if (items == nullptr) items = set.Find("__frozenset__");
  if (items == nullptr) throw Error(Code::kInvalidArgument, "a subset of assets has no set of unpartitioned assets");
  return items->AsArray();
}

}  // namespace

AssetGraphSubset AssetGraphSubset::Read(const json::Value& subset) {
  AssetGraphSubset result;
  const json::Object& fields = subset.AsObject();
  const json::Value* items = fields.At("partitions_subsets_by_asset_key").Find("__mapping_items__");
  if (items != nullptr) {
    for (const json::Value& item : items->AsArray()) {
      const json::Array& pair = item.AsArray();
      result.parts.push_back({serdes::FromJson<model::AssetKey>(pair.at(0)), true, assets::KeysOfSubset(pair.at(1)),
                              assets::KeyRangesOfSubset(pair.at(1))});
    }
  }
  for (const json::Value& item : SetItems(fields.At("non_partitioned_asset_keys"))) {
    result.parts.push_back({serdes::FromJson<model::AssetKey>(item), false, {}, std::nullopt});
  }
  return result;
}

const AssetGraphSubset::Part* AssetGraphSubset::Find(const model::AssetKey& key) const {
  const auto found = std::ranges::find(parts, key, &Part::key);
  return found == parts.end() ? nullptr : &*found;
}

std::int64_t AssetGraphSubset::Count() const {
  std::int64_t count = 0;
  for (const Part& part : parts) count += part.is_partitioned ? static_cast<std::int64_t>(part.partitions.size()) : 1;
  return count;
}

}  // namespace tidemill::api
