#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>

namespace tidemill::sdk {

/// A resource's key as a template argument.
template <std::size_t N>
struct ResourceKey {
  constexpr ResourceKey(const char (&text)[N]) { std::copy_n(text, N, value); }  // NOLINT(google-explicit-constructor)
  char value[N];
};

/// A parameter that is filled with the location's resource of type T: `Resource<Warehouse>` if it has one of that type,
/// `Resource<Warehouse, "replica">` by key. Two resources of one type need the key. Shared by the steps of a process,
/// so its methods must be safe from several threads.
template <class T, ResourceKey Key = "">
class Resource final {
 public:
  explicit Resource(std::shared_ptr<T> value) : value_(std::move(value)) {}

  T& operator*() const { return *value_; }
  T* operator->() const { return value_.get(); }

 private:
  std::shared_ptr<T> value_;
};

}  // namespace tidemill::sdk
