#include <string>
#include <string_view>
#include <vector>

#include <tidemill/graphql/schema.h>

#include "bound_schema.h"

namespace tidemill::graphql {
namespace {

/// `__Type`: one layer of a type.
struct TypeView {
  Type type;
};

std::string_view KindOf(const TypeView& view) {
  if (view.type.is_non_null()) return "NON_NULL";
  if (view.type.is_list()) return "LIST";
  switch (view.type.named().kind) {
    case TypeKind::kScalar:
      return "SCALAR";
    case TypeKind::kObject:
      return "OBJECT";
    case TypeKind::kInterface:
      return "INTERFACE";
    case TypeKind::kUnion:
      return "UNION";
    case TypeKind::kEnum:
      return "ENUM";
    case TypeKind::kInputObject:
      break;
  }
  return "INPUT_OBJECT";
}

/// The named type of a view that is one, else null: lists and non-nulls have none of the fields of named types.
const NamedType* Named(const TypeView& view) { return view.type.is_named() ? &view.type.named() : nullptr; }

TypeView ViewOf(const NamedType& type) { return {Type(&type)}; }

std::optional<TypeView> ViewOf(const NamedType* type) {
  return type == nullptr ? std::nullopt : std::optional(ViewOf(*type));
}

std::vector<TypeView> ViewsOf(const std::vector<const NamedType*>& types) {
  std::vector<TypeView> views;
  for (const NamedType* type : types) views.push_back(ViewOf(*type));
  return views;
}

/// All, or without those that are deprecated.
template <class T>
std::vector<const T*> Select(const std::vector<T>& all, const Arguments& arguments) {
  bool with_deprecated = arguments.Get<std::optional<bool>>("includeDeprecated").value_or(false);
  std::vector<const T*> selected;
  for (const T& each : all) {
    if (with_deprecated || !each.deprecation_reason) selected.push_back(&each);
  }
  return selected;
}

template <class T>
bool IsDeprecated(const T& part) {
  return part.deprecation_reason.has_value();
}

void BindSchemaType(Schema& schema) {
  schema.Object<TypeSystem>("__Schema")
      .Field("description", [](const TypeSystem& types) { return types.description(); })
      .Field("types",
             [](const TypeSystem& types) {
               std::vector<TypeView> views;
               for (const NamedType* type : types.listed()) views.push_back(ViewOf(*type));
               return views;
             })
      .Field("queryType", [](const TypeSystem& types) { return ViewOf(types.query()); })
      .Field("mutationType", [](const TypeSystem& types) { return ViewOf(types.mutation()); })
      .Field("subscriptionType", [](const TypeSystem& types) { return ViewOf(types.subscription()); })
      .Field("directives", [](const TypeSystem& types) { return std::span<const Directive>(types.directives()); });
  schema.Object<Directive>("__Directive")
      .Field("name", &Directive::name)
      .Field("description", &Directive::description)
      .Field("isRepeatable", &Directive::repeatable)
      .Field("locations", &Directive::locations)
      .Field("args", [](const Directive& directive,
                        const Arguments& arguments) { return Select(directive.arguments, arguments); })
      // The specification has no way to deprecate a directive; the reference asks nevertheless.
      .Field("isDeprecated", [](const Directive&) { return false; })
      .Field("deprecationReason", [](const Directive&) { return std::optional<std::string>(); });
}

void BindTypes(Schema& schema) {
  using Fields = std::optional<std::vector<const Field*>>;
  using Views = std::optional<std::vector<TypeView>>;
  schema.Object<TypeView>("__Type")
      .Field("kind", [](const TypeView& view) { return KindOf(view); })
      .Field("name",
             [](const TypeView& view) { return Named(view) ? std::optional(view.type.named().name) : std::nullopt; })
      .Field("description", [](const TypeView& view) { return Named(view) ? Named(view)->description : std::nullopt; })
      .Field("specifiedByURL",
             [](const TypeView& view) { return Named(view) ? Named(view)->specified_by_url : std::nullopt; })
      .Field("fields",
             [](const TypeView& view, const Arguments& arguments) {
               const NamedType* type = Named(view);
               bool has = type && (type->kind == TypeKind::kObject || type->kind == TypeKind::kInterface);
               return has ? Fields(Select(type->fields, arguments)) : std::nullopt;
             })
      .Field("interfaces",
             [](const TypeView& view) {
               const NamedType* type = Named(view);
               bool has = type && (type->kind == TypeKind::kObject || type->kind == TypeKind::kInterface);
               return has ? Views(ViewsOf(type->interfaces)) : std::nullopt;
             })
      .Field("possibleTypes",
             [](const TypeView& view) {
               const NamedType* type = Named(view);
               return type && type->is_abstract() ? Views(ViewsOf(type->possible_types)) : std::nullopt;
             })
      .Field("enumValues",
             [](const TypeView& view, const Arguments& arguments) {
               const NamedType* type = Named(view);
               bool has = type && type->kind == TypeKind::kEnum;
               return has ? std::optional(Select(type->values, arguments)) : std::nullopt;
             })
      .Field("inputFields",
             [](const TypeView& view, const Arguments& arguments) {
               const NamedType* type = Named(view);
               bool has = type && type->kind == TypeKind::kInputObject;
               return has ? std::optional(Select(type->input_fields, arguments)) : std::nullopt;
             })
      .Field("ofType",
             [](const TypeView& view) { return Named(view) ? std::nullopt : std::optional(TypeView{view.type.of()}); })
      .Field("isOneOf", [](const TypeView& view) {
        const NamedType* type = Named(view);
        bool has = type && type->kind == TypeKind::kInputObject;
        return has ? std::optional(type->is_one_of) : std::nullopt;
      });
}

void BindParts(Schema& schema) {
  schema.Object<Field>("__Field")
      .Field("name", &Field::name)
      .Field("description", &Field::description)
      .Field("args", [](const Field& field, const Arguments& arguments) { return Select(field.arguments, arguments); })
      .Field("type", [](const Field& field) { return TypeView{field.type}; })
      .Field("isDeprecated", &IsDeprecated<Field>)
      .Field("deprecationReason", &Field::deprecation_reason);
  schema.Object<InputValue>("__InputValue")
      .Field("name", &InputValue::name)
      .Field("description", &InputValue::description)
      .Field("type", [](const InputValue& input) { return TypeView{input.type}; })
      .Field("defaultValue", &InputValue::default_text)
      .Field("isDeprecated", &IsDeprecated<InputValue>)
      .Field("deprecationReason", &InputValue::deprecation_reason);
  schema.Object<EnumValue>("__EnumValue")
      .Field("name", &EnumValue::name)
      .Field("description", &EnumValue::description)
      .Field("isDeprecated", &IsDeprecated<EnumValue>)
      .Field("deprecationReason", &EnumValue::deprecation_reason);
}

}  // namespace

void BindIntrospection(Schema& schema) {
  BindSchemaType(schema);
  BindTypes(schema);
  BindParts(schema);
}

internal::Resolver SchemaResolver(const TypeSystem& types) {
  return internal::MakeResolver<Root>([&types](const Root&) -> const TypeSystem& { return types; });
}

internal::Resolver TypeResolver(const TypeSystem& types) {
  return internal::MakeResolver<Root>(
      [&types](const Arguments& arguments) { return ViewOf(types.Find(arguments.Get<std::string_view>("name"))); });
}

}  // namespace tidemill::graphql
