#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemill/assets/partitions.h>

namespace tidemill::assets {

/// Dynamic partitions that a test lists.
class FakeDynamicPartitions final : public DynamicPartitionsSource {
 public:
  using KeysByName = std::map<std::string, std::vector<std::string>, std::less<>>;

  explicit FakeDynamicPartitions(KeysByName keys) : keys_(std::move(keys)) {}

  std::vector<std::string> Keys(std::string_view name) const override {
    const auto it = keys_.find(name);
    return it == keys_.end() ? std::vector<std::string>() : it->second;
  }

  bool Has(std::string_view name, std::string_view key) const override {
    const auto keys = Keys(name);
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  }

 private:
  KeysByName keys_;
};

}  // namespace tidemill::assets
