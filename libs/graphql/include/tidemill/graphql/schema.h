#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/graphql/resolver.h>
#include <tidemill/graphql/type_system.h>

namespace tidemill::graphql {

/// What the fields of Query, Mutation and Subscription have for a parent.
struct Root {};

namespace internal {

/// The resolvers of one object or interface type.
struct TypeBinding {
  struct BoundField {
    std::string name;
    Resolver resolver;
  };
  struct Base {
    const CppType* type;
    const void* (*upcast)(const void*);
  };
  std::string type_name;
  const CppType* cpp = nullptr;
  std::vector<BoundField> fields;
  std::vector<Base> bases;
};

}  // namespace internal

/// Binds the fields of one type to functions; obtained from a Schema, and valid as long as it.
///
/// A function takes, in any order and each only if wanted: `const T&` the parent, `const Arguments&`, `const
/// FieldInfo&`, and by reference the request's context, of a class that is the same for the whole schema.
template <class T>
class ObjectBinding final {
 public:
  explicit ObjectBinding(internal::TypeBinding& binding) : binding_(&binding) {}

  /// Resolves a field by a function, or by a member of T: `Field("runId", &RunView::id)`. What may be returned is in
  /// value.h; a reference stays valid as long as the parent. A function that throws makes a field error.
  template <class F>
  ObjectBinding& Field(std::string_view name, F function) {
    return Add(name, internal::MakeResolver<T>(std::move(function)));
  }
  /// A member that T inherits.
  template <class M, class Base>
  ObjectBinding& Field(std::string_view name, M Base::*member) {
    return Add(name, internal::MakeResolver<T>(static_cast<M T::*>(member)));
  }

  /// Resolves a field of all parents at one level of the request by one call: takes `std::span<const T* const>` instead
  /// of the parent, returns a vector with one value for each, in their order.
  template <class F>
  ObjectBinding& Batch(std::string_view name, F function) {
    return Add(name, internal::MakeBatch<T>(std::move(function)));
  }

  /// Resolves a field of the subscription type: returns std::unique_ptr<EventSource<E>>.
  template <class F>
  ObjectBinding& Stream(std::string_view name, F function) {
    return Add(name, internal::MakeStream<T>(std::move(function)));
  }

  /// Fields of interfaces that are bound to Base, from which T derives, also resolve those of this type.
  template <class Base>
  ObjectBinding& Extends() {
    binding_->bases.push_back({&kCppType<Base>, &internal::Upcast<T, Base>});
    return *this;
  }

 private:
  ObjectBinding& Add(std::string_view name, internal::Resolver resolver) {
    binding_->fields.push_back({std::string(name), std::move(resolver)});
    return *this;
  }

  internal::TypeBinding* binding_;
};

/// The types that a text defines, and the functions that resolve their fields. Built once at the start of a program;
/// an Engine checks and runs it. Not thread-safe while it is being built.
class Schema final {
 public:
  /// Throws Error(kInvalidArgument) that names line, column and what is wrong.
  explicit Schema(std::string_view sdl);
  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) noexcept;
  ~Schema();

  ObjectBinding<Root> Query();
  ObjectBinding<Root> Mutation();
  ObjectBinding<Root> Subscription();

  /// Binds an object type to a class; several types may be bound to one class, and calls for the same type add up.
  template <class T>
  ObjectBinding<T> Object(std::string_view type_name) {
    return ObjectBinding<T>(Bind(type_name, kCppType<T>));
  }

  /// Fields bound here resolve those of each type that implements the interface, is bound to T or extends it, and does
  /// not bind them itself.
  template <class T>
  ObjectBinding<T> Interface(std::string_view type_name) {
    return ObjectBinding<T>(Bind(type_name, kCppType<T>));
  }

  /// Says which object type a T is, where it is bound to several: takes `const T&`, returns the type's name.
  template <class T, class F>
  void TypeOf(F name_of) {
    AddTypeOf(kCppType<T>,
              [name_of](const void* value) { return std::string(name_of(*static_cast<const T*>(value))); });
  }

  const TypeSystem& types() const { return *types_; }

  /// "Type.field" of each field of an object type that no function resolves, in the order of the text.
  std::vector<std::string> UnboundFields() const;

 private:
  friend class BoundSchema;

  internal::TypeBinding& Bind(std::string_view type_name, const CppType& type);
  internal::TypeBinding& BindRoot(const NamedType* type, std::string_view otherwise);
  void AddTypeOf(const CppType& type, std::function<std::string(const void*)> name_of);

  std::shared_ptr<const TypeSystem> types_;
  std::vector<std::unique_ptr<internal::TypeBinding>> bindings_;
  std::map<const CppType*, std::function<std::string(const void*)>> type_of_;
};

}  // namespace tidemill::graphql
