#include "sdl_builder.h"

#include <algorithm>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "coercion.h"
#include "parser.h"
#include "print_value.h"
#include "schema_check.h"
#include "source.h"
#include "specified_types.h"

namespace tidemill::graphql {
namespace {

TypeKind KindOf(ast::DefinitionKind kind) { return static_cast<TypeKind>(kind); }

std::optional<std::string> Text(const std::optional<ast::Value>& description) {
  return description ? std::optional(description->text) : std::nullopt;
}

const ast::Directive* FindDirective(const std::vector<ast::Directive>& directives, std::string_view name) {
  for (const ast::Directive& directive : directives) {
    if (directive.name.text == name) return &directive;
  }
  return nullptr;
}

std::optional<std::string> DeprecationReason(const std::vector<ast::Directive>& directives) {
  const ast::Directive* deprecated = FindDirective(directives, "deprecated");
  if (deprecated == nullptr) return std::nullopt;
  for (const ast::Argument& argument : deprecated->arguments) {
    if (argument.name.text == "reason") return argument.value.text;
  }
  return "No longer supported";
}

ScalarKind ScalarOf(std::string_view name) {
  if (name == "Int") return ScalarKind::kInt;
  if (name == "Float") return ScalarKind::kFloat;
  if (name == "String") return ScalarKind::kString;
  if (name == "Boolean") return ScalarKind::kBoolean;
  if (name == "ID") return ScalarKind::kId;
  return ScalarKind::kCustom;
}

/// Whether the text gives this itself, in which case the specification's is left out.
template <class Definition>
bool Defines(const ast::Document& document, std::string_view name) {
  return std::any_of(document.definitions.begin(), document.definitions.end(), [&](const ast::Definition& each) {
    const auto* definition = std::get_if<Definition>(&each);
    return definition != nullptr && definition->name.text == name;
  });
}

}  // namespace

SdlBuilder::SdlBuilder(TypeSystem& types, std::string_view sdl) : types_(types), sdl_(sdl), source_(sdl) {}

void SdlBuilder::Fail(ast::Position position, const std::string& message) const {
  Location location = LocationOf(source_, position);
  throw Error(Code::kInvalidArgument,
              fmt::format("GraphQL schema, line {}, column {}: {}", location.line, location.column, message));
}

void SdlBuilder::Build() {
  ast::Document own;
  try {
    own = ParseDocument(sdl_);
  } catch (const SyntaxError& error) {
    Fail(error.position(), error.what());
  }
  ast::Document specified = ParseDocument(kSpecifiedTypes);
  std::erase_if(specified.definitions, [&](const ast::Definition& each) {
    const auto* type = std::get_if<ast::TypeDefinition>(&each);
    const auto* directive = std::get_if<ast::DirectiveDefinition>(&each);
    if (type != nullptr) return Defines<ast::TypeDefinition>(own, type->name.text);
    return directive != nullptr && Defines<ast::DirectiveDefinition>(own, directive->name.text);
  });
  std::size_t own_count = 0;
  for (bool introspection : {false, true}) {
    if (introspection) own_count = types_.types_.size();
    source_ = introspection ? kSpecifiedTypes : sdl_;
    for (const ast::Definition& each : (introspection ? specified : own).definitions) {
      const auto* type = std::get_if<ast::TypeDefinition>(&each);
      if (type != nullptr && !type->is_extension) Declare(*type, introspection);
    }
  }
  Add(own, sdl_, false);
  Add(specified, kSpecifiedTypes, true);
  if (!roots_given_) {
    types_.query_ = types_.Find("Query");
    types_.mutation_ = types_.Find("Mutation");
    types_.subscription_ = types_.Find("Subscription");
  }
  DefineMetaFields();
  Link();
  ReadDefaults(own);
  ReadDefaults(specified);
  ListTypes(own_count);
  CheckSchema(types_);
}

void SdlBuilder::Declare(const ast::TypeDefinition& definition, bool introspection) {
  NamedType type;
  type.kind = KindOf(definition.kind);
  type.name = definition.name.text;
  type.id = static_cast<std::uint32_t>(types_.types_.size());
  type.is_introspection = introspection && type.name.starts_with("__");
  if (type.kind == TypeKind::kScalar) type.scalar = ScalarOf(type.name);
  type.description = Text(definition.description);
  if (types_.Find(type.name) != nullptr) {
    Fail(definition.name.position, fmt::format("There can be only one type named '{}'.", type.name));
  }
  types_.types_.push_back(std::move(type));
  NamedType& stored = types_.types_.back();
  types_.by_name_.emplace(stored.name, &stored);
}

void SdlBuilder::Add(const ast::Document& document, std::string_view source, bool introspection) {
  source_ = source;
  // Extensions come after all definitions, in the order written.
  for (bool extensions : {false, true}) {
    for (const ast::Definition& each : document.definitions) {
      if (const auto* type = std::get_if<ast::TypeDefinition>(&each); type && type->is_extension == extensions) {
        NamedType& target = Mutable(Named(type->name).name);
        if (target.kind != KindOf(type->kind)) {
          Fail(type->position, fmt::format("Cannot extend type '{}': it is of another kind.", target.name));
        }
        Define(target, *type);
      } else if (const auto* schema = std::get_if<ast::SchemaDefinition>(&each);
                 schema && schema->is_extension == extensions) {
        DefineRoots(*schema);
      }
    }
  }
  for (const ast::Definition& each : document.definitions) {
    if (const auto* directive = std::get_if<ast::DirectiveDefinition>(&each)) DefineDirective(*directive);
    if (const auto* operation = std::get_if<ast::Operation>(&each); operation && !introspection) {
      Fail(operation->position, "a schema holds definitions of types, not operations");
    }
  }
}

void SdlBuilder::Define(NamedType& type, const ast::TypeDefinition& definition) {
  if (const ast::Directive* specified_by = FindDirective(definition.directives, "specifiedBy")) {
    for (const ast::Argument& argument : specified_by->arguments) type.specified_by_url = argument.value.text;
  }
  if (FindDirective(definition.directives, "oneOf") != nullptr) type.is_one_of = true;
  DefineFields(type, definition);
  DefineMembers(type, definition);
}

void SdlBuilder::DefineFields(NamedType& type, const ast::TypeDefinition& definition) {
  for (const ast::Name& name : definition.interfaces) {
    type.interfaces.push_back(&Named(name, TypeKind::kInterface, "implement"));
  }
  for (const ast::FieldDefinition& each : definition.fields) {
    Field field;
    field.name = each.name.text;
    field.description = Text(each.description);
    field.type = Resolve(each.type);
    field.deprecation_reason = DeprecationReason(each.directives);
    if (!field.type.named().is_output()) {
      Fail(each.type.position,
           fmt::format("The type of {}.{} must be Output Type but got: {}.", type.name, field.name, field.type.Text()));
    }
    for (const ast::InputValueDefinition& argument : each.arguments) {
      if (field.FindArgument(argument.name.text) != nullptr) {
        Fail(argument.position,
             fmt::format("Argument '{}.{}({}:)' can only be defined once.", type.name, field.name, argument.name.text));
      }
      field.arguments.push_back(MakeInput(argument));
    }
    type.fields.push_back(std::move(field));
    if (std::count_if(type.fields.begin(), type.fields.end(),
                      [&](const Field& other) { return other.name == each.name.text; }) > 1) {
      Fail(each.position, fmt::format("Field '{}.{}' can only be defined once.", type.name, each.name.text));
    }
  }
}

void SdlBuilder::DefineMembers(NamedType& type, const ast::TypeDefinition& definition) {
  for (const ast::Name& member : definition.members) {
    type.possible_types.push_back(&Named(member, TypeKind::kObject, "include"));
  }
  for (const ast::EnumValueDefinition& each : definition.values) {
    if (std::any_of(type.values.begin(), type.values.end(),
                    [&](const EnumValue& other) { return other.name == each.name.text; })) {
      Fail(each.position, fmt::format("Enum value '{}.{}' can only be defined once.", type.name, each.name.text));
    }
    type.values.push_back({std::string(each.name.text), Text(each.description), DeprecationReason(each.directives)});
  }
  for (const ast::InputValueDefinition& each : definition.input_fields) {
    if (std::any_of(type.input_fields.begin(), type.input_fields.end(),
                    [&](const InputValue& other) { return other.name == each.name.text; })) {
      Fail(each.position, fmt::format("Field '{}.{}' can only be defined once.", type.name, each.name.text));
    }
    type.input_fields.push_back(MakeInput(each));
  }
}

InputValue SdlBuilder::MakeInput(const ast::InputValueDefinition& definition) {
  InputValue input;
  input.name = definition.name.text;
  input.description = Text(definition.description);
  input.type = Resolve(definition.type);
  input.deprecation_reason = DeprecationReason(definition.directives);
  if (!input.type.named().is_input()) {
    Fail(definition.type.position,
         fmt::format("The type of '{}' must be Input Type but got: '{}'.", input.name, input.type.Text()));
  }
  return input;
}

void SdlBuilder::DefineDirective(const ast::DirectiveDefinition& definition) {
  Directive directive;
  directive.name = definition.name.text;
  directive.description = Text(definition.description);
  directive.repeatable = definition.repeatable;
  for (const ast::InputValueDefinition& argument : definition.arguments) {
    directive.arguments.push_back(MakeInput(argument));
  }
  for (const ast::Name& location : definition.locations) directive.locations.emplace_back(location.text);
  if (types_.FindDirective(directive.name) != nullptr) {
    Fail(definition.position, fmt::format("There can be only one directive named '@{}'.", directive.name));
  }
  types_.directives_.push_back(std::move(directive));
}

void SdlBuilder::DefineRoots(const ast::SchemaDefinition& definition) {
  roots_given_ = roots_given_ || !definition.is_extension;
  if (definition.description) types_.description_ = definition.description->text;
  for (const ast::RootDefinition& root : definition.roots) {
    const NamedType& type = Named(root.type, TypeKind::kObject, "have as a root");
    switch (root.operation) {
      case ast::OperationKind::kQuery:
        types_.query_ = &type;
        break;
      case ast::OperationKind::kMutation:
        types_.mutation_ = &type;
        break;
      case ast::OperationKind::kSubscription:
        types_.subscription_ = &type;
        break;
    }
  }
}

void SdlBuilder::ReadDefaults(const ast::Document& document) {
  for (const ast::Definition& each : document.definitions) {
    if (const auto* definition = std::get_if<ast::TypeDefinition>(&each)) {
      NamedType& type = Mutable(definition->name.text);
      for (const ast::FieldDefinition& field : definition->fields) {
        Field& target = type.fields[type.index.at(field.name.text)];
        for (std::size_t i = 0; i < field.arguments.size(); ++i) ReadDefault(target.arguments[i], field.arguments[i]);
      }
      for (const ast::InputValueDefinition& field : definition->input_fields) {
        ReadDefault(type.input_fields[type.index.at(field.name.text)], field);
      }
    } else if (const auto* directive = std::get_if<ast::DirectiveDefinition>(&each)) {
      for (Directive& target : types_.directives_) {
        if (target.name != directive->name.text) continue;
        for (std::size_t i = 0; i < directive->arguments.size(); ++i) {
          ReadDefault(target.arguments[i], directive->arguments[i]);
        }
      }
    }
  }
}

void SdlBuilder::ReadDefault(InputValue& input, const ast::InputValueDefinition& definition) {
  if (!definition.default_value) return;
  input.default_value = ValueFromAst(*definition.default_value, input.type, nullptr);
  if (!input.default_value) {
    source_ = sdl_;
    Fail(definition.default_value->position,
         fmt::format("'{}' is no value of type '{}'.", PrintValue(*definition.default_value), input.type.Text()));
  }
  input.default_text = PrintJson(*input.default_value, input.type);
}

void SdlBuilder::Link() {
  std::size_t count = types_.types_.size();
  for (NamedType& type : types_.types_) {
    IndexNames(type);
    if (type.is_abstract()) type.sub_types.assign(count, false);
    for (const NamedType* member : type.possible_types) type.sub_types[member->id] = true;
  }
  for (NamedType& type : types_.types_) {
    for (const NamedType* each : type.interfaces) {
      NamedType& interface = types_.types_[each->id];
      interface.sub_types[type.id] = true;
      auto& list = type.kind == TypeKind::kObject ? interface.possible_types : interface.implementing_interfaces;
      list.push_back(&type);
    }
  }
}

void SdlBuilder::ListTypes(std::size_t own_count) {
  std::vector<bool> seen(types_.types_.size());
  std::fill_n(seen.begin(), own_count, true);
  for (std::size_t i = 0; i < own_count; ++i) {
    seen[i] = false;
    ListType(types_.types_[i], seen);
  }
  for (const Directive& directive : types_.directives_) {
    for (const InputValue& argument : directive.arguments) ListType(argument.type.named(), seen);
  }
  ListType(types_.schema_field_.type.named(), seen);
  for (const NamedType& type : types_.types_) {
    if (!seen[type.id]) types_.by_name_.erase(type.name);
  }
}

void SdlBuilder::ListType(const NamedType& type, std::vector<bool>& seen) {
  if (seen[type.id]) return;
  seen[type.id] = true;
  types_.listed_.push_back(&type);
  if (type.kind == TypeKind::kUnion) {
    for (const NamedType* member : type.possible_types) ListType(*member, seen);
  }
  for (const NamedType* interface : type.interfaces) ListType(*interface, seen);
  for (const Field& field : type.fields) {
    ListType(field.type.named(), seen);
    for (const InputValue& argument : field.arguments) ListType(argument.type.named(), seen);
  }
  for (const InputValue& field : type.input_fields) ListType(field.type.named(), seen);
}

void SdlBuilder::IndexNames(NamedType& type) {
  std::uint32_t i = 0;
  for (const Field& field : type.fields) type.index.emplace(field.name, i++);
  for (const InputValue& field : type.input_fields) type.index.emplace(field.name, i++);
  for (const EnumValue& value : type.values) type.index.emplace(value.name, i++);
}

void SdlBuilder::DefineMetaFields() {
  auto type = [&](std::string_view name) { return Type(types_.Find(name)); };
  types_.typename_field_ = {"__typename", "The name of the object's type.", {}, type("String").NonNull(), {}};
  types_.schema_field_ = {"__schema", "The schema of this server.", {}, type("__Schema").NonNull(), {}};
  InputValue name;
  name.name = "name";
  name.type = type("String").NonNull();
  types_.type_field_ = {"__type", "The type of that name.", {name}, type("__Type"), {}};
}

const NamedType& SdlBuilder::Named(const ast::Name& name) const {
  const NamedType* type = types_.Find(name.text);
  if (type == nullptr) Fail(name.position, fmt::format("Unknown type '{}'.", name.text));
  return *type;
}

const NamedType& SdlBuilder::Named(const ast::Name& name, TypeKind kind, std::string_view what) const {
  const NamedType& type = Named(name);
  if (type.kind != kind) {
    Fail(name.position, fmt::format("can only {} {} types, '{}' is none", what,
                                    kind == TypeKind::kObject ? "object" : "interface", name.text));
  }
  return type;
}

Type SdlBuilder::Resolve(const ast::TypeReference& reference) const {
  switch (reference.kind) {
    case ast::TypeReference::Kind::kNamed:
      return Type(&Named(reference.name));
    case ast::TypeReference::Kind::kList:
      return Resolve(*reference.of).ListOf();
    case ast::TypeReference::Kind::kNonNull:
      break;
  }
  return Resolve(*reference.of).NonNull();
}

NamedType& SdlBuilder::Mutable(std::string_view name) { return types_.types_[types_.Find(name)->id]; }

TypeSystem::TypeSystem(std::string_view sdl) { SdlBuilder(*this, sdl).Build(); }

}  // namespace tidemill::graphql
