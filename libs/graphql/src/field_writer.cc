#include "field_writer.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "json_writer.h"
#include "print_value.h"

namespace tidemill::graphql {
namespace {

bool Fits32Bits(std::int64_t value) {
  return value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max();
}

}  // namespace

bool FieldWriter::Null() {
  if (!type_.is_non_null()) {
    execution_.out() += "null";
    return true;
  }
  return Fail(
      fmt::format("Cannot return null for non-nullable field {}.{}.", field_.parent->name, field_.definition->name));
}

bool FieldWriter::LeafExpected(const json::Value& value) {
  Type type = type_.nullable();
  if (type.is_list()) {
    return Fail(fmt::format("Expected Iterable, but did not find one for field '{}.{}'.", field_.parent->name,
                            field_.definition->name));
  }
  const NamedType& named = type.named();
  switch (named.scalar) {
    case ScalarKind::kInt:
      return Fail("Int cannot represent non-integer value: " + Inspect(value));
    case ScalarKind::kFloat:
      return Fail("Float cannot represent non numeric value: " + Inspect(value));
    case ScalarKind::kBoolean:
      return Fail("Boolean cannot represent a non boolean value: " + Inspect(value));
    case ScalarKind::kId:
      return Fail("ID cannot represent value: " + Inspect(value));
    case ScalarKind::kString:
      return Fail("String cannot represent value: " + Inspect(value));
    case ScalarKind::kCustom:
      break;
  }
  if (named.kind == TypeKind::kEnum) {
    return Fail(fmt::format("Enum '{}' cannot represent value: {}", named.name, Inspect(value)));
  }
  return Fail(fmt::format("Expected an object of type '{}', but got: {}.", named.name, Inspect(value)));
}

bool FieldWriter::Quoted(std::string_view text) {
  AppendJsonString(execution_.out(), text);
  return true;
}

bool FieldWriter::Bool(bool value) {
  const NamedType& named = type_.named();
  if (type_.nullable().is_list() || named.kind != TypeKind::kScalar) return LeafExpected(value);
  switch (named.scalar) {
    case ScalarKind::kCustom:
    case ScalarKind::kBoolean:
      execution_.out() += value ? "true" : "false";
      return true;
    case ScalarKind::kInt:
    case ScalarKind::kFloat:
      execution_.out() += value ? '1' : '0';
      return true;
    case ScalarKind::kString:
      return Quoted(value ? "true" : "false");
    case ScalarKind::kId:
      break;
  }
  return LeafExpected(value);
}

bool FieldWriter::Int(std::int64_t value) {
  const NamedType& named = type_.named();
  if (type_.nullable().is_list() || named.kind != TypeKind::kScalar) return LeafExpected(value);
  switch (named.scalar) {
    case ScalarKind::kInt:
      if (!Fits32Bits(value)) {
        return Fail(fmt::format("Int cannot represent non 32-bit signed integer value: {}", value));
      }
      [[fallthrough]];
    case ScalarKind::kCustom:
      AppendJsonInteger(execution_.out(), value);
      return true;
    case ScalarKind::kFloat:
      AppendJsonNumber(execution_.out(), static_cast<double>(value));
      return true;
    case ScalarKind::kBoolean:
      execution_.out() += value != 0 ? "true" : "false";
      return true;
    case ScalarKind::kString:
    case ScalarKind::kId:
      return Quoted(std::to_string(value));
  }
  return false;
}

bool FieldWriter::Float(double value) {
  const NamedType& named = type_.named();
  if (type_.nullable().is_list() || named.kind != TypeKind::kScalar) return LeafExpected(value);
  bool whole = std::isfinite(value) && std::trunc(value) == value;
  switch (named.scalar) {
    case ScalarKind::kCustom:
      AppendJsonNumber(execution_.out(), value);
      return true;
    case ScalarKind::kFloat:
      if (!std::isfinite(value)) return LeafExpected(value);
      AppendJsonNumber(execution_.out(), value);
      return true;
    case ScalarKind::kInt:
      if (!whole) return LeafExpected(value);
      if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max()) {
        return Fail("Int cannot represent non 32-bit signed integer value: " + Inspect(value));
      }
      AppendJsonInteger(execution_.out(), static_cast<std::int64_t>(value));
      return true;
    case ScalarKind::kBoolean:
      if (!std::isfinite(value)) return LeafExpected(value);
      execution_.out() += value != 0 ? "true" : "false";
      return true;
    case ScalarKind::kString:
      return std::isfinite(value) ? Quoted(json::Dump(value)) : LeafExpected(value);
    case ScalarKind::kId:
      return whole ? Quoted(fmt::format("{:.0f}", value)) : LeafExpected(value);
  }
  return false;
}

