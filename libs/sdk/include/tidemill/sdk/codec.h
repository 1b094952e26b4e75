#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>
#include <tidemill/sdk/nothing.h>

/// How values become JSON and bytes. A user's type takes part by BOOST_DESCRIBE_STRUCT, or by a specialisation of
/// Codec.
namespace tidemill::sdk {

/// Reads what the codecs wrote. Throws Error(kDataLoss) at the end of the bytes.
class ByteReader final {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  std::string_view Take(std::size_t count);
  std::uint64_t TakeSize();
  /// The count of the items that follow, each of at least `minimum` bytes; more than the bytes can hold is an error.
  std::size_t TakeCount(std::size_t minimum);
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

namespace detail {

void AppendSize(std::string& out, std::uint64_t size);
/// The same error with the part of the path in front: "[3].value: expected …".
[[noreturn]] void RethrowWithin(const Error& error, std::string_view part);
[[noreturn]] void ThrowOutOfRange(const json::Value& value, int bits, bool is_signed);
[[noreturn]] void ThrowMissingMember(std::string_view member);
[[noreturn]] void ThrowWrongSize(std::size_t expected, std::size_t actual);
[[noreturn]] void ThrowUnknownEnumerator(std::string_view name);
json::Value UnsignedToJson(std::uint64_t value);
std::uint64_t UnsignedFromJson(const json::Value& value);
/// A "[3]" for error paths.
std::string IndexPart(std::size_t index);

template <class Read>
auto Within(std::string_view part, const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    RethrowWithin(error, part);
  }
}

template <class T>
concept DescribedStruct = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;
template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
using MembersOf = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

}  // namespace detail

/// ToJson, FromJson, Write and Read of a T. FromJson throws Error(kInvalidArgument) with the path of what does not fit.
template <class T>
struct Codec;

template <class T>
concept Encodable = requires(const T& value, std::string& out, const json::Value& json, ByteReader& reader) {
  { Codec<T>::ToJson(value) } -> std::convertible_to<json::Value>;
  { Codec<T>::FromJson(json) } -> std::convertible_to<T>;
  Codec<T>::Write(out, value);
  { Codec<T>::Read(reader) } -> std::convertible_to<T>;
};

template <>
struct Codec<bool> {
  static json::Value ToJson(bool value) { return value; }
  static bool FromJson(const json::Value& value) { return value.AsBool(); }
  static void Write(std::string& out, bool value) { out.push_back(value ? '\1' : '\0'); }
  static bool Read(ByteReader& reader) { return reader.Take(1)[0] != '\0'; }
};

/// Numbers are written as the machine holds them (little-endian).
template <class T>
requires std::is_arithmetic_v<T>
struct NumberBytes {
  static_assert(std::endian::native == std::endian::little, "tidemill: binary values are little-endian");
  static void Write(std::string& out, T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    out.append(bytes, sizeof(T));
  }
  static T Read(ByteReader& reader) {
    T value;
    std::memcpy(&value, reader.Take(sizeof(T)).data(), sizeof(T));
    return value;
  }
};

template <std::integral T>
struct Codec<T> : NumberBytes<T> {
  static json::Value ToJson(T value) {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == 8) {
      return detail::UnsignedToJson(value);
    } else {
      return static_cast<std::int64_t>(value);
    }
  }
  static T FromJson(const json::Value& json) {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == 8) {
      return detail::UnsignedFromJson(json);
    } else {
      const std::int64_t value = json.AsInt();
      if (!std::in_range<T>(value)) detail::ThrowOutOfRange(json, 8 * sizeof(T), std::is_signed_v<T>);
      return static_cast<T>(value);
    }
  }
};

template <std::floating_point T>
struct Codec<T> : NumberBytes<T> {
  static json::Value ToJson(T value) { return static_cast<double>(value); }
  static T FromJson(const json::Value& json) { return static_cast<T>(json.AsDouble()); }
};

template <>
struct Codec<std::string> {
  static json::Value ToJson(const std::string& value) { return value; }
  static std::string FromJson(const json::Value& value) { return value.AsString(); }
  static void Write(std::string& out, const std::string& value);
  static std::string Read(ByteReader& reader);
};

