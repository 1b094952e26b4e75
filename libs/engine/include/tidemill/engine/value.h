#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/model/job_snap.h>

namespace tidemill::engine {

/// How values of one C++ type are named, stored and loaded: the SDK makes one static instance a type.
struct ValueType {
  std::type_index type;
  std::string cpp_name;  ///< For error messages.
  /// The type in Dagster's terms, with the types it is made of (List.Int needs Int).
  model::DagsterTypeSnap dagster_type;
  std::vector<model::DagsterTypeSnap> inner_types;
  /// Null where the type cannot be stored so; the IO managers say it clearly.
  std::function<json::Value(const void*)> to_json;
  std::function<std::shared_ptr<const void>(const json::Value&)> from_json;
  std::function<std::string(const void*)> to_bytes;
  std::function<std::shared_ptr<const void>(std::string_view)> from_bytes;
  /// Joins the values of a fan-in into one value of this type (a vector); null for types that are no vectors.
  std::function<std::shared_ptr<const void>(const std::vector<std::shared_ptr<const void>>&)> from_items;
  /// Joins an upstream asset's partitions, by key, into one value of this type; null for types that are no partition
  /// map.
  std::function<std::shared_ptr<const void>(const std::vector<std::pair<std::string, std::shared_ptr<const void>>>&)>
      from_partitions;
  /// The type of the items that from_items and from_partitions join; null where both are.
  const ValueType* item = nullptr;
};

/// A value of user code without its type. Immutable; copying shares it.
class AnyValue {
 public:
  AnyValue() = default;
  AnyValue(const ValueType& type, std::shared_ptr<const void> data) : type_(&type), data_(std::move(data)) {}

  bool has_value() const { return type_ != nullptr; }
  const ValueType& type() const { return *type_; }
  const void* data() const { return data_.get(); }
  const std::shared_ptr<const void>& shared() const { return data_; }

 private:
  const ValueType* type_ = nullptr;
  std::shared_ptr<const void> data_;
};

}  // namespace tidemill::engine