bool FieldWriter::String(std::string_view value) {
  const NamedType& named = type_.named();
  if (type_.nullable().is_list()) return LeafExpected(value);
  if (named.kind == TypeKind::kEnum) return named.FindValue(value) != nullptr ? Quoted(value) : LeafExpected(value);
  if (named.kind != TypeKind::kScalar) return LeafExpected(value);
  switch (named.scalar) {
    case ScalarKind::kCustom:
    case ScalarKind::kString:
    case ScalarKind::kId:
      return Quoted(value);
    case ScalarKind::kInt:
    case ScalarKind::kFloat:
    case ScalarKind::kBoolean:
      break;
  }
  return LeafExpected(value);
}

bool FieldWriter::JsonLeaf(const json::Value& value) {
  if (value.is_bool()) return Bool(value.AsBool());
  if (value.is_int()) return Int(value.AsInt());
  if (value.is_double()) return Float(value.AsDouble());
  if (value.is_string()) return String(value.AsString());
  if (value.is_big_int() && type_.named().scalar == ScalarKind::kInt) {
    return Fail("Int cannot represent non 32-bit signed integer value: " + Inspect(value));
  }
  return LeafExpected(value);
}

bool FieldWriter::Json(const json::Value& value) {
  if (value.is_null()) return Null();
  Type type = type_.nullable();
  if (type.is_list() && value.is_array())
    return Items(value.AsArray().data(), value.AsArray().size(), sizeof(json::Value), kValueOps<json::Value>);
  bool leaf = !type.is_list() && type.named().is_leaf();
  if (leaf && type.named().kind == TypeKind::kScalar && type.named().scalar == ScalarKind::kCustom) {
    AppendJson(execution_.out(), value);
    return true;
  }
  if (leaf || !value.is_object() || type.is_list()) return JsonLeaf(value);
  return Object(&value, kCppType<json::Value>, {});
}

template <class Show>
bool FieldWriter::WriteItems(std::size_t count, Show show) {
  Type list = type_.nullable();
  if (!list.is_list()) {
    return Fail(fmt::format("'{}.{}' is no list, but its value is one.", field_.parent->name, field_.definition->name));
  }
  Type item = list.of();
  std::string& out = execution_.out();
  out += '[';
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    std::size_t start = out.size();
    Path path{&path_, {}, i};
    FieldWriter writer(execution_, field_, item, path);
    bool ok = false;
    try {
      ok = show(i, writer);
    } catch (const ResponseTooLarge&) {
      throw;
    } catch (...) {
      execution_.FailByException(field_, path, std::current_exception());
    }
    if (ok) continue;
    if (item.is_non_null()) return false;
    out.resize(start);
    out += "null";
  }
  out += ']';
  return true;
}

bool FieldWriter::Items(const void* first, std::size_t count, std::size_t stride, const ValueOps& item) {
  return WriteItems(count, [&](std::size_t i, FieldWriter& writer) {
    return item.visit(static_cast<const std::byte*>(first) + i * stride, writer);
  });
}

bool FieldWriter::List(const void* value, const ValueOps& list) {
  return WriteItems(list.count(value),
                    [&](std::size_t i, FieldWriter& writer) { return list.visit_item(value, i, writer); });
}

bool FieldWriter::Object(const void* value, const CppType& type, std::string_view type_name) {
  Type expected = type_.nullable();
  if (expected.is_list() || !expected.named().is_composite()) {
    return Fail(
        fmt::format("'{}.{}' is no object, but its value is one.", field_.parent->name, field_.definition->name));
  }
  std::string message;
  const NamedType* actual = execution_.schema().ObjectTypeOf(expected.named(), value, type, type_name, message);
  if (actual == nullptr) return Fail(std::move(message));
  const Selection& selection = *field_.SelectionOf(*actual);
  if (selection.error) return execution_.Fail(field_, path_, *selection.error);
  return execution_.WriteObject(selection, value, &path_);
}

}  // namespace tidemill::graphql
