#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tidemill/graphql/schema.h>

#include "ast.h"
#include "bound_schema.h"
#include "coercion.h"

namespace tidemill::graphql {

using FragmentMap = std::unordered_map<std::string_view, const ast::Fragment*>;

struct Selection;

/// A field of a response: what is asked for under one name, of one object type.
struct PlannedField {
  std::string_view key;
  std::string json_key;  ///< With colon, and a comma in front if it is not the first.
  const NamedType* parent = nullptr;
  const Field* definition = nullptr;
  const internal::Resolver* resolver = nullptr;  ///< Null of `__typename`, and of a field that is not bound.
  bool is_typename = false;
  bool uses_variables = false;  ///< In its arguments.
  bool ahead = false;           ///< To be resolved before writing, since it or a field below is batched.
  std::uint32_t slot = 0;       ///< Of its coerced arguments in a request.
  std::vector<const ast::Selection*> nodes;
  const Selection* object = nullptr;  ///< What is asked of the result if its type is an object type.
  std::vector<std::pair<const NamedType*, const Selection*>> possible;  ///< If it is abstract.

  const Selection* SelectionOf(const NamedType& type) const;
};

/// The fields that are asked of one object type at one place.
struct Selection {
  const NamedType* type = nullptr;
  std::vector<PlannedField> fields;
  bool ahead = false;                  ///< Some field is.
  std::optional<DocumentError> error;  ///< A condition has no value: the whole selection fails.
};

/// Coerced arguments, or why they are wrong.
struct FieldArguments {
  json::Object values;
  std::optional<DocumentError> error;
};

/// What an operation asks for, with fragments, conditions and equal names merged. Immutable.
struct Plan {
  std::deque<Selection> selections;
  const Selection* root = nullptr;
  std::vector<FieldArguments> arguments;  ///< By slot; of fields that use variables, empty.
};

/// Collects the fields of an operation. `conditions` has the values of the variables that conditions ask.
std::shared_ptr<const Plan> MakePlan(const BoundSchema& schema, const FragmentMap& fragments,
                                     const ast::Operation& operation, const NamedType& root,
                                     const Variables& conditions);

FieldArguments CoerceFieldArguments(const PlannedField& field, const Variables& variables);

}  // namespace tidemill::graphql
