#include "parser.h"

#include <fmt/format.h>

#include "parser_impl.h"
#include "source.h"

namespace tidemill::graphql {
namespace {

constexpr int kMaxNesting = 200;

}  // namespace

ast::Document ParseDocument(std::string_view source, const ParseOptions& options) {
  return Parser(source, options).Document();
}

ast::Value ParseValue(std::string_view source) { return Parser(source, {}).WholeValue(); }

Parser::Nesting::Nesting(Parser& parser) : parser_(parser) {
  if (++parser_.depth_ <= kMaxNesting) return;
  --parser_.depth_;
  throw SyntaxError(parser_.token_.start, "Document is nested too deeply. Parsing aborted.");
}

Parser::Parser(std::string_view source, const ParseOptions& options)
    : source_(source), options_(options), lexer_(source) {}

void Parser::Advance() {
  token_ = lexer_.Read(token_.end);
  if (options_.max_tokens == 0 || token_.kind == TokenKind::kEnd) return;
  if (++token_count_ > options_.max_tokens) {
    throw SyntaxError(token_.start,
                      fmt::format("Document contains more than {} tokens. Parsing aborted.", options_.max_tokens));
  }
}

Token Parser::Expect(TokenKind kind) {
  if (!Peek(kind)) {
    throw SyntaxError(token_.start, fmt::format("Expected {}, found {}.", DescribeKind(kind), DescribeToken(token_)));
  }
  Token token = std::move(token_);
  token_.end = token.end;
  Advance();
  return token;
}

bool Parser::Take(TokenKind kind) {
  if (!Peek(kind)) return false;
  Advance();
  return true;
}

void Parser::ExpectKeyword(std::string_view keyword) {
  if (!TakeKeyword(keyword)) {
    throw SyntaxError(token_.start, fmt::format("Expected '{}', found {}.", keyword, DescribeToken(token_)));
  }
}

bool Parser::TakeKeyword(std::string_view keyword) {
  if (!PeekKeyword(keyword)) return false;
  Advance();
  return true;
}

void Parser::Unexpected(const Token& token) const {
  throw SyntaxError(token.start, fmt::format("Unexpected {}.", DescribeToken(token)));
}

ast::Document Parser::Document() {
  Advance();
  ast::Document document;
  do {
    document.definitions.push_back(Definition());
  } while (!Peek(TokenKind::kEnd));
  return document;
}

ast::Value Parser::WholeValue() {
  Advance();
  ast::Value value = Value(false);
  Expect(TokenKind::kEnd);
  return value;
}

ast::Definition Parser::Definition() {
  if (Peek(TokenKind::kBraceLeft)) return Operation();
  bool described = PeekDescription();
  Token keyword = described ? Lookahead() : token_;
  if (described && keyword.kind == TokenKind::kBraceLeft) {
    throw SyntaxError(token_.start, "Unexpected description, descriptions are not supported on shorthand queries.");
  }
  if (keyword.kind == TokenKind::kName) {
    using enum ast::DefinitionKind;
    std::string_view word = keyword.text;
    if (word == "query" || word == "mutation" || word == "subscription") return Operation();
    if (word == "fragment") return Fragment();
    if (word == "schema") return Schema(false);
    if (word == "scalar") return TypeDefinition(kScalar, word, false);
    if (word == "type") return TypeDefinition(kObject, word, false);
    if (word == "interface") return TypeDefinition(kInterface, word, false);
    if (word == "union") return TypeDefinition(kUnion, word, false);
    if (word == "enum") return TypeDefinition(kEnum, word, false);
    if (word == "input") return TypeDefinition(kInputObject, word, false);
    if (word == "directive") return DirectiveDefinition();
    if (described) {
      throw SyntaxError(token_.start, "Unexpected description, only GraphQL definitions support descriptions.");
    }
    if (word == "extend") return TypeSystemExtension();
  }
  Unexpected(keyword);
}

ast::Name Parser::Name() {
  Token token = Expect(TokenKind::kName);
  return {token.text, token.start};
}

ast::Operation Parser::Operation() {
  ast::Operation operation;
  operation.position = token_.start;
  if (Peek(TokenKind::kBraceLeft)) {
    operation.selection_set = SelectionSet();
    return operation;
  }
  Description();
  operation.kind = OperationKind();
  if (Peek(TokenKind::kName)) operation.name = Name();
  OptionalMany(TokenKind::kParenLeft, TokenKind::kParenRight,
               [&] { operation.variables.push_back(VariableDefinition()); });
  operation.directives = Directives(false);
  operation.selection_set = SelectionSet();
  return operation;
}

ast::OperationKind Parser::OperationKind() {
  Token token = Expect(TokenKind::kName);
  if (token.text == "query") return ast::OperationKind::kQuery;
  if (token.text == "mutation") return ast::OperationKind::kMutation;
  if (token.text == "subscription") return ast::OperationKind::kSubscription;
  Unexpected(token);
}

ast::VariableDefinition Parser::VariableDefinition() {
  ast::VariableDefinition variable;
  variable.position = token_.start;
  Description();
  variable.variable_position = token_.start;
  Expect(TokenKind::kDollar);
  variable.name = Name();
  Expect(TokenKind::kColon);
  variable.type = Type();
  if (Take(TokenKind::kEquals)) variable.default_value = Value(true);
  variable.directives = Directives(true);
  return variable;
}

ast::SelectionSet Parser::SelectionSet() {
  Nesting nesting(*this);
  ast::SelectionSet set;
  set.position = token_.start;
  Many(TokenKind::kBraceLeft, TokenKind::kBraceRight, [&] { set.selections.push_back(Selection()); });
  return set;
}

ast::Selection Parser::Selection() { return Peek(TokenKind::kSpread) ? FragmentSelection() : Field(); }

ast::Selection Parser::Field() {
  ast::Selection field;
  field.position = token_.start;
  field.name = Name();
  if (Take(TokenKind::kColon)) {
    field.alias = field.name;
    field.name = Name();
  }
  field.arguments = Arguments(false);
  field.directives = Directives(false);
  if (Peek(TokenKind::kBraceLeft)) field.selection_set = std::make_unique<ast::SelectionSet>(SelectionSet());
  return field;
}

ast::Selection Parser::FragmentSelection() {
  ast::Selection selection;
  selection.position = token_.start;
  Expect(TokenKind::kSpread);
  bool conditioned = TakeKeyword("on");
  if (!conditioned && Peek(TokenKind::kName)) {
    selection.kind = ast::SelectionKind::kFragmentSpread;
    selection.name = FragmentName();
    selection.directives = Directives(false);
    return selection;
  }
  selection.kind = ast::SelectionKind::kInlineFragment;
  if (conditioned) selection.type_condition = Name();
  selection.directives = Directives(false);
  selection.selection_set = std::make_unique<ast::SelectionSet>(SelectionSet());
  return selection;
}

ast::Fragment Parser::Fragment() {
  ast::Fragment fragment;
  fragment.position = token_.start;
  Description();
  ExpectKeyword("fragment");
  fragment.name = FragmentName();
  ExpectKeyword("on");
  fragment.type_condition = Name();
  fragment.directives = Directives(false);
  fragment.selection_set = SelectionSet();
  return fragment;
}

ast::Name Parser::FragmentName() {
  if (PeekKeyword("on")) Unexpected(token_);
  return Name();
}

std::vector<ast::Argument> Parser::Arguments(bool constant) {
  std::vector<ast::Argument> arguments;
  OptionalMany(TokenKind::kParenLeft, TokenKind::kParenRight, [&] {
    ast::Argument argument;
    argument.name = Name();
    Expect(TokenKind::kColon);
    argument.value = Value(constant);
    arguments.push_back(std::move(argument));
  });
  return arguments;
}

std::vector<ast::Directive> Parser::Directives(bool constant) {
  std::vector<ast::Directive> directives;
  while (Peek(TokenKind::kAt)) {
    ast::Directive directive;
    directive.position = token_.start;
    Advance();
    directive.name = Name();
    directive.arguments = Arguments(constant);
    directives.push_back(std::move(directive));
  }
  return directives;
}

ast::TypeReference Parser::Type() {
  ast::TypeReference type;
  type.position = token_.start;
  if (Take(TokenKind::kBracketLeft)) {
    type.kind = ast::TypeReference::Kind::kList;
    {
      Nesting nesting(*this);
      type.of = std::make_unique<ast::TypeReference>(Type());
    }
    Expect(TokenKind::kBracketRight);
  } else {
    type.name = Name();
  }
  if (!Take(TokenKind::kBang)) return type;
  ast::TypeReference required;
  required.kind = ast::TypeReference::Kind::kNonNull;
  required.position = type.position;
  required.of = std::make_unique<ast::TypeReference>(std::move(type));
  return required;
}

ast::Value Parser::Value(bool constant) {
  ast::Value value;
  value.position = token_.start;
  switch (token_.kind) {
    case TokenKind::kBracketLeft: {
      Nesting nesting(*this);
      value.kind = ast::ValueKind::kList;
      Advance();
      while (!Take(TokenKind::kBracketRight)) value.items.push_back(Value(constant));
      return value;
    }
    case TokenKind::kBraceLeft: {
      Nesting nesting(*this);
      value.kind = ast::ValueKind::kObject;
      Advance();
      while (!Take(TokenKind::kBraceRight)) {
        ast::ObjectField field;
        field.name = Name();
        Expect(TokenKind::kColon);
        field.value = Value(constant);
        value.fields.push_back(std::move(field));
      }
      return value;
    }
    case TokenKind::kInt:
    case TokenKind::kFloat:
      value.kind = Peek(TokenKind::kInt) ? ast::ValueKind::kInt : ast::ValueKind::kFloat;
      value.text = token_.text;
      break;
    case TokenKind::kString:
    case TokenKind::kBlockString:
      value.kind = ast::ValueKind::kString;
      value.block = Peek(TokenKind::kBlockString);
      value.text = std::move(token_.value);
      break;
    case TokenKind::kName:
      return NamedValue();
    case TokenKind::kDollar:
      return Variable(constant);
    default:
      Unexpected(token_);
  }
  Advance();
  return value;
}

ast::Value Parser::NamedValue() {
  ast::Value value;
  value.position = token_.start;
  value.text = token_.text;
  if (value.text == "true" || value.text == "false") {
    value.kind = ast::ValueKind::kBoolean;
    value.boolean = value.text == "true";
  } else if (value.text != "null") {
    value.kind = ast::ValueKind::kEnum;
  }
  Advance();
  return value;
}

ast::Value Parser::Variable(bool constant) {
  Token dollar = Expect(TokenKind::kDollar);
  if (constant) {
    if (!Peek(TokenKind::kName)) Unexpected(dollar);
    throw SyntaxError(dollar.start, fmt::format("Unexpected variable '${}' in constant value.", token_.text));
  }
  ast::Value value;
  value.kind = ast::ValueKind::kVariable;
  value.position = dollar.start;
  value.text = Name().text;
  return value;
}

}  // namespace tidemill::graphql
