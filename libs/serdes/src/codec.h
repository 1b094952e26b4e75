#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>

/// How C++ types stand in serdes text: Codec<T>::Write appends straight to the output, Codec<T>::Read takes a parsed
/// value. A class of Dagster is a table of fields (see classes.h); this file knows the plain shapes.
namespace tidemill::serdes {

/// A class whose codec another source file instantiates (see external.h): the way out of cycles between classes.
template <class T>
struct External {
  static std::string_view Name();
  static void Write(std::string& out, const T& value);
  static T Read(const json::Value& value);
};

/// The codec of a class that classes.h describes.
template <class T>
struct Described;

template <class T>
struct Codec : Described<T> {};

/// The `__class__` of an object, empty where `value` is no object of a class.
std::string_view ClassOf(const json::Value& value);

/// Python's str() of a set's member, by which Dagster sorts sets on disk. Specialized for each type of members.
template <class E>
std::string PythonText(const E& member);
template <>
std::string PythonText(const std::string& text);
/// Python's repr of a string.
void AppendPythonRepr(std::string& out, std::string_view text);

[[noreturn]] void ThrowInvalid(const std::string& message);
/// Throws `error` again with the place put before its message.
[[noreturn]] void RethrowAt(std::string_view class_name, std::string_view field, const Error& error);
[[noreturn]] void ThrowUnknownClass(const json::Value& value);
[[noreturn]] void ThrowUnknownMember(std::string_view enum_name, std::string_view text);

// ---- Scalars

template <>
struct Codec<std::string> {
  static void Write(std::string& out, const std::string& value) { json::AppendQuoted(out, value); }
  static std::string Read(const json::Value& value) { return value.AsString(); }
};

template <>
struct Codec<bool> {
  static void Write(std::string& out, bool value) { out.append(value ? "true" : "false"); }
  static bool Read(const json::Value& value) { return value.AsBool(); }
};

template <>
struct Codec<std::int64_t> {
  static void Write(std::string& out, std::int64_t value) { json::AppendInt(out, value); }
  static std::int64_t Read(const json::Value& value) { return value.AsInt(); }
};

template <>
struct Codec<int> {
  static void Write(std::string& out, int value) { json::AppendInt(out, value); }
  static int Read(const json::Value& value);
};

template <>
struct Codec<double> {
  static void Write(std::string& out, double value) { json::AppendDouble(out, value); }
  static double Read(const json::Value& value) { return value.AsDouble(); }
};

template <>
struct Codec<json::Value> {
  static void Write(std::string& out, const json::Value& value) { json::AppendValue(out, value, json::Order::kSorted); }
  static json::Value Read(const json::Value& value) { return value; }
};

template <>
struct Codec<json::Object> {
  static void Write(std::string& out, const json::Object& value) {
    json::AppendValue(out, value, json::Order::kSorted);
  }
  static json::Object Read(const json::Value& value) { return value.AsObject(); }
};

// ---- Enums: {"__enum__": "Type.MEMBER"}

/// The name of an enum on disk and its members' names in the order of the enumerators.
template <std::size_t N>
struct EnumNames {
  std::string_view type;
  std::array<std::string_view, N> members;
};

/// Specialized for each enum that is written as `__enum__`.
template <class E>
constexpr auto kEnum = nullptr;

/// The member's name in an `__enum__` object of any enum. Throws if `value` is none.
std::string_view EnumMember(const json::Value& value);
void AppendEnum(std::string& out, std::string_view type, std::string_view member);

template <class E>
requires std::is_enum_v<E>
struct Codec<E> {
  static void Write(std::string& out, E value) {
    AppendEnum(out, kEnum<E>.type, kEnum<E>.members.at(static_cast<std::size_t>(value)));
  }
  static E Read(const json::Value& value) {
    const std::string_view member = EnumMember(value);
    const auto& members = kEnum<E>.members;
    const auto found = std::find(members.begin(), members.end(), member);
    if (found == members.end()) ThrowUnknownMember(kEnum<E>.type, member);
    return static_cast<E>(found - members.begin());
  }
};

// ---- Containers

template <class T>
struct Codec<std::optional<T>> {
  static void Write(std::string& out, const std::optional<T>& value) {
    if (value) {
      Codec<T>::Write(out, *value);
    } else {
      out.append("null");
    }
  }
  static std::optional<T> Read(const json::Value& value) {
    if (value.is_null()) return std::nullopt;
    return Codec<T>::Read(value);
  }
};

template <class T>
struct Codec<std::shared_ptr<const T>> {
  static void Write(std::string& out, const std::shared_ptr<const T>& value) {
    if (value) {
      Codec<T>::Write(out, *value);
    } else {
      out.append("null");
    }
  }
  static std::shared_ptr<const T> Read(const json::Value& value) {
    if (value.is_null()) return nullptr;
    return std::make_shared<const T>(Codec<T>::Read(value));
  }
};

/// A list. Null is read as an empty one: Dagster's constructors take either.
template <class T>
struct Codec<std::vector<T>> {
  static void Write(std::string& out, const std::vector<T>& list) {
    out.push_back('[');
    bool first = true;
    for (const T& item : list) {
      if (!first) out.append(", ");
      first = false;
      Codec<T>::Write(out, item);
    }
    out.push_back(']');
  }
  static std::vector<T> Read(const json::Value& value) {
    std::vector<T> list;
    if (value.is_null()) return list;
    const json::Array& array = value.AsArray();
    list.reserve(array.size());
    for (const json::Value& item : array) list.push_back(Codec<T>::Read(item));
    return list;
  }
};

/// A dict with text keys, which are unique; sorted on disk.
template <class T>
struct Codec<std::vector<std::pair<std::string, T>>> {
  using Map = std::vector<std::pair<std::string, T>>;