template <>
struct Codec<json::Value> {
  static json::Value ToJson(const json::Value& value) { return value; }
  static json::Value FromJson(const json::Value& value) { return value; }
  static void Write(std::string& out, const json::Value& value);
  static json::Value Read(ByteReader& reader);
};

template <>
struct Codec<json::Object> {
  static json::Value ToJson(const json::Object& value) { return value; }
  static json::Object FromJson(const json::Value& value) { return value.AsObject(); }
  static void Write(std::string& out, const json::Object& value) { Codec<json::Value>::Write(out, value); }
  static json::Object Read(ByteReader& reader) { return Codec<json::Value>::Read(reader).AsObject(); }
};

template <>
struct Codec<Nothing> {
  static json::Value ToJson(const Nothing&) { return nullptr; }
  static Nothing FromJson(const json::Value&) { return {}; }
  static void Write(std::string&, const Nothing&) {}
  static Nothing Read(ByteReader&) { return {}; }
};

template <class T>
struct Codec<std::vector<T>> {
  static json::Value ToJson(const std::vector<T>& items) {
    json::Array array;
    array.reserve(items.size());
    for (const auto& item : items) array.push_back(Codec<T>::ToJson(item));
    return array;
  }
  static std::vector<T> FromJson(const json::Value& value) {
    const json::Array& array = value.AsArray();
    std::vector<T> items;
    items.reserve(array.size());
    try {
      for (const auto& item : array) items.push_back(Codec<T>::FromJson(item));
    } catch (const Error& error) {
      detail::RethrowWithin(error, detail::IndexPart(items.size()));
    }
    return items;
  }
  static void Write(std::string& out, const std::vector<T>& items) {
    detail::AppendSize(out, items.size());
    if constexpr (kIsPlain) {
      out.append(std::string_view(reinterpret_cast<const char*>(items.data()), items.size() * sizeof(T)));
    } else {
      for (const auto& item : items) Codec<T>::Write(out, item);
    }
  }
  static std::vector<T> Read(ByteReader& reader) {
    if constexpr (kIsPlain) {
      std::vector<T> items(reader.TakeCount(sizeof(T)));
      if (!items.empty()) {
        std::memcpy(items.data(), reader.Take(items.size() * sizeof(T)).data(), items.size() * sizeof(T));
      }
      return items;
    } else {
      const std::size_t size = reader.TakeCount(std::is_empty_v<T> ? 0 : 1);
      std::vector<T> items;
      for (std::size_t i = 0; i < size; ++i) items.push_back(Codec<T>::Read(reader));
      return items;
    }
  }

 private:
  /// The items' bytes are their codec's bytes.
  static constexpr bool kIsPlain = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;
};

namespace detail {

/// Maps with text keys, as JSON objects in the map's order.
template <class Map>
struct MapCodec {
  using Item = typename Map::mapped_type;
  static json::Value ToJson(const Map& map) {
    json::Object object;
    for (const auto& [key, item] : map) object.Append(key, Codec<Item>::ToJson(item));
    return object;
  }
  static Map FromJson(const json::Value& value) {
    Map map;
    for (const auto& [key, item] : value.AsObject()) {
      map.insert_or_assign(key, Within(key, [&item = item] { return Codec<Item>::FromJson(item); }));
    }
    return map;
  }
  static void Write(std::string& out, const Map& map) {
    AppendSize(out, map.size());
    for (const auto& [key, item] : map) {
      Codec<std::string>::Write(out, key);
      Codec<Item>::Write(out, item);
    }
  }
  static Map Read(ByteReader& reader) {
    Map map;
    for (std::size_t left = reader.TakeCount(1); left > 0; --left) {
      std::string key = Codec<std::string>::Read(reader);
      map.insert_or_assign(std::move(key), Codec<Item>::Read(reader));
    }
    return map;
  }
};

/// Tuples and pairs, as JSON arrays.
template <class Tuple>
struct TupleCodec {
  static constexpr std::size_t kSize = std::tuple_size_v<Tuple>;
  static json::Value ToJson(const Tuple& tuple) {
    return std::apply(
        [](const auto&... items) {
          return json::Value(json::Array{json::Value(Codec<std::decay_t<decltype(items)>>::ToJson(items))...});
        },
        tuple);
  }
  static Tuple FromJson(const json::Value& value) {
    const json::Array& array = value.AsArray();
    if (array.size() != kSize) ThrowWrongSize(kSize, array.size());
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return Tuple{Within(IndexPart(I), [&] { return Codec<std::tuple_element_t<I, Tuple>>::FromJson(array[I]); })...};
    }
    (std::make_index_sequence<kSize>());
  }
  static void Write(std::string& out, const Tuple& tuple) {
    std::apply([&out](const auto&... items) { (Codec<std::decay_t<decltype(items)>>::Write(out, items), ...); }, tuple);
  }
  static Tuple Read(ByteReader& reader) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return Tuple{Codec<std::tuple_element_t<I, Tuple>>::Read(reader)...};
    }
    (std::make_index_sequence<kSize>());
  }
};

}  // namespace detail

