#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

#include <tidemill/base/json.h>

/// How C++ values become GraphQL values. Users of the engine need only `AnyObject` and `GraphqlName` of this header.
///
/// | C++ | GraphQL |
/// |---|---|
/// | bool, integers, double, std::string(_view), const char* | the scalars, also custom ones; strings also enums |
/// | json::Value | custom scalars; where an object or list is asked for, JSON objects and arrays |
/// | an enum E with `std::string_view GraphqlName(E)` in E's namespace | enums |
/// | std::optional, const T*, std::shared_ptr, std::unique_ptr | nullable |
/// | std::vector, std::span | lists |
/// | any other class | the object types that it is bound to |
/// | std::variant of such classes, AnyObject | unions and interfaces |
/// | std::exception_ptr | an error in this place: for one of a batch or list, as std::variant<T, std::exception_ptr> |
namespace tidemill::graphql {

class ValueVisitor;

/// The identity of a C++ type that is bound to object types.
struct CppType {
  const std::type_info* info;
};

template <class T>
inline constexpr CppType kCppType{&typeid(T)};

/// What a C++ type can stand for; compared with the schema when the engine starts.
struct Shape {
  enum class Kind { kBool, kInt, kFloat, kString, kEnum, kJson, kList, kOptional, kObject, kAnyObject, kOneOf, kError };
  Kind kind;
  const Shape* of = nullptr;              ///< Of kList and kOptional.
  const CppType* object = nullptr;        ///< Of kObject.
  const Shape* const* choices = nullptr;  ///< Of kOneOf.
  std::size_t choice_count = 0;
};

/// What the engine can do with values of a C++ type, its name erased.
struct ValueOps {
  /// Shows the value to the visitor; false where a null must propagate.
  bool (*visit)(const void* value, ValueVisitor& visitor);
  /// Of a list: its length, and one item shown.
  std::size_t (*count)(const void* list);
  bool (*visit_item)(const void* list, std::size_t index, ValueVisitor& visitor);
  /// The value moved into memory of its own, owned by what is given.
  std::shared_ptr<void> (*keep)(void* value);
  const Shape* shape;
};

/// A value of some bound class, for unions and interfaces with many members. Cheap to copy.
class AnyObject final {
 public:
  /// Null.
  AnyObject() = default;

  template <class T>
  static AnyObject Of(T value) {
    return AnyObject(std::make_shared<const T>(std::move(value)));
  }
  template <class T>
  explicit AnyObject(std::shared_ptr<const T> value) : value_(std::move(value)), type_(&kCppType<T>) {}

  /// Names the object type, where one C++ class is bound to several.
  AnyObject As(std::string_view type_name) && {
    type_name_ = type_name;
    return std::move(*this);
  }

  const void* value() const { return value_.get(); }
  const CppType* type() const { return type_; }
  std::string_view type_name() const { return type_name_; }

 private:
  std::shared_ptr<const void> value_;
  const CppType* type_ = nullptr;
  std::string type_name_;
};

/// Is shown a value, piece by piece. Each returns false where a null must propagate to what holds the value.
class ValueVisitor {
 public:
  virtual bool Null() = 0;
  virtual bool Bool(bool value) = 0;
  virtual bool Int(std::int64_t value) = 0;
  virtual bool Float(double value) = 0;
  virtual bool String(std::string_view value) = 0;
  virtual bool Json(const json::Value& value) = 0;
  /// Items one after the other in memory, `stride` bytes apart.
  virtual bool Items(const void* first, std::size_t count, std::size_t stride, const ValueOps& item) = 0;
  /// A list whose items `list.visit_item` shows.
  virtual bool List(const void* value, const ValueOps& list) = 0;
  virtual bool Object(const void* value, const CppType& type, std::string_view type_name) = 0;

  /// A resolver's result, which it may move away; shows it unless overridden.
  virtual bool Take(void* value, const ValueOps& ops);
  /// The same of what stays alive as long as the resolver's parent.
  virtual bool TakeReference(const void* value, const ValueOps& ops);

 protected:
  ~ValueVisitor() = default;
};

template <class T>
struct ValueTraits;

namespace internal {

template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value) {
  { GraphqlName(value) } -> std::convertible_to<std::string_view>;
};

inline constexpr Shape kBoolShape{Shape::Kind::kBool};
inline constexpr Shape kIntShape{Shape::Kind::kInt};
inline constexpr Shape kFloatShape{Shape::Kind::kFloat};
inline constexpr Shape kStringShape{Shape::Kind::kString};
inline constexpr Shape kEnumShape{Shape::Kind::kEnum};
inline constexpr Shape kJsonShape{Shape::Kind::kJson};
inline constexpr Shape kAnyObjectShape{Shape::Kind::kAnyObject};

template <class T>
bool Visit(const void* value, ValueVisitor& visitor) {
  return ValueTraits<T>::Visit(*static_cast<const T*>(value), visitor);
}

template <class T>
std::shared_ptr<void> Keep(void* value) {
  if constexpr (std::is_move_constructible_v<T>) {
    return std::make_shared<T>(std::move(*static_cast<T*>(value)));
  } else {
    return nullptr;  // Given by reference only.
  }
}

template <class T>
constexpr ValueOps MakeOps() {
  ValueOps ops{&Visit<T>, nullptr, nullptr, &Keep<T>, &ValueTraits<T>::kShape};
  if constexpr (requires { &ValueTraits<T>::Count; }) {
    ops.count = &ValueTraits<T>::Count;
    ops.visit_item = &ValueTraits<T>::VisitItem;
  }
  return ops;
}

}  // namespace internal

