#pragma once

#include <vector>

#include <tidemill/graphql/type_system.h>

#include "../ast.h"
#include "../source.h"

namespace tidemill::graphql {

/// What the specification's validation rules find in a document that is to be executed, in the reference's order; at
/// most 100 errors and a last one that says so.
std::vector<DocumentError> Validate(const TypeSystem& types, const ast::Document& document);

}  // namespace tidemill::graphql
