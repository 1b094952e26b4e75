#pragma once

#include <string_view>
#include <unordered_map>

#include <tidemill/base/json.h>

namespace tidemill::config {

/// Finds members of one object: by a scan where it is small, by a hash table where it is large (a run configuration
/// may have a section for each of 10,000 assets). Refers to the object.
class MemberIndex final {
 public:
  explicit MemberIndex(const json::Object& object) : object_(object) {
    if (object.size() <= kScanLimit) return;
    members_.reserve(object.size());
    for (const auto& [name, value] : object) members_.emplace(name, &value);
  }

  const json::Value* Find(std::string_view name) const {
    if (object_.size() <= kScanLimit) return object_.Find(name);
    auto found = members_.find(name);
    return found == members_.end() ? nullptr : found->second;
  }

 private:
  static constexpr std::size_t kScanLimit = 16;

  const json::Object& object_;
  std::unordered_map<std::string_view, const json::Value*> members_;
};

}  // namespace tidemill::config
