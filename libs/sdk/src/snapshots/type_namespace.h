#pragma once

#include <map>
#include <string>

#include <tidemill/config/config_type.h>
#include <tidemill/engine/definitions.h>
#include <tidemill/model/job_snap.h>

namespace tidemill::sdk::snapshots {

/// The Dagster types that a job lists: the built-in ones, those of its ports, and what these are made of.
///
/// A type that the contract knows is shown as the contract shows it; a list, dictionary or optional of loadable types
/// gets the loader that Dagster derives for it.
class TypeNamespace final {
 public:
  /// Only the built-in types.
  TypeNamespace();

  /// Adds the type and its inner types; a null type is Any. Gives the key.
  const std::string& Add(const engine::ValueType* type);

  const std::map<std::string, model::DagsterTypeSnap>& snaps() const { return snaps_; }
  /// What a run configuration may give as an input of the type; null if nothing.
  config::ConfigTypePtr Loader(const std::string& key) const;

 private:
  const std::string& AddSnap(model::DagsterTypeSnap snap);
  config::ConfigTypePtr DeriveLoader(const model::DagsterTypeSnap& snap) const;

  std::map<std::string, model::DagsterTypeSnap> snaps_;
  std::map<std::string, config::ConfigTypePtr> loaders_;
};

}  // namespace tidemill::sdk::snapshots
