#pragma once

#include <string>
#include <string_view>

#include <tidemill/base/json.h>
#include <tidemill/graphql/type_system.h>

#include "ast.h"

namespace tidemill::graphql {

/// A value as GraphQL text on one line, as error messages show it.
std::string PrintValue(const ast::Value& value);

/// A coerced value as GraphQL text: enums without quotes.
std::string PrintJson(const json::Value& value, Type type);

/// A type as written in a document.
std::string PrintType(const ast::TypeReference& type);

/// A value as Python's repr shows it, shortened beyond 240 characters, 10 items or 2 levels: what graphql-core's
/// messages about wrong values contain.
std::string Inspect(const json::Value& value);

/// A string as GraphQL text, quoted.
void AppendQuotedString(std::string& out, std::string_view text);

}  // namespace tidemill::graphql
