#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <tidemill/instance/config.h>
#include <tidemill/model/runs.h>

namespace tidemill::daemon {

/// Counts runs against the limits of their tags (Dagster's TagConcurrencyLimitsCounter).
class TagLimits final {
 public:
  explicit TagLimits(const std::vector<instance::TagConcurrencyLimit>& limits) {
    for (const instance::TagConcurrencyLimit& limit : limits) {
      if (limit.value) {
        by_key_value_[{limit.key, *limit.value}].limit = limit.limit;
      } else if (limit.per_unique_value) {
        by_unique_value_[limit.key].limit = limit.limit;
      } else {
        by_key_[limit.key].limit = limit.limit;
      }
    }
  }

  bool Blocks(const model::Run& run) const {
    for (const auto& tag : run.tags) {
      if (const auto found = by_key_.find(tag.first); found != by_key_.end() && found->second.IsReached()) return true;
      const auto exact = by_key_value_.find(tag);
      if (exact != by_key_value_.end() && exact->second.IsReached()) return true;
      if (const auto found = by_unique_value_.find(tag.first); found != by_unique_value_.end()) {
        const auto count = found->second.counts.find(tag.second);
        const std::int64_t used = count == found->second.counts.end() ? 0 : count->second;
        if (used >= found->second.limit) return true;
      }
    }
    return false;
  }

  void Add(const model::Run& run) {
    for (const auto& tag : run.tags) {
      if (const auto found = by_key_.find(tag.first); found != by_key_.end()) ++found->second.count;
      if (const auto found = by_key_value_.find(tag); found != by_key_value_.end()) ++found->second.count;
      if (const auto found = by_unique_value_.find(tag.first); found != by_unique_value_.end()) {
        ++found->second.counts[tag.second];
      }
    }
  }

 private:
  struct Count {
    std::int64_t limit = 0;
    std::int64_t count = 0;
    bool IsReached() const { return count >= limit; }
  };
  struct CountByValue {
    std::int64_t limit = 0;
    std::map<std::string, std::int64_t> counts;
  };

  std::map<std::string, Count> by_key_;
  std::map<std::pair<std::string, std::string>, Count> by_key_value_;
  std::map<std::string, CountByValue> by_unique_value_;
};

}  // namespace tidemill::daemon
