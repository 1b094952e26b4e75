#include <charconv>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/config/config_type.h>

#include "errors.h"
#include "member_index.h"
#include "sources.h"

namespace tidemill::config {
namespace {

using model::ConfigTypeKind;

/// Dagster's post_process_config over a valid value; without `process`, its resolve_defaults.
class Resolver final {
 public:
  Resolver(bool process, const Environment* environment) : process_(process), environment_(environment) {}

  std::vector<ConfigError> TakeErrors() { return std::move(errors_); }

  json::Value Resolve(const ConfigType& type, const json::Value& value, const Place* place) {
    switch (type.kind()) {
      case ConfigTypeKind::kScalar:
        return process_ ? ToFloat(type, value, place) : value;
      case ConfigTypeKind::kSelector:
        return ResolveSelector(type, value, place);
      case ConfigTypeKind::kStrictShape:
      case ConfigTypeKind::kPermissiveShape:
        return ResolveShape(type, value, place);
      case ConfigTypeKind::kArray:
        return ResolveArray(type, value, place);
      case ConfigTypeKind::kMap:
        return ResolveMap(type, value, place);
      case ConfigTypeKind::kNoneable:
        return value.is_null() ? value : Resolve(*type.parameters()[0], value, place);
      case ConfigTypeKind::kScalarUnion:
        return ResolveUnion(type, value, place);
      case ConfigTypeKind::kAny:
      case ConfigTypeKind::kEnum:
        return value;
    }
    return value;
  }

 private:
  json::Value ToFloat(const ConfigType& type, const json::Value& value, const Place* place) {
    if (type.scalar_kind() != model::ConfigScalarKind::kFloat || value.is_null()) return value;
    if (value.is_bool()) return value.AsBool() ? 1.0 : 0.0;
    if (!value.is_big_int()) return value.AsDouble();
    const std::string& digits = std::get<json::BigInt>(value.data()).digits;
    double number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (number == 0) {
      errors_.push_back(
          MakeError(place, ErrorReason::kFailedPostProcessing, "the integer is too large for a Float", type));
    }
    return number;
  }

  json::Value ResolveUnion(const ConfigType& type, const json::Value& value, const Place* place) {
    bool scalar = !value.is_object() && !value.is_array();
    json::Value resolved = Resolve(*type.parameters()[scalar ? 0 : 1], value, place);
    if (scalar || !process_ || environment_ == nullptr || !IsSource(type)) return resolved;
    try {
      return ReadSource(type, resolved.AsObject().At("env").AsString(), *environment_);
    } catch (const Error& error) {
      errors_.push_back(MakeError(place, ErrorReason::kFailedPostProcessing, error.what(), type));
      return resolved;
    }
  }

  json::Value ResolveSelector(const ConfigType& type, const json::Value& value, const Place* place) {
    const std::string* name = nullptr;
    const json::Value* chosen = nullptr;
    static const json::Value kNull;
    if (value.is_object() && !value.AsObject().empty()) {
      const auto& member = *value.AsObject().begin();
      name = &member.first;
      chosen = &member.second;
    } else if (type.fields().size() != 1) {
      // An optional field of a selector that leaves the choice open: Dagster fails on it, nothing is chosen here.
      return json::Object{};
    } else {
      const auto& [field_name, field] = type.fields().front();
      name = &field_name;
      chosen = field.default_value ? &*field.default_value : &kNull;
    }
    const Field* field = type.FindField(*name);
    static const json::Value kEmpty = json::Object{};
    Place here{place, {PathEntry::Kind::kField, *name}};
    bool take_defaults = chosen->is_null() && field->type->has_fields();
    json::Object result;
    result.Append(*name, Resolve(*field->type, take_defaults ? kEmpty : *chosen, &here));
    return result;
  }

  json::Value ResolveShape(const ConfigType& type, const json::Value& value, const Place* place) {
    static const json::Object kEmpty;
    const json::Object& given = value.is_object() ? value.AsObject() : kEmpty;
    MemberIndex members(given);
    json::Object result;
    for (const auto& [name, field] : type.fields()) {
      const json::Value* member = members.Find(name);
      if (member == nullptr && !type.field_aliases().empty()) {
        auto alias = type.field_aliases().find(name);
        if (alias != type.field_aliases().end()) member = members.Find(alias->second);
      }
      if (member == nullptr && field.default_value) member = &*field.default_value;
      if (member == nullptr) continue;
      Place here{place, {PathEntry::Kind::kField, name}};
      result.Append(name, Resolve(*field.type, *member, &here));
    }
    if (type.kind() == ConfigTypeKind::kPermissiveShape) {
      for (const auto& [name, member] : given) {
        if (type.FindField(name) == nullptr) result.Append(name, member);
      }
    }
    return result;
  }

  json::Value ResolveArray(const ConfigType& type, const json::Value& value, const Place* place) {
    json::Array result;
    if (value.is_null()) return result;
    const json::Array& items = value.AsArray();
    result.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      Place here{place, {PathEntry::Kind::kListItem, "", static_cast<std::int64_t>(i)}};
      result.push_back(Resolve(*type.parameters()[0], items[i], &here));
    }
    return result;
  }

  json::Value ResolveMap(const ConfigType& type, const json::Value& value, const Place* place) {
    json::Object result;
    if (value.is_null()) return result;
    for (const auto& [name, member] : value.AsObject()) {
      Place here{place, {PathEntry::Kind::kMapValue, name}};
      result.Append(name, Resolve(*type.parameters()[1], member, &here));
    }
    return result;
  }

  bool process_;
  const Environment* environment_;
  std::vector<ConfigError> errors_;
};

}  // namespace

json::Value ResolveDefaults(const ConfigType& type, const json::Value& value) {
  return Resolver(false, nullptr).Resolve(type, value, nullptr);
}

ConfigResult Process(const ConfigType& type, const json::Value& value, const Environment* environment) {
  ConfigResult result;
  result.errors = Validate(type, value);
  if (!result.ok()) return result;
  Resolver resolver(true, environment);
  result.value = resolver.Resolve(type, value, nullptr);
  result.errors = resolver.TakeErrors();
  if (!result.ok()) result.value = nullptr;
  return result;
}

}  // namespace tidemill::config
