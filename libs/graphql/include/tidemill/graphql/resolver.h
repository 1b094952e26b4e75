#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tidemill/graphql/event_source.h>
#include <tidemill/graphql/input.h>
#include <tidemill/graphql/value.h>

/// How functions become resolvers: the types of their parameters say what they are given, in any order.
namespace tidemill::graphql {

struct PlannedField;

/// What a resolver may ask about its own field, as a parameter `const FieldInfo&`.
class FieldInfo final {
 public:
  explicit FieldInfo(const PlannedField& field) : field_(field) {}

  /// The field's name in the schema.
  std::string_view name() const;
  /// Whether the request asks for this field of the result, of any of its types.
  bool Selects(std::string_view field) const;

 private:
  const PlannedField& field_;
};

namespace internal {

/// All that a resolver can be given.
struct Call {
  const void* parent;
  std::span<const void* const> parents;  ///< Of a batch.
  const Input& arguments;
  const FieldInfo& info;
  void* context;
};

/// A resolver with its types erased. Exactly one of the three functions is set.
struct Resolver {
  bool (*field)(const Resolver& self, const Call& call, ValueVisitor& visitor) = nullptr;
  /// Gives the list of results to `visitor.Take`.
  bool (*batch)(const Resolver& self, const Call& call, ValueVisitor& visitor) = nullptr;
  std::unique_ptr<EventSourceBase> (*stream)(const Resolver& self, const Call& call) = nullptr;

