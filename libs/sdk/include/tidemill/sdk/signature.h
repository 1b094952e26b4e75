#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <tidemill/config/described.h>
#include <tidemill/sdk/call.h>
#include <tidemill/sdk/resource.h>
#include <tidemill/sdk/results.h>

/// Turns a user's function into a detail::Function: what it takes, what it gives, and how to call it.
namespace tidemill::sdk::detail {

template <class... T>
struct TypeList {};

template <class F>
struct SignatureOf : SignatureOf<decltype(&F::operator())> {};
template <class R, class... P>
struct SignatureOf<R(P...)> {
  using Return = R;
  using Parameters = TypeList<P...>;
};
template <class R, class... P>
struct SignatureOf<R (*)(P...)> : SignatureOf<R(P...)> {};
template <class R, class... P>
struct SignatureOf<R (*)(P...) noexcept> : SignatureOf<R(P...)> {};
template <class C, class R, class... P>
struct SignatureOf<R (C::*)(P...) const> : SignatureOf<R(P...)> {};
template <class C, class R, class... P>
struct SignatureOf<R (C::*)(P...) const noexcept> : SignatureOf<R(P...)> {};

template <class F>
using ReturnOf = typename SignatureOf<std::decay_t<F>>::Return;
template <class F>
using ParametersOf = typename SignatureOf<std::decay_t<F>>::Parameters;

// ---- Parameters ----------------------------------------------------------------------------------------------------

enum class ParameterKind { kContext, kConfig, kResource, kInput };

template <class T>
struct ResourceTraits {
  static constexpr bool kIsResource = false;
};
template <class T, ResourceKey Key>
struct ResourceTraits<Resource<T, Key>> {
  static constexpr bool kIsResource = true;
  using Type = T;
  static constexpr const char* kKey = Key.value;
};

template <class P>
constexpr ParameterKind KindOf() {
  using T = std::remove_cvref_t<P>;
  if constexpr (std::same_as<T, AssetContext>) {
    static_assert(std::same_as<P, AssetContext&>, "tidemill: take the context by reference: AssetContext&");
    return ParameterKind::kContext;
  } else {
    static_assert(!std::is_lvalue_reference_v<P> || std::is_const_v<std::remove_reference_t<P>>,
                  "tidemill: inputs are shared: take them by value or by const&");
    static_assert(!std::is_rvalue_reference_v<P>, "tidemill: inputs are shared: take them by value or by const&");
    if constexpr (std::derived_from<T, Config>) {
      return ParameterKind::kConfig;
    } else if constexpr (ResourceTraits<T>::kIsResource) {
      return ParameterKind::kResource;
    } else {
      return ParameterKind::kInput;
    }
  }
}

/// How many of the parameters before the I-th are of its kind.
template <std::size_t I, class... P>
constexpr std::size_t PositionInKind() {
  constexpr ParameterKind kKinds[] = {KindOf<P>()...};
  std::size_t position = 0;
  for (std::size_t i = 0; i < I; ++i) position += kKinds[i] == kKinds[I] ? 1 : 0;
  return position;
}

template <class List, class... Found>
struct InputsIn;
template <class... Found>
struct InputsIn<TypeList<>, Found...> {
  using Type = TypeList<Found...>;
};
template <class P, class... Rest, class... Found>
struct InputsIn<TypeList<P, Rest...>, Found...>
    : std::conditional_t<KindOf<P>() == ParameterKind::kInput,
                         InputsIn<TypeList<Rest...>, Found..., std::remove_cvref_t<P>>,
                         InputsIn<TypeList<Rest...>, Found...>> {};
/// The types of a function's inputs, in order.
template <class F>
using InputsOf = typename InputsIn<ParametersOf<F>>::Type;

template <class P, std::size_t Position>
decltype(auto) Argument(Call& call) {
  using T = std::remove_cvref_t<P>;
  constexpr ParameterKind kKind = KindOf<P>();
  if constexpr (kKind == ParameterKind::kContext) {
    return (call.context());
  } else if constexpr (kKind == ParameterKind::kConfig) {
    return config::FromConfig<T>(call.config());
  } else if constexpr (kKind == ParameterKind::kResource) {
    return T(std::static_pointer_cast<typename ResourceTraits<T>::Type>(call.Resource(Position)));
  } else {
    return (ValueAs<T>(call.input(Position)));
  }
}

template <class P>
void AddParameter(Function& function) {
  using T = std::remove_cvref_t<P>;
  constexpr ParameterKind kKind = KindOf<P>();
  if constexpr (kKind == ParameterKind::kConfig) {
    function.config = [] { return config::FieldOf<T>(); };
  } else if constexpr (kKind == ParameterKind::kResource) {
    using Type = typename ResourceTraits<T>::Type;
    function.resources.push_back({typeid(Type), DemangledName(typeid(Type)), ResourceTraits<T>::kKey});
  } else if constexpr (kKind == ParameterKind::kInput) {
    function.inputs.push_back(&ValueTypeOf<T>());
  }
}

// ---- Return values -------------------------------------------------------------------------------------------------

/// The type that downstream gets of one returned value, and whether there always is one.
template <class R>
struct Returned {
  using Type = R;
  static constexpr bool kIsRequired = true;
};
template <>
struct Returned<void> : Returned<Nothing> {};
template <>
struct Returned<MaterializeResult> : Returned<Nothing> {};
template <>
struct Returned<DataVersion> : Returned<Nothing> {};
template <class T>
struct Returned<Output<T>> : Returned<T> {};
template <class T>
struct Returned<OptionalOutput<T>> {
  using Type = T;
  static constexpr bool kIsRequired = false;
};

/// What a function leaves behind that stores its asset itself: no value that an IO manager could load. Its Dagster type
/// is Any, as that of a Python function which returns a MaterializeResult.
struct Unstored {};

template <class R>
OutputSlot SlotOf(std::string name) {
  using Type = std::conditional_t<std::same_as<R, MaterializeResult>, Unstored, typename Returned<R>::Type>;
  return {std::move(name), &ValueTypeOf<Type>(), Returned<R>::kIsRequired};
}

inline void EmitReturned(Call& call, std::size_t output, Nothing) { call.EmitDone(output); }
inline void EmitReturned(Call& call, std::size_t, MaterializeResult result) { call.Emit(std::move(result)); }
inline void EmitReturned(Call& call, std::size_t output, DataVersion version) {
  call.EmitDone(output, {.data_version = std::move(version.value)});
}
template <class T>
void EmitReturned(Call& call, std::size_t output, Output<T> result) {
  OutputExtras extras{std::move(result.metadata), std::move(result.data_version), std::move(result.tags)};
  if constexpr (std::same_as<T, Nothing>) {
    call.EmitDone(output, std::move(extras));
  } else {
    call.Emit(output, MakeValue(std::move(result.value)), std::move(extras));
  }
  for (auto& check : result.checks) call.Emit(std::move(check));
}
template <class T>
void EmitReturned(Call& call, std::size_t output, OptionalOutput<T> result) {
  if (result) EmitReturned(call, output, std::move(*result));
}
template <class T>
void EmitReturned(Call& call, std::size_t output, T value) {
  call.Emit(output, MakeValue(std::move(value)));
}

template <class R>
inline constexpr bool kIsTuple = false;
template <class... T>
inline constexpr bool kIsTuple<std::tuple<T...>> = true;

/// One output: any return type.
template <class R>
struct SingleReturn {
  using Outputs = TypeList<typename Returned<R>::Type>;
  static std::vector<OutputSlot> Slots() { return {SlotOf<R>("")}; }
  static void Emit(Call& call, R result) { EmitReturned(call, 0, std::move(result)); }
};
template <>
struct SingleReturn<void> {
  using Outputs = TypeList<Nothing>;
  static std::vector<OutputSlot> Slots() { return {SlotOf<void>("")}; }
  static void Emit(Call& call) { call.EmitDone(0); }
};

/// Several outputs: the elements of a tuple or the members of a described struct, or whatever the function yields.
template <class R>
struct SeveralReturn;
template <class... T>
struct SeveralReturn<std::tuple<T...>> {
  using Outputs = TypeList<typename Returned<T>::Type...>;
  static std::vector<OutputSlot> Slots() { return {SlotOf<T>("")...}; }
  static void Emit(Call& call, std::tuple<T...> results) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (EmitReturned(call, I, std::move(std::get<I>(results))), ...); }
    (std::index_sequence_for<T...>());
  }
};
template <DescribedStruct R>
struct SeveralReturn<R> {
  using Outputs = TypeList<>;
  static std::vector<OutputSlot> Slots() {
    std::vector<OutputSlot> slots;
    boost::mp11::mp_for_each<MembersOf<R>>([&slots](auto member) {
      slots.push_back(SlotOf<std::decay_t<decltype(std::declval<R>().*member.pointer)>>(member.name));
    });
    return slots;
  }
  static void Emit(Call& call, R results) {
    std::size_t output = 0;
    boost::mp11::mp_for_each<MembersOf<R>>(
        [&](auto member) { EmitReturned(call, output++, std::move(results.*member.pointer)); });
  }
};
template <>
struct SeveralReturn<void> {
  using Outputs = TypeList<>;
  static std::vector<OutputSlot> Slots() { return {}; }
  static void Emit(Call&) {}
};
template <>
struct SeveralReturn<std::vector<MaterializeResult>> {
  using Outputs = TypeList<>;
  static std::vector<OutputSlot> Slots() { return {}; }
  static void Emit(Call& call, std::vector<MaterializeResult> results) {
    for (auto& result : results) call.Emit(std::move(result));
  }
};