template <class T>
struct Codec<std::map<std::string, T>> : detail::MapCodec<std::map<std::string, T>> {};
template <class A, class B>
struct Codec<std::pair<A, B>> : detail::TupleCodec<std::pair<A, B>> {};
template <class... T>
struct Codec<std::tuple<T...>> : detail::TupleCodec<std::tuple<T...>> {};

template <class T>
struct Codec<std::optional<T>> {
  static json::Value ToJson(const std::optional<T>& value) {
    return value ? json::Value(Codec<T>::ToJson(*value)) : json::Value();
  }
  static std::optional<T> FromJson(const json::Value& value) {
    if (value.is_null()) return {};
    return Codec<T>::FromJson(value);
  }
  static void Write(std::string& out, const std::optional<T>& value) {
    Codec<bool>::Write(out, value.has_value());
    if (value) Codec<T>::Write(out, *value);
  }
  static std::optional<T> Read(ByteReader& reader) {
    if (!Codec<bool>::Read(reader)) return {};
    return Codec<T>::Read(reader);
  }
};

/// A described struct: a JSON object of its members. Unknown members are passed over; a missing one is an error, unless
/// it is optional.
template <detail::DescribedStruct T>
struct Codec<T> {
  static json::Value ToJson(const T& value) {
    json::Object object;
    boost::mp11::mp_for_each<detail::MembersOf<T>>([&](auto member) {
      using Member = std::decay_t<decltype(value.*member.pointer)>;
      object.Append(member.name, Codec<Member>::ToJson(value.*member.pointer));
    });
    return object;
  }
  static T FromJson(const json::Value& json) {
    const json::Object& object = json.AsObject();
    T value{};
    boost::mp11::mp_for_each<detail::MembersOf<T>>([&](auto member) {
      using Member = std::decay_t<decltype(value.*member.pointer)>;
      if (const json::Value* item = object.Find(member.name)) {
        value.*member.pointer = detail::Within(member.name, [item] { return Codec<Member>::FromJson(*item); });
      } else if constexpr (!detail::kIsOptional<Member>) {
        detail::ThrowMissingMember(member.name);
      }
    });
    return value;
  }
  static void Write(std::string& out, const T& value) {
    boost::mp11::mp_for_each<detail::MembersOf<T>>(
        [&](auto member) { Codec<std::decay_t<decltype(value.*member.pointer)>>::Write(out, value.*member.pointer); });
  }
  static T Read(ByteReader& reader) {
    T value{};
    boost::mp11::mp_for_each<detail::MembersOf<T>>([&](auto member) {
      value.*member.pointer = Codec<std::decay_t<decltype(value.*member.pointer)>>::Read(reader);
    });
    return value;
  }
};

/// A described enum: the enumerator's name.
template <detail::DescribedEnum T>
struct Codec<T> {
  static json::Value ToJson(T value) { return boost::describe::enum_to_string(value, ""); }
  static T FromJson(const json::Value& json) {
    T value{};
    if (!boost::describe::enum_from_string(json.AsString().c_str(), value)) {
      detail::ThrowUnknownEnumerator(json.AsString());
    }
    return value;
  }
  static void Write(std::string& out, T value) {
    Codec<std::underlying_type_t<T>>::Write(out, static_cast<std::underlying_type_t<T>>(value));
  }
  static T Read(ByteReader& reader) { return static_cast<T>(Codec<std::underlying_type_t<T>>::Read(reader)); }
};

}  // namespace tidemill::sdk
