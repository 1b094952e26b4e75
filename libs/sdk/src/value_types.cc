#include <algorithm>
#include <cstdlib>

#include <cxxabi.h>
#include <fmt/format.h>

#include <tidemill/sdk/value_types.h>

namespace tidemill::sdk::detail {
namespace {

using model::DagsterTypeKind;

// The configuration types from which Dagster can load an input of a built-in type; fixed by Dagster's own schema.
constexpr const char* kAnyLoader = "Selector.f2fe6dfdc60a1947a8f8e7cd377a012b47065bc4";
constexpr const char* kIntLoader = "ScalarUnion.Int-Selector.a9799b971d12ace70a2d8803c883c863417d0725";
constexpr const char* kFloatLoader = "ScalarUnion.Float-Selector.d00a37e3807d37c9f69cc62997c4a5f4a176e5c3";
constexpr const char* kBoolLoader = "ScalarUnion.Bool-Selector.be5d518b39e86a43c5f2eecaf538c1f6c7711b59";
constexpr const char* kStringLoader = "ScalarUnion.String-Selector.e04723c9d9937e3ab21206435b22247cfbe58269";

DagsterTypeSnap BuiltIn(DagsterTypeKind kind, const char* name, std::optional<std::string> loader) {
  DagsterTypeSnap snap;
  snap.kind = kind;
  snap.key = name;
  snap.name = name;
  snap.display_name = name;
  snap.is_builtin = true;
  snap.loader_schema_key = std::move(loader);
  return snap;
}

std::optional<std::string> WrapLoader(std::string_view wrapper, const DagsterTypeSnap& inner) {
  if (!inner.loader_schema_key) return {};
  return fmt::format("{}.{}", wrapper, *inner.loader_schema_key);
}

}  // namespace

DagsterTypeSnap AnyType() { return BuiltIn(DagsterTypeKind::kAny, "Any", kAnyLoader); }
DagsterTypeSnap IntType() { return BuiltIn(DagsterTypeKind::kScalar, "Int", kIntLoader); }
DagsterTypeSnap FloatType() { return BuiltIn(DagsterTypeKind::kScalar, "Float", kFloatLoader); }
DagsterTypeSnap BoolType() { return BuiltIn(DagsterTypeKind::kScalar, "Bool", kBoolLoader); }
DagsterTypeSnap StringType() { return BuiltIn(DagsterTypeKind::kScalar, "String", kStringLoader); }
DagsterTypeSnap NothingType() { return BuiltIn(DagsterTypeKind::kNothing, "Nothing", {}); }

DagsterTypeSnap DictType() {
  DagsterTypeSnap snap;
  snap.key = "PythonDict";
  snap.name = "dict";
  snap.display_name = "dict";
  snap.loader_schema_key = "Permissive";
  return snap;
}

DagsterTypeSnap ListType(const DagsterTypeSnap& item) {
  DagsterTypeSnap snap;
  snap.kind = DagsterTypeKind::kList;
  snap.key = fmt::format("List.{}", item.key);
  snap.display_name = fmt::format("[{}]", item.display_name);
  snap.type_param_keys = {item.key};
  snap.loader_schema_key = WrapLoader("Array", item);
  return snap;
}

DagsterTypeSnap OptionalType(const DagsterTypeSnap& inner) {
  DagsterTypeSnap snap;
  snap.kind = DagsterTypeKind::kNullable;
  snap.key = fmt::format("Optional.{}", inner.key);
  snap.display_name = fmt::format("{}?", inner.display_name);
  snap.type_param_keys = {inner.key};
  snap.loader_schema_key = WrapLoader("Noneable", inner);
  return snap;
}

DagsterTypeSnap TypedDictType(const DagsterTypeSnap& item) {
  DagsterTypeSnap snap;
  snap.key = fmt::format("TypedPythonDict.String.{}", item.key);
  snap.display_name = fmt::format("Dict[String,{}]", item.display_name);
  snap.type_param_keys = {"String", item.key};
  snap.loader_schema_key = WrapLoader("Map.String", item);
  return snap;
}

DagsterTypeSnap TupleType(const std::vector<DagsterTypeSnap>& items) {
  DagsterTypeSnap snap;
  std::string names;
  for (const auto& item : items) {
    snap.type_param_keys.push_back(item.key);
    names += (names.empty() ? "" : ",") + item.display_name;
  }
  snap.key = fmt::format("TypedPythonTuple{}", fmt::join(snap.type_param_keys, "."));
  snap.display_name = fmt::format("Tuple[{}]", names);
  snap.loader_schema_key = "Array.Any";
  return snap;
}

void AddInner(std::vector<DagsterTypeSnap>& inner, const engine::ValueType& type) {
  const auto add = [&inner](const DagsterTypeSnap& snap) {
    if (std::ranges::find(inner, snap.key, &DagsterTypeSnap::key) == inner.end()) inner.push_back(snap);
  };
  add(type.dagster_type);
  for (const auto& each : type.inner_types) add(each);
}

void SetTuple(engine::ValueType& type, const std::vector<const engine::ValueType*>& items) {
  std::vector<DagsterTypeSnap> snaps;
  for (const auto* item : items) {
    AddInner(type.inner_types, *item);
    snaps.push_back(item->dagster_type);
  }
  type.dagster_type = TupleType(snaps);
}

std::string DemangledName(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                    std::free);
  std::string text = status == 0 ? name.get() : type.name();
  // How people write it.
  for (const auto& [from, to] : {std::pair<std::string_view, std::string_view>{
           "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >", "std::string"}}) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from)) text.replace(at, from.size(), to);
  }
  return text;
}

engine::ValueType EmptyValueType(const std::type_info& type) {
  return {type, DemangledName(type), AnyType(), {}, {}, {}, {}, {}, {}, {}, nullptr};
}

void ThrowWrongType(const engine::ValueType& actual, const engine::ValueType& expected) {
  throw Error(Code::kInvalidArgument,
              fmt::format("expected a value of type {}, got one of type {}", expected.cpp_name, actual.cpp_name));
}

void ThrowNoValue(const engine::ValueType& expected) {
  throw Error(Code::kInvalidArgument, fmt::format("expected a value of type {}, got none", expected.cpp_name));
}

void CheckAllRead(const ByteReader& reader) {
  if (reader.at_end()) return;
  throw Error(Code::kDataLoss, "the stored value is longer than its type; was it written for another type?");
}

}  // namespace tidemill::sdk::detail
