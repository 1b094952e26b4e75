#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <tidemill/assets/partitions.h>
#include <tidemill/storage/storage.h>

namespace tidemill::launch {

/// Reads dynamic partitions from the instance.
class StoredPartitions final : public assets::DynamicPartitionsSource {
 public:
  explicit StoredPartitions(storage::Storage& storage) : storage_(storage) {}

  std::vector<std::string> Keys(std::string_view name) const override {
    return storage_.events().DynamicPartitions(name);
  }
  bool Has(std::string_view name, std::string_view key) const override {
    const std::vector<std::string> keys = Keys(name);
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  }

 private:
  storage::Storage& storage_;
};

}  // namespace tidemill::launch
