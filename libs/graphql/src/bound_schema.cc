#include "bound_schema.h"

#include <cstdlib>

#include <cxxabi.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <tidemill/base/error.h>

namespace tidemill::graphql {
namespace {

std::string_view KindName(TypeKind kind) {
  switch (kind) {
    case TypeKind::kScalar:
      return "scalar";
    case TypeKind::kObject:
      return "object type";
    case TypeKind::kInterface:
      return "interface";
    case TypeKind::kUnion:
      return "union";
    case TypeKind::kEnum:
      return "enum";
    case TypeKind::kInputObject:
      break;
  }
  return "input object";
}

bool FitsScalar(Shape::Kind kind, ScalarKind scalar) {
  switch (scalar) {
    case ScalarKind::kCustom:
      return true;
    case ScalarKind::kInt:
      return kind == Shape::Kind::kInt;
    case ScalarKind::kFloat:
      return kind == Shape::Kind::kInt || kind == Shape::Kind::kFloat;
    case ScalarKind::kString:
      return kind == Shape::Kind::kString || kind == Shape::Kind::kEnum;
    case ScalarKind::kBoolean:
      return kind == Shape::Kind::kBool;
    case ScalarKind::kId:
      return kind == Shape::Kind::kString || kind == Shape::Kind::kInt;
  }
  return false;
}

std::string Describe(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::kBool:
      return "a bool";
    case Shape::Kind::kInt:
      return "an integer";
    case Shape::Kind::kFloat:
      return "a floating-point number";
    case Shape::Kind::kString:
      return "a string";
    case Shape::Kind::kEnum:
      return "an enum";
    case Shape::Kind::kJson:
      return "JSON";
    case Shape::Kind::kList:
      return "a list";
    case Shape::Kind::kOptional:
      return "an optional";
    case Shape::Kind::kObject:
      return ClassName(*shape.object);
    case Shape::Kind::kAnyObject:
      return "AnyObject";
    case Shape::Kind::kError:
      return "an error";
    case Shape::Kind::kOneOf:
      break;
  }
  return "a variant";
}

}  // namespace

std::string ClassName(const CppType& type) {
  int status = 0;
  std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type.info->name(), nullptr, nullptr, &status),
                                              &std::free);
  return status == 0 ? name.get() : type.info->name();
}

BoundSchema::BoundSchema(Schema schema) : schema_(std::move(schema)) {
  BindIntrospection(schema_);
  schema_resolver_ = SchemaResolver(types());
  type_resolver_ = TypeResolver(types());
  resolvers_.resize(types().types().size());
  cpp_.resize(types().types().size());
  for (const NamedType& type : types().types()) resolvers_[type.id].resize(type.fields.size());
  for (const auto& binding : schema_.bindings_) CheckBinding(*binding);
  for (const auto& [cpp, name_of] : schema_.type_of_) classes_[cpp].name_of = &name_of;
  for (const auto& binding : schema_.bindings_) BindFields(*binding);
  for (const auto& binding : schema_.bindings_) Inherit(*binding);
  if (problems_.empty()) return;
  throw Error(Code::kInvalidArgument, fmt::format("the functions bound to the GraphQL schema contradict it:\n- {}",
                                                  fmt::join(problems_, "\n- ")));
}

void BoundSchema::CheckBinding(const internal::TypeBinding& binding) {
  const NamedType* type = types().Find(binding.type_name);
  if (type == nullptr) {
    problems_.push_back(fmt::format("the schema has no type {}", binding.type_name));
  } else if (type->kind == TypeKind::kObject) {
    const CppType*& cpp = cpp_[type->id];
    if (cpp != nullptr && cpp != binding.cpp) {
      problems_.push_back(
          fmt::format("{} is bound to both {} and {}", type->name, ClassName(*cpp), ClassName(*binding.cpp)));
    }
    cpp = binding.cpp;
    classes_[cpp].types.push_back(type);
  } else if (type->kind != TypeKind::kInterface) {
    problems_.push_back(
        fmt::format("{} is a {}, fields are bound to object types and interfaces", type->name, KindName(type->kind)));
  }
}

void BoundSchema::BindFields(const internal::TypeBinding& binding) {
  const NamedType* type = types().Find(binding.type_name);
  if (type == nullptr) return;
  for (const auto& [name, resolver] : binding.fields) {
    const Field* field = type->FindField(name);
    if (field == nullptr) {
      problems_.push_back(fmt::format("{} has no field {}", type->name, name));
      continue;
    }
    CheckResolver(*type, *field, resolver);
    if (type->kind != TypeKind::kObject) continue;
    internal::Resolver& slot = resolvers_[type->id][type->index.at(name)];
    if (slot.shape != nullptr) problems_.push_back(fmt::format("{}.{} is bound twice", type->name, name));
    slot = resolver;
  }
}

void BoundSchema::Inherit(const internal::TypeBinding& binding) {
  const NamedType* interface = types().Find(binding.type_name);
  if (interface == nullptr || interface->kind != TypeKind::kInterface) return;
  for (const auto& own : schema_.bindings_) {
    const NamedType* type = types().Find(own->type_name);
    if (type == nullptr || type->kind != TypeKind::kObject || !TypeSystem::IsSubType(*interface, *type)) continue;
    const void* (*upcast)(const void*) = nullptr;
    for (const auto& base : own->bases) {
      if (base.type == binding.cpp) upcast = base.upcast;
    }
    if (own->cpp != binding.cpp && upcast == nullptr) continue;
    for (const auto& [name, resolver] : binding.fields) {
      const Field* field = type->FindField(name);
      if (field == nullptr) continue;
      internal::Resolver& slot = resolvers_[type->id][type->index.at(name)];
      if (slot.shape != nullptr) continue;
      slot = resolver;
      slot.upcast = upcast;
      CheckResolver(*type, *field, slot);
    }
  }
}

