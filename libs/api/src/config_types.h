#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tidemill/graphql/schema.h>
#include <tidemill/model/config_snap.h>

namespace tidemill::api {

/// One type of a configuration schema, and the schema, in which it refers to others by key.
struct ConfigType {
  const model::ConfigSchemaSnap* schema;
  const model::ConfigTypeSnap* snap;
};

/// A field of a configuration.
struct ConfigField {
  const model::ConfigSchemaSnap* schema;
  const model::ConfigFieldSnap* snap;
};

/// Throws Error(kDataLoss) if the schema has no type of this key.
ConfigType FindConfigType(const model::ConfigSchemaSnap& schema, const std::string& key);
/// Nothing where there is no field, or where its type is hidden by a configuration that is fixed.
std::optional<ConfigField> FieldWithKnownType(const model::ConfigSchemaSnap& schema,
                                              const std::optional<model::ConfigFieldSnap>& field);

void BindConfigTypes(graphql::Schema& schema);

}  // namespace tidemill::api
