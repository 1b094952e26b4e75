#include "type_namespace.h"

#include <string_view>
#include <utility>

#include <tidemill/contract/contract.h>

namespace tidemill::sdk::snapshots {
namespace {

constexpr std::string_view kAnyKey = "Any";
constexpr std::string_view kTypedDictPrefix = "TypedPythonDict.";
constexpr std::string_view kTypedTuplePrefix = "TypedPythonTuple";

}  // namespace

TypeNamespace::TypeNamespace() {
  const auto& contract = contract::Contract::Get();
  for (const std::string& key : contract.builtin_types()) AddSnap(contract.dagster_types().at(key));
}

const std::string& TypeNamespace::Add(const engine::ValueType* type) {
  if (type == nullptr) return snaps_.find(std::string(kAnyKey))->first;
  // Inner types first: the loader of a list needs its items' one.
  for (const model::DagsterTypeSnap& inner : type->inner_types) AddSnap(inner);
  return AddSnap(type->dagster_type);
}

const std::string& TypeNamespace::AddSnap(model::DagsterTypeSnap snap) {
  if (auto known = snaps_.find(snap.key); known != snaps_.end()) return known->first;
  const auto& contract = contract::Contract::Get();
  config::ConfigTypePtr loader;
  if (auto original = contract.dagster_types().find(snap.key); original != contract.dagster_types().end()) {
    snap = original->second;
    loader = contract.Loader(snap.key);
  } else {
    loader = DeriveLoader(snap);
    snap.loader_schema_key = loader ? std::optional(loader->key()) : std::nullopt;
  }
  std::string key = snap.key;
  if (loader) loaders_.emplace(key, std::move(loader));
  return snaps_.emplace(key, std::move(snap)).first->first;
}

config::ConfigTypePtr TypeNamespace::DeriveLoader(const model::DagsterTypeSnap& snap) const {
  if (snap.key.starts_with(kTypedTuplePrefix)) return config::ConfigType::Array(config::ConfigType::Any());
  if (snap.type_param_keys.empty()) return nullptr;
  config::ConfigTypePtr inner = Loader(snap.type_param_keys.back());
  if (!inner) return nullptr;
  if (snap.kind == model::DagsterTypeKind::kList) return config::ConfigType::Array(inner);
  if (snap.kind == model::DagsterTypeKind::kNullable) return config::ConfigType::Noneable(inner);
  if (snap.key.starts_with(kTypedDictPrefix)) return config::ConfigType::Map(config::ConfigType::String(), inner);
  return nullptr;
}

config::ConfigTypePtr TypeNamespace::Loader(const std::string& key) const {
  auto found = loaders_.find(key);
  return found == loaders_.end() ? nullptr : found->second;
}

}  // namespace tidemill::sdk::snapshots