  std::array<std::byte, 16> pointer{};           ///< Of a pointer to a function or member.
  std::shared_ptr<const void> function;          ///< Of a lambda with captures.
  const Shape* shape = nullptr;                  ///< Of the result; of a batch, of one of them.
  const CppType* context = nullptr;              ///< Null of one that takes none.
  const void* (*upcast)(const void*) = nullptr;  ///< From the bound class to the one that the function takes.
};

template <class F>
struct SignatureOf : SignatureOf<decltype(&F::operator())> {};
template <class R, class... A>
struct SignatureOf<R (*)(A...)> {
  using Result = R;
  template <template <class...> class To>
  using Apply = To<A...>;
};
template <class R, class C, class... A>
struct SignatureOf<R (C::*)(A...) const> : SignatureOf<R (*)(A...)> {};

template <class T, class A>
decltype(auto) Pick(const Call& call) {
  using Bare = std::remove_cvref_t<A>;
  if constexpr (std::is_same_v<Bare, T>) {
    return *static_cast<const T*>(call.parent);
  } else if constexpr (std::is_same_v<Bare, Input>) {
    return (call.arguments);
  } else if constexpr (std::is_same_v<Bare, FieldInfo>) {
    return (call.info);
  } else if constexpr (std::is_same_v<Bare, std::span<const T* const>>) {
    // All pointers to objects have one representation; the engine stores them as const void*.
    return Bare(reinterpret_cast<const T* const*>(call.parents.data()), call.parents.size());
  } else {
    static_assert(std::is_lvalue_reference_v<A>, "the context is taken by reference");
    return *static_cast<Bare*>(call.context);
  }
}

template <class T, class A>
constexpr const CppType* ContextOf() {
  using Bare = std::remove_cvref_t<A>;
  bool given = std::is_same_v<Bare, T> || std::is_same_v<Bare, Input> || std::is_same_v<Bare, FieldInfo> ||
               std::is_same_v<Bare, std::span<const T* const>>;
  return given ? nullptr : &kCppType<Bare>;
}

template <class T>
struct Parameters {
  template <class... A>
  struct Of {
    template <class F>
    static decltype(auto) Invoke(const F& function, const Call& call) {
      return function(Pick<T, A>(call)...);
    }
    static const CppType* Context() {
      const CppType* context = nullptr;
      ((context = ContextOf<T, A>() != nullptr ? ContextOf<T, A>() : context), ...);
      return context;
    }
  };
};

template <class F>
inline constexpr bool kIsPointer = std::is_pointer_v<F> || std::is_member_pointer_v<F>;

/// The function that a resolver holds. Lambdas without captures are made where they are called.
template <class F>
decltype(auto) FunctionOf(const Resolver& self) {
  if constexpr (kIsPointer<F>) {
    F pointer;
    std::memcpy(&pointer, self.pointer.data(), sizeof(F));
    return pointer;
  } else if constexpr (std::is_empty_v<F> && std::is_default_constructible_v<F>) {
    return F();
  } else {
    return *static_cast<const F*>(self.function.get());
  }
}

template <class F>
void Store(Resolver& resolver, F function) {
  if constexpr (kIsPointer<F>) {
    static_assert(sizeof(F) <= sizeof(resolver.pointer));
    std::memcpy(resolver.pointer.data(), &function, sizeof(F));
  } else if constexpr (!(std::is_empty_v<F> && std::is_default_constructible_v<F>)) {
    resolver.function = std::make_shared<const F>(std::move(function));
  }
}

template <class R>
bool Give(R&& result, ValueVisitor& visitor) {
  using Bare = std::remove_cvref_t<R>;
  if constexpr (std::is_lvalue_reference_v<R>) {
    return visitor.TakeReference(&result, kValueOps<Bare>);
  } else {
    return visitor.Take(&result, kValueOps<Bare>);
  }
}

template <class T, class F>
bool InvokeField(const Resolver& self, const Call& call, ValueVisitor& visitor) {
  using Signature = SignatureOf<F>;
  return Give<typename Signature::Result>(
      Signature::template Apply<Parameters<T>::template Of>::template Invoke<F>(FunctionOf<F>(self), call), visitor);
}

/// One for all members of a class that have the same type.
template <class T, class M>
bool InvokeMember(const Resolver& self, const Call& call, ValueVisitor& visitor) {
  const T& parent = *static_cast<const T*>(call.parent);
  auto member = FunctionOf<M>(self);
  if constexpr (std::is_member_object_pointer_v<M>) {
    const auto& value = parent.*member;
    return visitor.TakeReference(&value, kValueOps<std::remove_cvref_t<decltype(value)>>);
  } else {
    return Give<decltype((parent.*member)())>((parent.*member)(), visitor);
  }
}

template <class T, class F>
std::unique_ptr<EventSourceBase> InvokeStream(const Resolver& self, const Call& call) {
  return SignatureOf<F>::template Apply<Parameters<T>::template Of>::template Invoke<F>(FunctionOf<F>(self), call);
}

template <class Source>
struct EventOf;
template <class T>
struct EventOf<std::unique_ptr<EventSource<T>>> {
  using Type = T;
};

template <class Base, class M>
Resolver MakeMember(M member) {
  Resolver resolver;
  resolver.field = &InvokeMember<Base, M>;
  if constexpr (std::is_member_object_pointer_v<M>) {
    resolver.shape = &ValueTraits<std::remove_cvref_t<decltype(std::declval<const Base&>().*member)>>::kShape;
  } else {
    resolver.shape = &ValueTraits<std::remove_cvref_t<decltype((std::declval<const Base&>().*member)())>>::kShape;
  }
  Store(resolver, member);
  return resolver;
}

template <class T, class F>
Resolver MakeResolver(F function) {
  if constexpr (std::is_member_pointer_v<F>) {
    return MakeMember<T>(function);
  } else {
    Resolver resolver;
    resolver.field = &InvokeField<T, F>;
    resolver.shape = &ValueTraits<std::remove_cvref_t<typename SignatureOf<F>::Result>>::kShape;
    resolver.context = SignatureOf<F>::template Apply<Parameters<T>::template Of>::Context();
    Store(resolver, std::move(function));
    return resolver;
  }
}

template <class T, class F>
Resolver MakeBatch(F function) {
  using List = std::remove_cvref_t<typename SignatureOf<F>::Result>;
  Resolver resolver;
  resolver.batch = &InvokeField<T, F>;
  resolver.shape = ValueTraits<List>::kShape.of;
  resolver.context = SignatureOf<F>::template Apply<Parameters<T>::template Of>::Context();
  Store(resolver, std::move(function));
  return resolver;
}

template <class T, class F>
Resolver MakeStream(F function) {
  using Event = typename EventOf<typename SignatureOf<F>::Result>::Type;
  Resolver resolver;
  resolver.stream = &InvokeStream<T, F>;
  resolver.shape = &ValueTraits<Event>::kShape;
  resolver.context = SignatureOf<F>::template Apply<Parameters<T>::template Of>::Context();
  Store(resolver, std::move(function));
  return resolver;
}

template <class Derived, class Base>
const void* Upcast(const void* value) {
  return static_cast<const Base*>(static_cast<const Derived*>(value));
}

}  // namespace internal
}  // namespace tidemill::graphql