template <class T>
inline constexpr ValueOps kValueOps = internal::MakeOps<T>();

/// A class that no other rule knows: an object.
template <class T>
struct ValueTraits {
  static_assert(std::is_class_v<T> || internal::NamedEnum<T>,
                "this type is no GraphQL value: an enum needs `std::string_view GraphqlName(E)` in its namespace");
  static constexpr Shape kShape =
      std::is_class_v<T> ? Shape{Shape::Kind::kObject, nullptr, &kCppType<T>} : internal::kEnumShape;
  static bool Visit(const T& value, ValueVisitor& visitor) {
    if constexpr (internal::NamedEnum<T>) {
      return visitor.String(GraphqlName(value));
    } else {
      return visitor.Object(&value, kCppType<T>, {});
    }
  }
};

template <>
struct ValueTraits<bool> {
  static constexpr const Shape& kShape = internal::kBoolShape;
  static bool Visit(bool value, ValueVisitor& visitor) { return visitor.Bool(value); }
};

template <std::integral T>
struct ValueTraits<T> {
  static constexpr const Shape& kShape = internal::kIntShape;
  static bool Visit(T value, ValueVisitor& visitor) { return visitor.Int(static_cast<std::int64_t>(value)); }
};

template <std::floating_point T>
struct ValueTraits<T> {
  static constexpr const Shape& kShape = internal::kFloatShape;
  static bool Visit(T value, ValueVisitor& visitor) { return visitor.Float(value); }
};

template <class T>
requires std::same_as<T, std::string> || std::same_as<T, std::string_view> || std::same_as<T, const char*>
struct ValueTraits<T> {
  static constexpr const Shape& kShape = internal::kStringShape;
  static bool Visit(const T& value, ValueVisitor& visitor) { return visitor.String(value); }
};

template <>
struct ValueTraits<json::Value> {
  static constexpr const Shape& kShape = internal::kJsonShape;
  static bool Visit(const json::Value& value, ValueVisitor& visitor) { return visitor.Json(value); }
};

template <>
struct ValueTraits<std::exception_ptr> {
  static constexpr Shape kShape{Shape::Kind::kError};
  static bool Visit(const std::exception_ptr& error, ValueVisitor&) { std::rethrow_exception(error); }
};

template <>
struct ValueTraits<AnyObject> {
  static constexpr const Shape& kShape = internal::kAnyObjectShape;
  static bool Visit(const AnyObject& value, ValueVisitor& visitor) {
    return value.value() == nullptr ? visitor.Null() : visitor.Object(value.value(), *value.type(), value.type_name());
  }
};

namespace internal {

/// Of what is dereferenced and may be null.
template <class Holder, class T>
struct NullableTraits {
  static constexpr Shape kShape{Shape::Kind::kOptional, &ValueTraits<T>::kShape};
  static bool Visit(const Holder& value, ValueVisitor& visitor) {
    return value ? ValueTraits<T>::Visit(*value, visitor) : visitor.Null();
  }
};

template <class Holder, class T>
struct ListTraits {
  static constexpr Shape kShape{Shape::Kind::kList, &ValueTraits<T>::kShape};
  static bool Visit(const Holder& value, ValueVisitor& visitor) {
    return visitor.Items(value.data(), value.size(), sizeof(T), kValueOps<T>);
  }
  static std::size_t Count(const void* list) { return static_cast<const Holder*>(list)->size(); }
  static bool VisitItem(const void* list, std::size_t index, ValueVisitor& visitor) {
    return ValueTraits<T>::Visit((*static_cast<const Holder*>(list))[index], visitor);
  }
};

}  // namespace internal

template <class T>
struct ValueTraits<std::optional<T>> : internal::NullableTraits<std::optional<T>, T> {};
template <class T>
struct ValueTraits<std::shared_ptr<T>> : internal::NullableTraits<std::shared_ptr<T>, std::remove_const_t<T>> {};
template <class T>
struct ValueTraits<std::unique_ptr<T>> : internal::NullableTraits<std::unique_ptr<T>, std::remove_const_t<T>> {};
template <class T>
requires std::is_class_v<T>
struct ValueTraits<const T*> : internal::NullableTraits<const T*, T> {
};

template <class T>
struct ValueTraits<std::vector<T>> : internal::ListTraits<std::vector<T>, T> {};
template <class T>
struct ValueTraits<std::span<const T>> : internal::ListTraits<std::span<const T>, T> {};

/// Bits have no address.
template <>
struct ValueTraits<std::vector<bool>> {
  static constexpr Shape kShape{Shape::Kind::kList, &internal::kBoolShape};
  static bool Visit(const std::vector<bool>& value, ValueVisitor& visitor) {
    return visitor.List(&value, kValueOps<std::vector<bool>>);
  }
  static std::size_t Count(const void* list) { return static_cast<const std::vector<bool>*>(list)->size(); }
  static bool VisitItem(const void* list, std::size_t index, ValueVisitor& visitor) {
    return visitor.Bool((*static_cast<const std::vector<bool>*>(list))[index]);
  }
};

template <class... T>
struct ValueTraits<std::variant<T...>> {
  static constexpr const Shape* kChoices[] = {&ValueTraits<T>::kShape...};
  static constexpr Shape kShape{Shape::Kind::kOneOf, nullptr, nullptr, kChoices, sizeof...(T)};
  static bool Visit(const std::variant<T...>& value, ValueVisitor& visitor) {
    bool ok = false;
    (void)((std::holds_alternative<T>(value) && (ok = ValueTraits<T>::Visit(*std::get_if<T>(&value), visitor), true)) ||
           ...);
    return ok;
  }
};

}  // namespace tidemill::graphql
