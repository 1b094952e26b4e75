#pragma once

#include <map>
#include <string>
#include <string_view>

#include <tidemill/graphql/type_system.h>

#include "ast.h"

namespace tidemill::graphql {

/// Fills a TypeSystem from definitions, once: names first, then what they refer to. Throws Error(kInvalidArgument).
class SdlBuilder final {
 public:
  SdlBuilder(TypeSystem& types, std::string_view sdl);

  void Build();

 private:
  using Extensions = std::multimap<std::string_view, const ast::TypeDefinition*>;

  [[noreturn]] void Fail(ast::Position position, const std::string& message) const;
  void Add(const ast::Document& document, std::string_view source, bool introspection);
  void Declare(const ast::TypeDefinition& definition, bool introspection);
  void Define(NamedType& type, const ast::TypeDefinition& definition);
  void DefineFields(NamedType& type, const ast::TypeDefinition& definition);
  void DefineMembers(NamedType& type, const ast::TypeDefinition& definition);
  void DefineDirective(const ast::DirectiveDefinition& definition);
  void DefineRoots(const ast::SchemaDefinition& definition);
  InputValue MakeInput(const ast::InputValueDefinition& definition);
  /// Defaults may name enums and input objects of the whole text, so that they are read last.
  void ReadDefaults(const ast::Document& document);
  void ReadDefault(InputValue& input, const ast::InputValueDefinition& definition);
  void Link();
  void ListTypes(std::size_t own_count);
  void ListType(const NamedType& type, std::vector<bool>& seen);
  void IndexNames(NamedType& type);
  void DefineMetaFields();

  const NamedType& Named(const ast::Name& name) const;
  const NamedType& Named(const ast::Name& name, TypeKind kind, std::string_view what) const;
  Type Resolve(const ast::TypeReference& reference) const;
  NamedType& Mutable(std::string_view name);

  TypeSystem& types_;
  std::string_view sdl_;
  std::string_view source_;  ///< Of the document at hand, for positions.
  bool roots_given_ = false;
};

}  // namespace tidemill::graphql
