#pragma once

#include <tidemill/model/events.h>
#include <tidemill/model/instigators.h>
#include <tidemill/model/repository_snap.h>

#include "classes.h"

/// The classes that are used outside of the source file which describes them.
namespace tidemill::serdes {

/// The type's own source file instantiates External<Type>.
#define TIDEMILL_EXTERNAL(Type)          \
  extern template struct External<Type>; \
  template <>                            \
  struct Codec<Type> : External<Type> {}

TIDEMILL_EXTERNAL(model::AssetKey);
TIDEMILL_EXTERNAL(model::AssetCheckKey);
TIDEMILL_EXTERNAL(model::ErrorInfo);
TIDEMILL_EXTERNAL(model::Run);
TIDEMILL_EXTERNAL(model::StepOutputHandle);
TIDEMILL_EXTERNAL(model::DagsterEvent);
TIDEMILL_EXTERNAL(model::EventLogEntry);
TIDEMILL_EXTERNAL(model::ConfigFieldSnap);
TIDEMILL_EXTERNAL(model::ConfigTypeSnap);
TIDEMILL_EXTERNAL(model::ResourceDefSnap);
TIDEMILL_EXTERNAL(model::JobSnap);

#undef TIDEMILL_EXTERNAL

template <>
std::string PythonText(const model::AssetKey& key);
template <>
std::string PythonText(const model::AssetCheckKey& key);

/// SolidHandle: a node's name with the handle of the graph around it.
template <>
struct Codec<model::NodeHandle> {
  static void Write(std::string& out, const model::NodeHandle& handle);
  static model::NodeHandle Read(const json::Value& value);
};

template <>
struct Codec<model::StepHandle> {
  static void Write(std::string& out, const model::StepHandle& handle);
  static model::StepHandle Read(const json::Value& value);
};

template <>
struct Codec<model::PartitionsSnap> {
  static void Write(std::string& out, const model::PartitionsSnap& partitions);
  static model::PartitionsSnap Read(const json::Value& value);
};

/// A value's class in a metadata dict.
template <>
struct Codec<model::MetadataValue> {
  static void Write(std::string& out, const model::MetadataValue& value);
  static model::MetadataValue Read(const json::Value& value);
};

/// Metadata as the list of EventMetadataEntry that most classes hold.
struct AsEntries {
  static void Write(std::string& out, const model::Metadata& metadata);
  static void Read(model::Metadata& metadata, const json::Value& value);
};

}  // namespace tidemill::serdes
