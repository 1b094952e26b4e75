#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "tidemill/assets/partitions.h"

namespace tidemill::assets {

struct StaticPartitions {
  explicit StaticPartitions(std::vector<std::string> listed);
  StaticPartitions(StaticPartitions&&) = default;  // The index points into the strings, which a move leaves in place.
  StaticPartitions(const StaticPartitions&) = delete;

  std::vector<std::string> keys;
  std::unordered_map<std::string_view, std::size_t> index;  ///< To the first of equal keys.

  bool operator==(const StaticPartitions& other) const { return keys == other.keys; }
};

struct DynamicPartitions {
  std::string name;
  bool operator==(const DynamicPartitions&) const = default;
};

struct MultiPartitions {
  std::vector<PartitionsDefinition::Dimension> dimensions;
  bool operator==(const MultiPartitions&) const = default;
};

struct PartitionsDefinition::Rep {
  using Data = std::variant<StaticPartitions, TimeWindowPartitions, DynamicPartitions, MultiPartitions>;

  explicit Rep(Data value) : data(std::move(value)) {}

  Data data;
};

std::vector<std::string> SplitMultiKey(std::string_view key);

}  // namespace tidemill::assets
