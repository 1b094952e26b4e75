#include "schema_check.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <tidemill/base/error.h>

namespace tidemill::graphql {
namespace {

using Problems = std::vector<std::string>;

void CheckFieldOf(const NamedType& type, const NamedType& interface, const Field& wanted, Problems& problems) {
  const Field* field = type.FindField(wanted.name);
  if (field == nullptr) {
    problems.push_back(fmt::format("Interface field {}.{} expected but {} does not provide it.", interface.name,
                                   wanted.name, type.name));
    return;
  }
  if (!TypeSystem::IsSubType(field->type, wanted.type)) {
    problems.push_back(fmt::format("Interface field {0}.{1} expects type {2} but {3}.{1} is type {4}.", interface.name,
                                   wanted.name, wanted.type.Text(), type.name, field->type.Text()));
  }
  for (const InputValue& argument : wanted.arguments) {
    const InputValue* own = field->FindArgument(argument.name);
    if (own == nullptr) {
      problems.push_back(fmt::format("Interface field argument {0}.{1}({2}:) expected but {3}.{1} does not provide it.",
                                     interface.name, wanted.name, argument.name, type.name));
    } else if (own->type != argument.type) {
      problems.push_back(
          fmt::format("Interface field argument {0}.{1}({2}:) expects type {3} but {4}.{1}({2}:) is type {5}.",
                      interface.name, wanted.name, argument.name, argument.type.Text(), type.name, own->type.Text()));
    }
  }
  for (const InputValue& own : field->arguments) {
    if (!own.required() || wanted.FindArgument(own.name) != nullptr) continue;
    problems.push_back(
        fmt::format("Object field {0}.{1} includes required argument {2} that is missing from the "
                    "Interface field {3}.{1}.",
                    type.name, field->name, own.name, interface.name));
  }
}

void CheckInterfaces(const NamedType& type, Problems& problems) {
  auto implements = [&](const NamedType* interface) {
    return std::find(type.interfaces.begin(), type.interfaces.end(), interface) != type.interfaces.end();
  };
  for (const NamedType* interface : type.interfaces) {
    if (interface == &type) {
      problems.push_back(
          fmt::format("Type {} cannot implement itself because it would create a circular reference.", type.name));
      continue;
    }
    if (std::count(type.interfaces.begin(), type.interfaces.end(), interface) > 1) {
      problems.push_back(fmt::format("Type {} can only implement {} once.", type.name, interface->name));
    }
    for (const NamedType* further : interface->interfaces) {
      if (implements(further)) continue;
      problems.push_back(fmt::format("Type {} must implement {} because it is implemented by {}.", type.name,
                                     further->name, interface->name));
    }
    for (const Field& field : interface->fields) CheckFieldOf(type, *interface, field, problems);
  }
}

bool IsEmpty(const NamedType& type) {
  switch (type.kind) {
    case TypeKind::kScalar:
      return false;
    case TypeKind::kObject:
    case TypeKind::kInterface:
      return type.fields.empty();
    case TypeKind::kUnion:
      return type.possible_types.empty();
    case TypeKind::kEnum:
      return type.values.empty();
    case TypeKind::kInputObject:
      return type.input_fields.empty();
  }
  return false;
}

}  // namespace

void CheckSchema(const TypeSystem& types) {
  Problems problems;
  if (types.query() == nullptr) problems.push_back("Query root type must be provided.");
  for (const NamedType& type : types.types()) {
    if (type.name.starts_with("__") && !type.is_introspection) {
      problems.push_back(
          fmt::format("Name '{}' must not begin with '__', which is reserved by GraphQL introspection.", type.name));
    }
    if (IsEmpty(type)) problems.push_back(fmt::format("Type {} must define one or more fields or values.", type.name));
    CheckInterfaces(type, problems);
  }
  if (problems.empty()) return;
  throw Error(Code::kInvalidArgument, fmt::format("GraphQL schema:\n- {}", fmt::join(problems, "\n- ")));
}

}  // namespace tidemill::graphql
