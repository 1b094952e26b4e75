#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ast.h"
#include "lexer.h"
#include "parser.h"

namespace tidemill::graphql {

/// A recursive-descent parser with one token of lookahead. parser.cc has what can be executed and values,
/// parser_type_system.cc has definitions of types.
class Parser final {
 public:
  Parser(std::string_view source, const ParseOptions& options);

  ast::Document Document();
  ast::Value WholeValue();

 private:
  // Tokens.
  void Advance();
  Token Lookahead() const { return lexer_.Read(token_.end); }
  bool Peek(TokenKind kind) const { return token_.kind == kind; }
  bool PeekKeyword(std::string_view keyword) const { return Peek(TokenKind::kName) && token_.text == keyword; }
  Token Expect(TokenKind kind);
  bool Take(TokenKind kind);
  void ExpectKeyword(std::string_view keyword);
  bool TakeKeyword(std::string_view keyword);
  [[noreturn]] void Unexpected(const Token& token) const;

  // Lists: `item` is called until the closing token.
  template <class Item>
  void Many(TokenKind open, TokenKind close, Item item);
  template <class Item>
  void OptionalMany(TokenKind open, TokenKind close, Item item);
  template <class Item>
  void Delimited(TokenKind delimiter, Item item);

  // What can be executed.
  ast::Definition Definition();
  ast::Name Name();
  ast::Operation Operation();
  ast::OperationKind OperationKind();
  ast::VariableDefinition VariableDefinition();
  ast::SelectionSet SelectionSet();
  ast::Selection Selection();
  ast::Selection Field();
  ast::Selection FragmentSelection();
  ast::Fragment Fragment();
  ast::Name FragmentName();
  std::vector<ast::Argument> Arguments(bool constant);
  std::vector<ast::Directive> Directives(bool constant);
  ast::TypeReference Type();
  ast::Value Value(bool constant);
  ast::Value NamedValue();
  ast::Value Variable(bool constant);

  // Definitions of types.
  ast::Definition TypeSystemExtension();
  bool PeekDescription() const { return Peek(TokenKind::kString) || Peek(TokenKind::kBlockString); }
  std::optional<ast::Value> Description();
  ast::SchemaDefinition Schema(bool extension);
  ast::TypeDefinition TypeDefinition(ast::DefinitionKind kind, std::string_view keyword, bool extension);
  void TypeBody(ast::TypeDefinition& type);
  std::vector<ast::Name> Interfaces();
  std::vector<ast::FieldDefinition> Fields();
  std::vector<ast::InputValueDefinition> InputValues(TokenKind open, TokenKind close);
  ast::EnumValueDefinition EnumValue();
  ast::DirectiveDefinition DirectiveDefinition();

  /// Counts a level of nesting for as long as it lives.
  class Nesting final {
   public:
    explicit Nesting(Parser& parser);
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    ~Nesting() { --parser_.depth_; }

   private:
    Parser& parser_;
  };

  std::string_view source_;
  ParseOptions options_;
  Lexer lexer_;
  Token token_;
  std::uint32_t token_count_ = 0;
  int depth_ = 0;
};

template <class Item>
void Parser::Many(TokenKind open, TokenKind close, Item item) {
  Expect(open);
  do {
    item();
  } while (!Take(close));
}

template <class Item>
void Parser::OptionalMany(TokenKind open, TokenKind close, Item item) {
  if (Peek(open)) Many(open, close, item);
}

template <class Item>
void Parser::Delimited(TokenKind delimiter, Item item) {
  Take(delimiter);
  do {
    item();
  } while (Take(delimiter));
}

}  // namespace tidemill::graphql
