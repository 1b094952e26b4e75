#pragma once

#include <string_view>

#include "ast.h"

namespace tidemill::graphql {

struct ParseOptions {
  /// Tokens that a document may have; 0 is no limit.
  std::uint32_t max_tokens = 0;
};

/// Parses a document of any definitions. The tree views `source`, which must outlive it.
/// Throws SyntaxError, also where values, types or selections nest deeper than 200.
ast::Document ParseDocument(std::string_view source, const ParseOptions& options = {});

/// Parses one value, which may have variables. Throws SyntaxError.
ast::Value ParseValue(std::string_view source);

}  // namespace tidemill::graphql
