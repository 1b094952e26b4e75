#include <tidemill/base/error.h>
#include <tidemill/graphql/schema.h>

namespace tidemill::graphql {
namespace {

bool Resolves(const internal::TypeBinding& binding, std::string_view field) {
  for (const auto& bound : binding.fields) {
    if (bound.name == field) return true;
  }
  return false;
}

bool Inherits(const internal::TypeBinding& binding, const internal::TypeBinding& interface) {
  if (binding.cpp == interface.cpp) return true;
  for (const auto& base : binding.bases) {
    if (base.type == interface.cpp) return true;
  }
  return false;
}

}  // namespace

bool ValueVisitor::Take(void* value, const ValueOps& ops) { return ops.visit(value, *this); }

bool ValueVisitor::TakeReference(const void* value, const ValueOps& ops) { return ops.visit(value, *this); }

const json::Value& Input::At(std::string_view name) const {
  const json::Value* value = Find(name);
  if (value != nullptr && !value->is_null()) return *value;
  throw Error(Code::kInvalidArgument, "the argument '" + std::string(name) + "' was not given; read it as an optional");
}

Schema::Schema(std::string_view sdl) : types_(std::make_shared<const TypeSystem>(sdl)) {}
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

ObjectBinding<Root> Schema::Query() { return ObjectBinding<Root>(BindRoot(types_->query(), "Query")); }

ObjectBinding<Root> Schema::Mutation() { return ObjectBinding<Root>(BindRoot(types_->mutation(), "Mutation")); }

ObjectBinding<Root> Schema::Subscription() {
  return ObjectBinding<Root>(BindRoot(types_->subscription(), "Subscription"));
}

internal::TypeBinding& Schema::BindRoot(const NamedType* type, std::string_view otherwise) {
  return Bind(type == nullptr ? otherwise : std::string_view(type->name), kCppType<Root>);
}

internal::TypeBinding& Schema::Bind(std::string_view type_name, const CppType& type) {
  for (auto& binding : bindings_) {
    if (binding->type_name == type_name && binding->cpp == &type) return *binding;
  }
  bindings_.push_back(std::make_unique<internal::TypeBinding>());
  bindings_.back()->type_name = type_name;
  bindings_.back()->cpp = &type;
  return *bindings_.back();
}

void Schema::AddTypeOf(const CppType& type, std::function<std::string(const void*)> name_of) {
  type_of_[&type] = std::move(name_of);
}

std::vector<std::string> Schema::UnboundFields() const {
  std::map<std::string_view, std::vector<const internal::TypeBinding*>> by_name;
  for (const auto& binding : bindings_) by_name[binding->type_name].push_back(binding.get());
  auto resolved = [&](const NamedType& type, const Field& field) {
    for (const internal::TypeBinding* own : by_name[type.name]) {
      if (Resolves(*own, field.name)) return true;
      for (const NamedType* interface : type.interfaces) {
        for (const internal::TypeBinding* inherited : by_name[interface->name]) {
          if (Inherits(*own, *inherited) && Resolves(*inherited, field.name)) return true;
        }
      }
    }
    return false;
  };
  std::vector<std::string> unbound;
  for (const NamedType& type : types_->types()) {
    if (type.kind != TypeKind::kObject || type.is_introspection) continue;
    for (const Field& field : type.fields) {
      if (!resolved(type, field)) unbound.push_back(type.name + "." + field.name);
    }
  }
  return unbound;
}

}  // namespace tidemill::graphql
