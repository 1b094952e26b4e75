#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemill/base/json.h>

namespace tidemill::graphql {

/// The arguments of a field, or an input object: coerced to the schema's types, defaults filled in, an enum as its
/// name.
///
/// A view: valid as long as the call that gave it.
class Input final {
 public:
  explicit Input(const json::Object& values) : values_(&values) {}

  /// Whether it was given, perhaps as null, or has a default.
  bool Has(std::string_view name) const { return values_->Find(name) != nullptr; }
  /// Null if it was not given.
  const json::Value* Find(std::string_view name) const { return values_->Find(name); }
  const json::Object& values() const { return *values_; }

  /// The argument as a T: bool, an integer, double, std::string, std::string_view, json::Value, Input, std::optional
  /// (empty if null or not given) or std::vector of such, or a class with `static T FromInput(const Input&)`.
  /// Throws Error(kInvalidArgument) if it was not given or is no T: ask with std::optional where it may be left out.
  template <class T>
  T Get(std::string_view name) const;

  /// The same, or `otherwise` if null or not given.
  template <class T>
  T Get(std::string_view name, T otherwise) const {
    auto value = Get<std::optional<T>>(name);
    return value ? *std::move(value) : std::move(otherwise);
  }

 private:
  const json::Value& At(std::string_view name) const;

  const json::Object* values_;
};

/// The arguments of a field.
using Arguments = Input;

namespace internal {

template <class T>
concept ReadsInput = requires(const Input& input) {
  { T::FromInput(input) } -> std::same_as<T>;
};

template <class T>
struct InputTraits {
  static_assert(ReadsInput<T>, "no argument can be read as this type: give it `static T FromInput(const Input&)`");
  static T Read(const json::Value& value) { return T::FromInput(Input(value.AsObject())); }
};

template <std::integral T>
struct InputTraits<T> {
  static T Read(const json::Value& value) { return static_cast<T>(value.AsInt()); }
};

template <>
struct InputTraits<bool> {
  static bool Read(const json::Value& value) { return value.AsBool(); }
};

template <>
struct InputTraits<double> {
  static double Read(const json::Value& value) { return value.AsDouble(); }
};

template <class T>
requires std::same_as<T, std::string> || std::same_as<T, std::string_view>
struct InputTraits<T> {
  static T Read(const json::Value& value) { return T(value.AsString()); }
};

template <>
struct InputTraits<json::Value> {
  static json::Value Read(const json::Value& value) { return value; }
};

template <>
struct InputTraits<Input> {
  static Input Read(const json::Value& value) { return Input(value.AsObject()); }
};

template <class T>
struct InputTraits<std::optional<T>> {
  static std::optional<T> Read(const json::Value& value) {
    return value.is_null() ? std::nullopt : std::optional<T>(InputTraits<T>::Read(value));
  }
};

template <class T>
struct InputTraits<std::vector<T>> {
  static std::vector<T> Read(const json::Value& value) {
    std::vector<T> items;
    for (const json::Value& item : value.AsArray()) items.push_back(InputTraits<T>::Read(item));
    return items;
  }
};

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

}  // namespace internal

template <class T>
T Input::Get(std::string_view name) const {
  if constexpr (internal::kIsOptional<T>) {
    const json::Value* value = Find(name);
    return value == nullptr ? T() : internal::InputTraits<T>::Read(*value);
  } else {
    return internal::InputTraits<T>::Read(At(name));
  }
}

}  // namespace tidemill::graphql
