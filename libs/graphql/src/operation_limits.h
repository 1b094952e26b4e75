#pragma once

#include <vector>

#include <tidemill/graphql/engine.h>

#include "ast.h"
#include "plan.h"
#include "source.h"

namespace tidemill::graphql {

/// Refuses operations that nest too deeply or ask too many fields. The document was validated: fragments have no
/// cycles.
std::vector<DocumentError> CheckLimits(const std::vector<const ast::Operation*>& operations,
                                       const FragmentMap& fragments, const EngineOptions& options);

}  // namespace tidemill::graphql
