#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <typeindex>
#include <utility>
#include <vector>

#include <tidemill/engine/value.h>
#include <tidemill/sdk/codec.h>

namespace tidemill::sdk {

/// All partitions of an upstream asset that a step needs, by partition key: the type of a parameter that is fed by a
/// partitioned asset of T, where the edge's mapping gives several partitions.
template <class T>
struct PartitionMap : std::map<std::string, T> {
  using std::map<std::string, T>::map;
};

template <class T>
struct Codec<PartitionMap<T>> : detail::MapCodec<PartitionMap<T>> {};

/// The one ValueType of T: made at first use, lives to the end of the process.
template <class T>
const engine::ValueType& ValueTypeOf();

/// Throws Error(kInvalidArgument) that names both types if `value` holds something else.
template <class T>
const T& ValueAs(const engine::AnyValue& value);

template <class T>
engine::AnyValue MakeValue(T value) {
  return engine::AnyValue(ValueTypeOf<T>(), std::make_shared<const T>(std::move(value)));
}

namespace detail {

using model::DagsterTypeSnap;

/// Dagster's types, by what Python gives for the annotations int, float, list[…] and so on.
DagsterTypeSnap AnyType();
DagsterTypeSnap IntType();
DagsterTypeSnap FloatType();
DagsterTypeSnap BoolType();
DagsterTypeSnap StringType();
DagsterTypeSnap NothingType();
DagsterTypeSnap DictType();
DagsterTypeSnap ListType(const DagsterTypeSnap& item);
DagsterTypeSnap OptionalType(const DagsterTypeSnap& inner);
DagsterTypeSnap TypedDictType(const DagsterTypeSnap& item);
DagsterTypeSnap TupleType(const std::vector<DagsterTypeSnap>& items);
/// `type` and all it is made of, without repeats.
void AddInner(std::vector<DagsterTypeSnap>& inner, const engine::ValueType& type);
void SetTuple(engine::ValueType& type, const std::vector<const engine::ValueType*>& items);
std::string DemangledName(const std::type_info& type);
engine::ValueType EmptyValueType(const std::type_info& type);
[[noreturn]] void ThrowWrongType(const engine::ValueType& actual, const engine::ValueType& expected);
[[noreturn]] void ThrowNoValue(const engine::ValueType& expected);
void CheckAllRead(const ByteReader& reader);

/// Sets the Dagster type of T.
template <class T>
struct DagsterTypeOf {
  static void Set(engine::ValueType& type) {
    if constexpr (std::same_as<T, bool>) {
      type.dagster_type = BoolType();
    } else if constexpr (std::integral<T>) {
      type.dagster_type = IntType();
    } else if constexpr (std::floating_point<T>) {
      type.dagster_type = FloatType();
    } else if constexpr (std::same_as<T, std::string>) {
      type.dagster_type = StringType();
    } else if constexpr (std::same_as<T, Nothing>) {
      type.dagster_type = NothingType();
    } else if constexpr (std::same_as<T, json::Object>) {
      type.dagster_type = DictType();
    } else {
      type.dagster_type = AnyType();
    }
  }
};

template <class T>
struct DagsterTypeOf<std::vector<T>> {
  static void Set(engine::ValueType& type) {
    const engine::ValueType& item = ValueTypeOf<T>();
    AddInner(type.inner_types, item);
    type.dagster_type = ListType(item.dagster_type);
    type.item = &item;
    type.from_items = [](const std::vector<std::shared_ptr<const void>>& items) -> std::shared_ptr<const void> {
      auto joined = std::make_shared<std::vector<T>>();
      joined->reserve(items.size());
      for (const auto& each : items) joined->push_back(*static_cast<const T*>(each.get()));
      return joined;
    };
  }
};

template <class T>
struct DagsterTypeOf<std::optional<T>> {
  static void Set(engine::ValueType& type) {
    AddInner(type.inner_types, ValueTypeOf<T>());
    type.dagster_type = OptionalType(ValueTypeOf<T>().dagster_type);
  }
};

template <class T>
struct DagsterTypeOf<std::map<std::string, T>> {
  static void Set(engine::ValueType& type) {
    AddInner(type.inner_types, ValueTypeOf<std::string>());
    AddInner(type.inner_types, ValueTypeOf<T>());
    type.dagster_type = TypedDictType(ValueTypeOf<T>().dagster_type);
  }
};

template <class T>
struct DagsterTypeOf<PartitionMap<T>> {
  static void Set(engine::ValueType& type) {
    const engine::ValueType& item = ValueTypeOf<T>();
    AddInner(type.inner_types, item);
    type.dagster_type = TypedDictType(item.dagster_type);
    type.item = &item;
    type.from_partitions = [](const std::vector<std::pair<std::string, std::shared_ptr<const void>>>& partitions) {
      auto joined = std::make_shared<PartitionMap<T>>();
      for (const auto& [key, value] : partitions) joined->emplace(key, *static_cast<const T*>(value.get()));
      return std::shared_ptr<const void>(std::move(joined));
    };
  }
};

template <class A, class B>
struct DagsterTypeOf<std::pair<A, B>> {
  static void Set(engine::ValueType& type) { SetTuple(type, {&ValueTypeOf<A>(), &ValueTypeOf<B>()}); }
};

template <class... T>
struct DagsterTypeOf<std::tuple<T...>> {
  static void Set(engine::ValueType& type) { SetTuple(type, {&ValueTypeOf<T>()...}); }
};

template <class T>
engine::ValueType MakeValueType() {
  engine::ValueType type = EmptyValueType(typeid(T));
  DagsterTypeOf<T>::Set(type);
  if constexpr (Encodable<T>) {
    type.to_json = [](const void* value) -> json::Value { return Codec<T>::ToJson(*static_cast<const T*>(value)); };
    type.from_json = [](const json::Value& value) -> std::shared_ptr<const void> {
      return std::make_shared<const T>(Codec<T>::FromJson(value));
    };
    type.to_bytes = [](const void* value) {
      std::string bytes;
      Codec<T>::Write(bytes, *static_cast<const T*>(value));
      return bytes;
    };
    type.from_bytes = [](std::string_view bytes) -> std::shared_ptr<const void> {
      ByteReader reader(bytes);
      auto value = std::make_shared<const T>(Codec<T>::Read(reader));
      CheckAllRead(reader);
      return value;
    };
  }
  return type;
}

}  // namespace detail

template <class T>
const engine::ValueType& ValueTypeOf() {
  static const engine::ValueType kType = detail::MakeValueType<T>();
  return kType;
}

template <class T>
const T& ValueAs(const engine::AnyValue& value) {
  if (!value.has_value()) detail::ThrowNoValue(ValueTypeOf<T>());
  if (value.type().type != typeid(T)) detail::ThrowWrongType(value.type(), ValueTypeOf<T>());
  return *static_cast<const T*>(value.data());
}

}  // namespace tidemill::sdk
