#pragma once

#include <tidemill/graphql/type_system.h>

namespace tidemill::graphql {

/// What makes a schema unfit beyond its text: no query type, types without fields, objects that do not have what their
/// interfaces ask. Throws Error(kInvalidArgument) that lists all.
void CheckSchema(const TypeSystem& types);

}  // namespace tidemill::graphql