/// An asset check's result.
template <class R>
struct CheckReturn {
  static_assert(std::same_as<R, CheckResult> || std::same_as<R, bool>,
                "tidemill: an asset check returns CheckResult or bool");
  using Outputs = TypeList<>;
  static std::vector<OutputSlot> Slots() { return {}; }
  static void Emit(Call& call, R result) {
    if constexpr (std::same_as<R, bool>) {
      call.Emit(CheckResult{.passed = result});
    } else {
      call.Emit(std::move(result));
    }
  }
};

/// An op: a tuple is several outputs.
template <class R>
using OpReturn = std::conditional_t<kIsTuple<R>, SeveralReturn<R>, SingleReturn<R>>;

// ---- The function --------------------------------------------------------------------------------------------------

template <template <class> class Return, class F, class... P>
Function MakeFunction(F function, TypeList<P...>) {
  using R = ReturnOf<F>;
  Function erased;
  (AddParameter<P>(erased), ...);
  erased.outputs = Return<R>::Slots();
  erased.invoke = [function = std::move(function)](Call& call) {
    call.LoadInputs();
    const auto invoke = [&]<std::size_t... I>(std::index_sequence<I...>)->R {
      return std::invoke(function, Argument<P, PositionInKind<I, P...>()>(call)...);
    };
    if constexpr (std::is_void_v<R>) {
      invoke(std::index_sequence_for<P...>());
      Return<R>::Emit(call);
    } else {
      Return<R>::Emit(call, invoke(std::index_sequence_for<P...>()));
    }
  };
  return erased;
}

template <template <class> class Return, class F>
Function MakeFunction(F function) {
  return MakeFunction<Return>(std::move(function), ParametersOf<F>());
}

}  // namespace tidemill::sdk::detail
