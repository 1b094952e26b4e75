#include <tidemill/base/error.h>
#include <tidemill/graphql/type_system.h>

namespace tidemill::graphql {

std::string Type::Text() const {
  if (is_named()) return named_->name;
  return is_list() ? "[" + of().Text() + "]" : of().Text() + "!";
}

Type Type::Wrap(std::uint64_t wrapper) const {
  if (is_full()) throw Error(Code::kInvalidArgument, "a type nests 31 lists and non-nulls");
  return Type(named_, wrappers_ << 2 | wrapper);
}

const InputValue* Field::FindArgument(std::string_view argument) const {
  for (const InputValue& each : arguments) {
    if (each.name == argument) return &each;
  }
  return nullptr;
}

const InputValue* Directive::FindArgument(std::string_view argument) const {
  for (const InputValue& each : arguments) {
    if (each.name == argument) return &each;
  }
  return nullptr;
}

const Field* NamedType::FindField(std::string_view field) const {
  if (fields.empty()) return nullptr;
  auto found = index.find(field);
  return found == index.end() ? nullptr : &fields[found->second];
}

const InputValue* NamedType::FindInputField(std::string_view field) const {
  if (input_fields.empty()) return nullptr;
  auto found = index.find(field);
  return found == index.end() ? nullptr : &input_fields[found->second];
}

const EnumValue* NamedType::FindValue(std::string_view value) const {
  if (values.empty()) return nullptr;
  auto found = index.find(value);
  return found == index.end() ? nullptr : &values[found->second];
}

const NamedType* TypeSystem::Find(std::string_view name) const {
  auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

const Directive* TypeSystem::FindDirective(std::string_view name) const {
  for (const Directive& directive : directives_) {
    if (directive.name == name) return &directive;
  }
  return nullptr;
}

bool TypeSystem::IsSubType(const NamedType& abstract, const NamedType& type) {
  return type.id < abstract.sub_types.size() && abstract.sub_types[type.id];
}

bool TypeSystem::IsSubType(Type type, Type super) {
  if (type == super) return true;
  if (super.is_non_null()) return type.is_non_null() && IsSubType(type.of(), super.of());
  if (type.is_non_null()) return IsSubType(type.of(), super);
  if (super.is_list()) return type.is_list() && IsSubType(type.of(), super.of());
  if (type.is_list()) return false;
  return super.named().is_abstract() && IsSubType(super.named(), type.named());
}

bool TypeSystem::Overlap(const NamedType& one, const NamedType& other) {
  if (&one == &other) return true;
  if (!one.is_abstract()) return IsSubType(other, one);
  if (!other.is_abstract()) return IsSubType(one, other);
  for (const NamedType* type : one.possible_types) {
    if (IsSubType(other, *type)) return true;
  }
  return false;
}

const Field* TypeSystem::FindField(const NamedType& parent, std::string_view name) const {
  if (name.starts_with("__")) {
    if (&parent == query_ && name == "__schema") return &schema_field_;
    if (&parent == query_ && name == "__type") return &type_field_;
    if (name == "__typename" && parent.is_composite()) return &typename_field_;
  }
  return parent.FindField(name);
}

}  // namespace tidemill::graphql