void BoundSchema::CheckResolver(const NamedType& type, const Field& field, const internal::Resolver& resolver) {
  if (std::string mismatch = Mismatch(*resolver.shape, field.type); !mismatch.empty()) {
    problems_.push_back(
        fmt::format("{}.{} is {}, but its function gives {}", type.name, field.name, field.type.Text(), mismatch));
  }
  bool is_subscription = &type == types().subscription();
  if ((resolver.stream != nullptr) != is_subscription) {
    problems_.push_back(fmt::format("{}.{}: fields of the subscription type, and only those, are bound by Stream",
                                    type.name, field.name));
  }
  if (resolver.context == nullptr || resolver.context == context_) return;
  if (context_ != nullptr) {
    problems_.push_back(
        fmt::format("{}.{} takes a {}&: neither its parent, its arguments nor the context of the others, which is {}",
                    type.name, field.name, ClassName(*resolver.context), ClassName(*context_)));
    return;
  }
  context_ = resolver.context;
}

std::string BoundSchema::Mismatch(const Shape& shape, Type type) const {
  type = type.nullable();
  if (shape.kind == Shape::Kind::kOptional) return Mismatch(*shape.of, type);
  if (shape.kind == Shape::Kind::kJson || shape.kind == Shape::Kind::kError) return "";
  if (shape.kind == Shape::Kind::kOneOf) {
    for (std::size_t i = 0; i < shape.choice_count; ++i) {
      if (std::string mismatch = Mismatch(*shape.choices[i], type); !mismatch.empty()) return mismatch;
    }
    return "";
  }
  if (type.is_list() != (shape.kind == Shape::Kind::kList)) {
    bool custom =
        !type.is_list() && type.named().kind == TypeKind::kScalar && type.named().scalar == ScalarKind::kCustom;
    return custom ? "" : Describe(shape);
  }
  if (type.is_list()) {
    std::string mismatch = Mismatch(*shape.of, type.of());
    return mismatch.empty() ? "" : "a list of " + mismatch;
  }
  const NamedType& named = type.named();
  switch (named.kind) {
    case TypeKind::kScalar:
      return FitsScalar(shape.kind, named.scalar) ? "" : Describe(shape);
    case TypeKind::kEnum:
      return shape.kind == Shape::Kind::kString || shape.kind == Shape::Kind::kEnum ? "" : Describe(shape);
    default:
      break;
  }
  if (shape.kind == Shape::Kind::kAnyObject) return "";
  return shape.kind == Shape::Kind::kObject ? ObjectMismatch(*shape.object, named) : Describe(shape);
}

std::string BoundSchema::ObjectMismatch(const CppType& cpp, const NamedType& type) const {
  if (type.kind == TypeKind::kObject) {
    const CppType* bound = cpp_[type.id];
    if (bound == &cpp) return "";
    return bound == nullptr ? fmt::format("{}, and {} is bound to no class", ClassName(cpp), type.name)
                            : fmt::format("{}, and {} is bound to {}", ClassName(cpp), type.name, ClassName(*bound));
  }
  auto found = classes_.find(&cpp);
  std::size_t members = 0;
  if (found != classes_.end()) {
    for (const NamedType* each : found->second.types) members += TypeSystem::IsSubType(type, *each) ? 1 : 0;
    if (members > 0 && (found->second.types.size() == 1 || found->second.name_of != nullptr)) return "";
  }
  if (members > 0) return ClassName(cpp) + ", which is bound to several types: say which by TypeOf";
  return fmt::format("{}, which is bound to no type of {}", ClassName(cpp), type.name);
}

const internal::Resolver* BoundSchema::Find(const NamedType& object, const Field& field) const {
  const internal::Resolver& resolver = resolvers_[object.id][object.index.at(field.name)];
  return resolver.shape == nullptr ? nullptr : &resolver;
}

const NamedType* BoundSchema::ObjectTypeOf(const NamedType& expected, const void* value, const CppType& type,
                                           std::string_view type_name, std::string& message) const {
  if (expected.kind == TypeKind::kObject && type_name.empty() && cpp_[expected.id] == &type) return &expected;
  const NamedType* actual = nullptr;
  if (!type_name.empty()) {
    actual = types().Find(type_name);
    if (actual == nullptr || actual->kind != TypeKind::kObject || cpp_[actual->id] != &type) {
      message = fmt::format("{} is not bound to an object type '{}'.", ClassName(type), type_name);
      return nullptr;
    }
  } else if (auto found = classes_.find(&type); found != classes_.end()) {
    if (found->second.name_of != nullptr) {
      std::string name = (*found->second.name_of)(value);
      actual = types().Find(name);
      if (actual == nullptr) {
        message = fmt::format("Abstract type '{}' was resolved to a type '{}' that does not exist inside the schema.",
                              expected.name, name);
        return nullptr;
      }
    } else if (found->second.types.size() == 1) {
      actual = found->second.types.front();
    }
  }
  if (actual == nullptr) {
    message =
        fmt::format("{} is bound to no type of '{}', or to several without TypeOf.", ClassName(type), expected.name);
  } else if (actual != &expected && !TypeSystem::IsSubType(expected, *actual)) {
    message = fmt::format("Runtime Object type '{}' is not a possible type for '{}'.", actual->name, expected.name);
    actual = nullptr;
  }
  return actual;
}

}  // namespace tidemill::graphql