  static void Write(std::string& out, const Map& map) {
    const auto before = [](const auto& a, const auto& b) { return a.first < b.first; };
    if (std::is_sorted(map.begin(), map.end(), before)) return WriteMembers(out, map);
    std::vector<const std::pair<std::string, T>*> members;
    members.reserve(map.size());
    for (const auto& member : map) members.push_back(&member);
    std::stable_sort(members.begin(), members.end(), [&](const auto* a, const auto* b) { return before(*a, *b); });
    WriteMembers(out, members);
  }
  static Map Read(const json::Value& value) {
    Map map;
    if (value.is_null()) return map;
    const json::Object& object = value.AsObject();
    map.reserve(object.size());
    for (const auto& [key, item] : object) map.emplace_back(key, Codec<T>::Read(item));
    return map;
  }

 private:
  static void WriteMembers(std::string& out, const auto& members) {
    char before = '{';
    for (const auto& item : members) {
      const std::pair<std::string, T>* member = nullptr;
      if constexpr (std::is_pointer_v<std::decay_t<decltype(item)>>) {
        member = item;
      } else {
        member = &item;
      }
      out.push_back(before);
      if (before == ',') out.push_back(' ');
      before = ',';
      json::AppendQuoted(out, member->first);
      out.append(": ");
      Codec<T>::Write(out, member->second);
    }
    out.append(before == '{' ? "{}" : "}");
  }
};

template <class T>
struct Codec<std::map<std::string, T>> {
  static void Write(std::string& out, const std::map<std::string, T>& map) {
    char before = '{';
    for (const auto& [key, item] : map) {
      out.push_back(before);
      if (before == ',') out.push_back(' ');
      before = ',';
      json::AppendQuoted(out, key);
      out.append(": ");
      Codec<T>::Write(out, item);
    }
    out.append(before == '{' ? "{}" : "}");
  }
  static std::map<std::string, T> Read(const json::Value& value) {
    std::map<std::string, T> map;
    if (value.is_null()) return map;
    for (const auto& [key, item] : value.AsObject()) map.insert_or_assign(key, Codec<T>::Read(item));
    return map;
  }
};

// ---- One of several classes

/// True for the alternative of a variant that keeps an object of any class as it was read, in its member `data`.
template <class T>
constexpr bool kKeepsAny = false;

/// Told apart by `__class__`; null is std::monostate. Where the variant has an alternative that keeps any class, it
/// also takes an object of a known class whose fields do not fit, so that one odd value costs no record.
template <class Variant>
struct OneOf;

template <class... Ts>
struct OneOf<std::variant<Ts...>> {
  using Variant = std::variant<Ts...>;

  static void Write(std::string& out, const Variant& value) {
    std::visit([&](const auto& held) { WriteHeld(out, held); }, value);
  }

  static Variant Read(const json::Value& value) {
    if constexpr ((std::is_same_v<Ts, std::monostate> || ...)) {
      if (value.is_null()) return std::monostate();
    }
    std::optional<Variant> result;
    if constexpr ((kKeepsAny<Ts> || ...)) {
      try {
        static_cast<void>((ReadIfNamed<Ts>(value, result) || ...));
      } catch (const Error&) {
        result.reset();
      }
      if (!result) static_cast<void>((KeepIfAble<Ts>(value, result) || ...));
    } else {
      static_cast<void>((ReadIfNamed<Ts>(value, result) || ...));
      if (!result) ThrowUnknownClass(value);
    }
    return std::move(*result);
  }

 private:
  template <class T>
  static void WriteHeld(std::string& out, const T& held) {
    if constexpr (std::is_same_v<T, std::monostate>) {
      out.append("null");
    } else if constexpr (kKeepsAny<T>) {
      json::AppendValue(out, held.data, json::Order::kSorted);
    } else {
      Codec<T>::Write(out, held);
    }
  }

  template <class T>
  static bool ReadIfNamed(const json::Value& value, std::optional<Variant>& result) {
    if constexpr (!std::is_same_v<T, std::monostate> && !kKeepsAny<T>) {
      if (ClassOf(value) == Codec<T>::Name()) result.emplace(Codec<T>::Read(value));
    }
    return result.has_value();
  }

  template <class T>
  static bool KeepIfAble(const json::Value& value, std::optional<Variant>& result) {
    if constexpr (kKeepsAny<T>) result.emplace(T{value});
    return result.has_value();
  }
};

template <class... Ts>
struct Codec<std::variant<Ts...>> : OneOf<std::variant<Ts...>> {};

}  // namespace tidemill::serdes
