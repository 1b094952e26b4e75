#include <array>

#include <fmt/format.h>

#include "parser_impl.h"
#include "source.h"

namespace tidemill::graphql {
namespace {

constexpr std::array<std::string_view, 20> kDirectiveLocations = {"QUERY",
                                                                  "MUTATION",
                                                                  "SUBSCRIPTION",
                                                                  "FIELD",
                                                                  "FRAGMENT_DEFINITION",
                                                                  "FRAGMENT_SPREAD",
                                                                  "INLINE_FRAGMENT",
                                                                  "VARIABLE_DEFINITION",
                                                                  "SCHEMA",
                                                                  "SCALAR",
                                                                  "OBJECT",
                                                                  "FIELD_DEFINITION",
                                                                  "ARGUMENT_DEFINITION",
                                                                  "INTERFACE",
                                                                  "UNION",
                                                                  "ENUM",
                                                                  "ENUM_VALUE",
                                                                  "INPUT_OBJECT",
                                                                  "INPUT_FIELD_DEFINITION",
                                                                  "DIRECTIVE_DEFINITION"};

}  // namespace

ast::Definition Parser::TypeSystemExtension() {
  using enum ast::DefinitionKind;
  Token keyword = Lookahead();
  if (keyword.kind == TokenKind::kName) {
    std::string_view word = keyword.text;
    if (word == "schema") return Schema(true);
    if (word == "scalar") return TypeDefinition(kScalar, word, true);
    if (word == "type") return TypeDefinition(kObject, word, true);
    if (word == "interface") return TypeDefinition(kInterface, word, true);
    if (word == "union") return TypeDefinition(kUnion, word, true);
    if (word == "enum") return TypeDefinition(kEnum, word, true);
    if (word == "input") return TypeDefinition(kInputObject, word, true);
  }
  Unexpected(keyword);
}

std::optional<ast::Value> Parser::Description() {
  if (!PeekDescription()) return std::nullopt;
  return Value(true);
}

ast::SchemaDefinition Parser::Schema(bool extension) {
  ast::SchemaDefinition schema;
  schema.is_extension = extension;
  schema.position = token_.start;
  if (extension) {
    ExpectKeyword("extend");
  } else {
    schema.description = Description();
  }
  ExpectKeyword("schema");
  schema.directives = Directives(true);
  auto root = [&] {
    ast::RootDefinition definition;
    definition.position = token_.start;
    definition.operation = OperationKind();
    Expect(TokenKind::kColon);
    definition.type = Name();
    schema.roots.push_back(definition);
  };
  if (!extension) {
    Many(TokenKind::kBraceLeft, TokenKind::kBraceRight, root);
    return schema;
  }
  OptionalMany(TokenKind::kBraceLeft, TokenKind::kBraceRight, root);
  if (schema.directives.empty() && schema.roots.empty()) Unexpected(token_);
  return schema;
}

ast::TypeDefinition Parser::TypeDefinition(ast::DefinitionKind kind, std::string_view keyword, bool extension) {
  ast::TypeDefinition type;
  type.kind = kind;
  type.is_extension = extension;
  type.position = token_.start;
  if (extension) {
    ExpectKeyword("extend");
  } else {
    type.description = Description();
  }
  ExpectKeyword(keyword);
  type.name = Name();
  if (kind == ast::DefinitionKind::kObject || kind == ast::DefinitionKind::kInterface) type.interfaces = Interfaces();
  type.directives = Directives(true);
  TypeBody(type);
  bool empty = type.directives.empty() && type.interfaces.empty() && type.fields.empty() && type.members.empty() &&
               type.values.empty() && type.input_fields.empty();
  if (extension && empty) Unexpected(token_);
  return type;
}

void Parser::TypeBody(ast::TypeDefinition& type) {
  switch (type.kind) {
    case ast::DefinitionKind::kScalar:
      break;
    case ast::DefinitionKind::kObject:
    case ast::DefinitionKind::kInterface:
      type.fields = Fields();
      break;
    case ast::DefinitionKind::kUnion:
      if (Take(TokenKind::kEquals)) Delimited(TokenKind::kPipe, [&] { type.members.push_back(Name()); });
      break;
    case ast::DefinitionKind::kEnum:
      OptionalMany(TokenKind::kBraceLeft, TokenKind::kBraceRight, [&] { type.values.push_back(EnumValue()); });
      break;
    case ast::DefinitionKind::kInputObject:
      type.input_fields = InputValues(TokenKind::kBraceLeft, TokenKind::kBraceRight);
      break;
  }
}

std::vector<ast::Name> Parser::Interfaces() {
  std::vector<ast::Name> interfaces;
  if (TakeKeyword("implements")) Delimited(TokenKind::kAmpersand, [&] { interfaces.push_back(Name()); });
  return interfaces;
}

std::vector<ast::FieldDefinition> Parser::Fields() {
  std::vector<ast::FieldDefinition> fields;
  OptionalMany(TokenKind::kBraceLeft, TokenKind::kBraceRight, [&] {
    ast::FieldDefinition field;
    field.position = token_.start;
    field.description = Description();
    field.name = Name();
    field.arguments = InputValues(TokenKind::kParenLeft, TokenKind::kParenRight);
    Expect(TokenKind::kColon);
    field.type = Type();
    field.directives = Directives(true);
    fields.push_back(std::move(field));
  });
  return fields;
}

std::vector<ast::InputValueDefinition> Parser::InputValues(TokenKind open, TokenKind close) {
  std::vector<ast::InputValueDefinition> values;
  OptionalMany(open, close, [&] {
    ast::InputValueDefinition value;
    value.position = token_.start;
    value.description = Description();
    value.name = Name();
    Expect(TokenKind::kColon);
    value.type = Type();
    if (Take(TokenKind::kEquals)) value.default_value = Value(true);
    value.directives = Directives(true);
    values.push_back(std::move(value));
  });
  return values;
}

ast::EnumValueDefinition Parser::EnumValue() {
  ast::EnumValueDefinition value;
  value.position = token_.start;
  value.description = Description();
  if (PeekKeyword("true") || PeekKeyword("false") || PeekKeyword("null")) {
    throw SyntaxError(token_.start,
                      fmt::format("{} is reserved and cannot be used for an enum value.", DescribeToken(token_)));
  }
  value.name = Name();
  value.directives = Directives(true);
  return value;
}

ast::DirectiveDefinition Parser::DirectiveDefinition() {
  ast::DirectiveDefinition directive;
  directive.position = token_.start;
  directive.description = Description();
  ExpectKeyword("directive");
  Expect(TokenKind::kAt);
  directive.name = Name();
  directive.arguments = InputValues(TokenKind::kParenLeft, TokenKind::kParenRight);
  directive.repeatable = TakeKeyword("repeatable");
  ExpectKeyword("on");
  Delimited(TokenKind::kPipe, [&] {
    Token token = token_;
    ast::Name name = Name();
    bool known = false;
    for (std::string_view location : kDirectiveLocations) known = known || location == name.text;
    if (!known) Unexpected(token);
    directive.locations.push_back(name);
  });
  return directive;
}

}  // namespace tidemill::graphql
