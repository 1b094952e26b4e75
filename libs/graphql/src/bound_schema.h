#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tidemill/graphql/schema.h>

namespace tidemill::graphql {

/// A schema whose bindings were checked, ready to be asked. Immutable.
class BoundSchema final {
 public:
  /// Adds the resolvers of introspection. Throws Error(kInvalidArgument) that lists all that is wrong.
  explicit BoundSchema(Schema schema);

  const Schema& schema() const { return schema_; }
  const TypeSystem& types() const { return schema_.types(); }
  /// Null where the field is not bound.
  const internal::Resolver* Find(const NamedType& object, const Field& field) const;
  const internal::Resolver& schema_resolver() const { return schema_resolver_; }
  const internal::Resolver& type_resolver() const { return type_resolver_; }
  /// The class that resolvers take as their context; null if none does.
  const CppType* context() const { return context_; }

  /// The object type of a value where `expected` is asked for; null, and `message` set, if it may not stand there.
  const NamedType* ObjectTypeOf(const NamedType& expected, const void* value, const CppType& type,
                                std::string_view type_name, std::string& message) const;

 private:
  struct Class {
    std::vector<const NamedType*> types;
    const std::function<std::string(const void*)>* name_of = nullptr;
  };

  void CheckBinding(const internal::TypeBinding& binding);
  void BindFields(const internal::TypeBinding& binding);
  void Inherit(const internal::TypeBinding& binding);
  void CheckResolver(const NamedType& type, const Field& field, const internal::Resolver& resolver);
  /// What the shape cannot stand for; empty if it can.
  std::string Mismatch(const Shape& shape, Type type) const;
  std::string ObjectMismatch(const CppType& cpp, const NamedType& type) const;

  Schema schema_;
  std::vector<std::vector<internal::Resolver>> resolvers_;  ///< By type id and field; not bound if all null.
  std::vector<const CppType*> cpp_;                         ///< By type id.
  std::unordered_map<const CppType*, Class> classes_;
  const CppType* context_ = nullptr;
  internal::Resolver schema_resolver_;
  internal::Resolver type_resolver_;
  std::vector<std::string> problems_;
};

/// A C++ type's name as a person would write it.
std::string ClassName(const CppType& type);

/// Resolves the types of introspection by the public means of a schema.
void BindIntrospection(Schema& schema);
internal::Resolver SchemaResolver(const TypeSystem& types);
internal::Resolver TypeResolver(const TypeSystem& types);

}  // namespace tidemill::graphql
