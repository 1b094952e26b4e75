#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/model/ids.h>

namespace tidemill::api {

/// Some assets, whole or some of their partitions: Dagster's AssetGraphSubset, as backfills and ticks carry it.
struct AssetGraphSubset {
  /// Reads the serdes JSON. Throws Error(kInvalidArgument) for JSON of another class.
  static AssetGraphSubset Read(const json::Value& subset);

  struct Part {
    model::AssetKey key;
    bool is_partitioned = false;
    std::vector<std::string> partitions;
    /// Of time windows: first and last key of each unbroken run.
    std::optional<std::vector<std::pair<std::string, std::string>>> ranges;
  };
  std::vector<Part> parts;  ///< One of each asset.

  /// nullptr if the asset is not in it.
  const Part* Find(const model::AssetKey& key) const;
  /// Partitions, and assets without partitions.
  std::int64_t Count() const;
};

}  // namespace tidemill::api
