#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The syntax tree of a document, October 2021. Positions are byte offsets into the document's text; names view it.
namespace tidemill::graphql::ast {

using Position = std::uint32_t;

struct Name {
  std::string_view text;
  Position position = 0;
};

enum class ValueKind { kNull, kBoolean, kInt, kFloat, kString, kEnum, kVariable, kList, kObject };

struct ObjectField;

struct Value {
  ValueKind kind = ValueKind::kNull;
  Position position = 0;
  bool boolean = false;
  bool block = false;               ///< Of a string: written as a block.
  std::string text;                 ///< Of a string its value; of a number its digits; of an enum or variable its name.
  std::vector<Value> items;         ///< Of a list.
  std::vector<ObjectField> fields;  ///< Of an object, in the order written, equal names included.
};

struct ObjectField {
  Name name;
  Value value;
};

struct Argument {
  Name name;
  Value value;
};

struct Directive {
  Name name;
  Position position = 0;  ///< Of the `@`.
  std::vector<Argument> arguments;
};

/// A reference to a type as written: `[Run!]!`.
struct TypeReference {
  enum class Kind { kNamed, kList, kNonNull };
  Kind kind = Kind::kNamed;
  Position position = 0;
  Name name;                          ///< Of kNamed.
  std::unique_ptr<TypeReference> of;  ///< Of the others.
};

struct SelectionSet;

enum class SelectionKind { kField, kFragmentSpread, kInlineFragment };

struct Selection {
  SelectionKind kind = SelectionKind::kField;
  Position position = 0;
  Name alias;  ///< Of a field; empty without.
  Name name;   ///< Of a field or spread.
  std::optional<Name> type_condition;
  std::vector<Argument> arguments;
  std::vector<Directive> directives;
  std::unique_ptr<SelectionSet> selection_set;  ///< Null where there is none.

  std::string_view response_name() const { return alias.text.empty() ? name.text : alias.text; }
};

struct SelectionSet {
  Position position = 0;
  std::vector<Selection> selections;
};

enum class OperationKind { kQuery, kMutation, kSubscription };

struct VariableDefinition {
  Position position = 0;
  Name name;                       ///< Without the `$`.
  Position variable_position = 0;  ///< Of the `$`.
  TypeReference type;
  std::optional<Value> default_value;
  std::vector<Directive> directives;
};

struct Operation {
  OperationKind kind = OperationKind::kQuery;
  Position position = 0;
  Name name;  ///< Empty of an anonymous one.
  std::vector<VariableDefinition> variables;
  std::vector<Directive> directives;
  SelectionSet selection_set;
};

struct Fragment {
  Position position = 0;
  Name name;
  Name type_condition;
  std::vector<Directive> directives;
  SelectionSet selection_set;
};

struct InputValueDefinition {
  Position position = 0;
  std::optional<Value> description;
  Name name;
  TypeReference type;
  std::optional<Value> default_value;
  std::vector<Directive> directives;
};

struct FieldDefinition {
  Position position = 0;
  std::optional<Value> description;
  Name name;
  std::vector<InputValueDefinition> arguments;
  TypeReference type;
  std::vector<Directive> directives;
};

struct EnumValueDefinition {
  Position position = 0;
  std::optional<Value> description;
  Name name;
  std::vector<Directive> directives;
};

enum class DefinitionKind { kScalar, kObject, kInterface, kUnion, kEnum, kInputObject };

struct TypeDefinition {
  DefinitionKind kind = DefinitionKind::kScalar;
  bool is_extension = false;
  Position position = 0;
  std::optional<Value> description;
  Name name;
  std::vector<Directive> directives;
  std::vector<Name> interfaces;                    ///< Of objects and interfaces.
  std::vector<FieldDefinition> fields;             ///< Of objects and interfaces.
  std::vector<Name> members;                       ///< Of unions.
  std::vector<EnumValueDefinition> values;         ///< Of enums.
  std::vector<InputValueDefinition> input_fields;  ///< Of input objects.
};

struct RootDefinition {
  OperationKind operation = OperationKind::kQuery;
  Position position = 0;
  Name type;
};

struct SchemaDefinition {
  bool is_extension = false;
  Position position = 0;
  std::optional<Value> description;
  std::vector<Directive> directives;
  std::vector<RootDefinition> roots;
};

struct DirectiveDefinition {
  Position position = 0;
  std::optional<Value> description;
  Name name;
  std::vector<InputValueDefinition> arguments;
  bool repeatable = false;
  std::vector<Name> locations;
};

using Definition = std::variant<Operation, Fragment, SchemaDefinition, TypeDefinition, DirectiveDefinition>;

struct Document {
  std::vector<Definition> definitions;
};

}  // namespace tidemill::graphql::ast
