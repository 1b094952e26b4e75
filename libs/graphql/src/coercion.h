#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/graphql/type_system.h>

#include "ast.h"
#include "source.h"

namespace tidemill::graphql {

/// The coerced variables of one request: a variable that was neither given nor has a default is absent.
using Variables = json::Object;

/// A literal as a value of `type`; nothing if it is none. `variables` may be null where the literal has no variable.
std::optional<json::Value> ValueFromAst(const ast::Value& value, Type type, const Variables* variables);

/// A literal by itself: enums become strings, absent variables null.
json::Value ValueFromAstUntyped(const ast::Value& value, const Variables* variables);

/// A literal of a scalar or enum. `message` is set, and nothing given, if it is none.
std::optional<json::Value> ParseLeaf(const ast::Value& value, const NamedType& type, const Variables* variables,
                                     std::string& message);

struct CoercedVariables {
  Variables values;
  std::vector<DocumentError> errors;
};

/// The variables of an operation, from what the client sent; errors as the reference words them, at most 50.
CoercedVariables CoerceVariables(const TypeSystem& types, const std::vector<ast::VariableDefinition>& definitions,
                                 const json::Object& inputs);

/// Thrown where a field's arguments or a directive's are wrong at run time.
class ArgumentError final : public Error {
 public:
  ArgumentError(ast::Position position, const std::string& message)
      : Error(Code::kInvalidArgument, message), position_(position) {}
  ast::Position position() const { return position_; }

 private:
  ast::Position position_;
};

/// The arguments of a field or directive written at `position`. Throws ArgumentError.
json::Object CoerceArguments(const std::vector<InputValue>& definitions, const std::vector<ast::Argument>& arguments,
                             ast::Position position, const Variables& variables);

/// The type that a document names; nothing if the schema has none of that name, or if it nests more than 30 levels,
/// which no type of a schema does.
std::optional<Type> TypeFromAst(const TypeSystem& types, const ast::TypeReference& reference);

}  // namespace tidemill::graphql
