#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tidemill/base/json.h>

namespace tidemill::graphql {

struct NamedType;

/// A type as a field or argument has it: a named type inside of any lists and non-nulls. A small value.
class Type final {
 public:
  Type() = default;
  explicit Type(const NamedType* named) : named_(named) {}

  /// The innermost type; never null of a type that a schema gives.
  const NamedType& named() const { return *named_; }
  bool is_non_null() const { return (wrappers_ & 3) == kNonNull; }
  bool is_list() const { return (wrappers_ & 3) == kList; }
  bool is_named() const { return wrappers_ == 0; }
  /// What the outermost list or non-null holds.
  Type of() const { return Type(named_, wrappers_ >> 2); }
  /// Without an outermost non-null.
  Type nullable() const { return is_non_null() ? of() : *this; }

  /// Whether it has 31 levels, the most there can be.
  bool is_full() const { return wrappers_ >> 60 != 0; }
  /// Both throw Error(kInvalidArgument) of a type that is full.
  Type ListOf() const { return Wrap(kList); }
  Type NonNull() const { return is_non_null() ? *this : Wrap(kNonNull); }

  /// As written: `[Run!]!`.
  std::string Text() const;

  explicit operator bool() const { return named_ != nullptr; }
  bool operator==(const Type&) const = default;

 private:
  static constexpr std::uint64_t kList = 1;
  static constexpr std::uint64_t kNonNull = 2;

  Type(const NamedType* named, std::uint64_t wrappers) : named_(named), wrappers_(wrappers) {}
  Type Wrap(std::uint64_t wrapper) const;

  const NamedType* named_ = nullptr;
  std::uint64_t wrappers_ = 0;  ///< Two bits a level, the outermost lowest.
};

/// An argument or a field of an input object.
struct InputValue {
  std::string name;
  std::optional<std::string> description;
  Type type;
  std::optional<json::Value> default_value;  ///< Coerced; an enum's value is its name.
  std::optional<std::string> default_text;   ///< As the schema's text would write it.
  std::optional<std::string> deprecation_reason;

  bool required() const { return type.is_non_null() && !default_value; }
};

struct Field {
  std::string name;
  std::optional<std::string> description;
  std::vector<InputValue> arguments;
  Type type;
  std::optional<std::string> deprecation_reason;

  const InputValue* FindArgument(std::string_view argument) const;
};

struct EnumValue {
  std::string name;
  std::optional<std::string> description;
  std::optional<std::string> deprecation_reason;
};

enum class TypeKind { kScalar, kObject, kInterface, kUnion, kEnum, kInputObject };

/// The scalars of the specification; kCustom is any other.
enum class ScalarKind { kCustom, kInt, kFloat, kString, kBoolean, kId };

struct NamedType {
  TypeKind kind = TypeKind::kScalar;
  ScalarKind scalar = ScalarKind::kCustom;
  bool is_introspection = false;
  bool is_one_of = false;  ///< An input object of which exactly one field is given.
  std::uint32_t id = 0;    ///< Dense, from 0.
  std::string name;
  std::optional<std::string> description;
  std::optional<std::string> specified_by_url;
  std::vector<const NamedType*> interfaces;      ///< Of objects and interfaces, in the order written.
  std::vector<Field> fields;                     ///< Of objects and interfaces, in the order written.
  std::vector<const NamedType*> possible_types;  ///< Objects that a union names or that implement an interface.
  std::vector<const NamedType*> implementing_interfaces;  ///< Of an interface.
  std::vector<EnumValue> values;
  std::vector<InputValue> input_fields;

  const Field* FindField(std::string_view field) const;
  const InputValue* FindInputField(std::string_view field) const;
  const EnumValue* FindValue(std::string_view value) const;

  bool is_leaf() const { return kind == TypeKind::kScalar || kind == TypeKind::kEnum; }
  bool is_abstract() const { return kind == TypeKind::kInterface || kind == TypeKind::kUnion; }
  bool is_composite() const { return kind == TypeKind::kObject || is_abstract(); }
  bool is_input() const { return is_leaf() || kind == TypeKind::kInputObject; }
  bool is_output() const { return kind != TypeKind::kInputObject; }

  std::unordered_map<std::string_view, std::uint32_t> index;  ///< Of fields, input fields or values by name.
  std::vector<bool> sub_types;  ///< Of an abstract type, by id: the objects and interfaces that belong to it.
};

struct Directive {
  std::string name;
  std::optional<std::string> description;
  std::vector<InputValue> arguments;
  std::vector<std::string> locations;
  bool repeatable = false;

  const InputValue* FindArgument(std::string_view argument) const;
};

/// The types, fields and directives that a text in the schema definition language defines. Immutable; any thread may
/// read it.
class TypeSystem final {
 public:
  /// Reads definitions and extensions; the specification's scalars, directives and introspection types are added.
  /// Throws Error(kInvalidArgument) that names line, column and what is wrong.
  explicit TypeSystem(std::string_view sdl);
  TypeSystem(const TypeSystem&) = delete;
  TypeSystem& operator=(const TypeSystem&) = delete;

  /// Null if there is none; a scalar of the specification is one only if something has it.
  const NamedType* Find(std::string_view name) const;
  /// In the order of the text, then the specification's.
  const std::deque<NamedType>& types() const { return types_; }
  /// As introspection lists them: those of the text, each followed by the scalars that it is the first to use.
  const std::vector<const NamedType*>& listed() const { return listed_; }
  const std::vector<Directive>& directives() const { return directives_; }
  const Directive* FindDirective(std::string_view name) const;
  const std::optional<std::string>& description() const { return description_; }

  /// The root types; null where the schema has none.
  const NamedType* query() const { return query_; }
  const NamedType* mutation() const { return mutation_; }
  const NamedType* subscription() const { return subscription_; }

  /// Whether a value of `type` (an object or interface) may stand where `abstract` is asked for.
  static bool IsSubType(const NamedType& abstract, const NamedType& type);
  /// Whether a value of `type` may stand where `super` is asked for, lists and non-nulls included.
  static bool IsSubType(Type type, Type super);
  /// Whether some object belongs to both.
  static bool Overlap(const NamedType& one, const NamedType& other);

  /// `__schema` and `__type` of the query type, `__typename` of any composite type, else the type's own field.
  const Field* FindField(const NamedType& parent, std::string_view name) const;
  const Field& typename_field() const { return typename_field_; }
  const Field& schema_field() const { return schema_field_; }
  const Field& type_field() const { return type_field_; }

 private:
  friend class SdlBuilder;

  std::deque<NamedType> types_;
  std::unordered_map<std::string_view, const NamedType*> by_name_;
  std::vector<const NamedType*> listed_;
  std::vector<Directive> directives_;
  std::optional<std::string> description_;
  const NamedType* query_ = nullptr;
  const NamedType* mutation_ = nullptr;
  const NamedType* subscription_ = nullptr;
  Field typename_field_;
  Field schema_field_;
  Field type_field_;
};

}  // namespace tidemill::graphql
