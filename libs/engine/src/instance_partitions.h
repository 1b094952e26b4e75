#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/assets/partitions.h>
#include <tidemill/storage/event_storage.h>

namespace tidemill::engine {

/// The keys of dynamic partitions, as the instance has them.
class InstancePartitions final : public assets::DynamicPartitionsSource {
 public:
  explicit InstancePartitions(storage::EventStorage& storage) : storage_(storage) {}

  std::vector<std::string> Keys(std::string_view name) const override { return storage_.DynamicPartitions(name); }
  bool Has(std::string_view name, std::string_view key) const override {
    const auto keys = storage_.DynamicPartitions(name);
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  }

 private:
  storage::EventStorage& storage_;
};

}  // namespace tidemill::engine
