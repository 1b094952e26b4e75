#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <tidemill/config/config_type.h>

#include "errors.h"
#include "member_index.h"

namespace tidemill::config {
namespace {

using model::ConfigScalarKind;
using model::ConfigTypeKind;

/// Dagster's _validate_config: the same values are accepted, all that is wrong is reported.
class Validator final {
 public:
  std::vector<ConfigError> TakeErrors() { return std::move(errors_); }

  void Check(const ConfigType& type, const json::Value& value, const Place* place) {
    switch (type.kind()) {
      case ConfigTypeKind::kAny:
        return;
      case ConfigTypeKind::kNoneable:
        if (!value.is_null()) Check(*type.parameters()[0], value, place);
        return;
      default:
        break;
    }
    if (value.is_null()) {
      Mismatch(type, value, place, "the value must not be null, expected " + type.ToString());
      return;
    }
    switch (type.kind()) {
      case ConfigTypeKind::kScalar:
        return CheckScalar(type, value, place);
      case ConfigTypeKind::kEnum:
        return CheckEnum(type, value, place);
      case ConfigTypeKind::kSelector:
        return CheckSelector(type, value, place);
      case ConfigTypeKind::kStrictShape:
      case ConfigTypeKind::kPermissiveShape:
        return CheckShape(type, value, place);
      case ConfigTypeKind::kScalarUnion:
        return Check(*type.parameters()[value.is_object() || value.is_array() ? 1 : 0], value, place);
      case ConfigTypeKind::kMap:
        return CheckMap(type, value, place);
      case ConfigTypeKind::kArray:
        return CheckArray(type, value, place);
      default:
        return;
    }
  }

 private:
  void Mismatch(const ConfigType& type, const json::Value& value, const Place* place, std::string_view message) {
    errors_.push_back(MakeError(place, ErrorReason::kRuntimeTypeMismatch, message, type));
    errors_.back().value_repr = ShortValue(value);
  }

  void Fail(ErrorReason reason, const ConfigType& type, const Place* place, std::string_view message,
            std::vector<std::string> field_names) {
    errors_.push_back(MakeError(place, reason, message, type));
    errors_.back().field_names = std::move(field_names);
  }

  /// A boolean passes as Float, since Python's bool is an int.
  static bool ScalarFits(const ConfigType& type, const json::Value& value) {
    if (!type.scalar_kind()) return true;
    switch (*type.scalar_kind()) {
      case ConfigScalarKind::kInt:
        return value.is_int() || value.is_big_int();
      case ConfigScalarKind::kString:
        return value.is_string();
      case ConfigScalarKind::kBool:
        return value.is_bool();
      case ConfigScalarKind::kFloat:
        return value.is_number() || value.is_bool();
    }
    return false;
  }

  void CheckScalar(const ConfigType& type, const json::Value& value, const Place* place) {
    if (ScalarFits(type, value)) return;
    Mismatch(type, value, place,
             fmt::format("expected {}, not the {} {}", type.ToString(), json::TypeName(value), ShortValue(value)));
  }

  void CheckEnum(const ConfigType& type, const json::Value& value, const Place* place) {
    const auto& values = type.enum_values();
    bool fits = value.is_string() && std::any_of(values.begin(), values.end(), [&](const auto& allowed) {
                  return allowed.value == value.AsString();
                });
    if (fits) return;
    std::vector<std::string> names;
    for (const auto& allowed : values) names.push_back(allowed.value);
    Mismatch(type, value, place,
             fmt::format("{} is none of {}'s values {}", ShortValue(value), type.key(), QuotedList(names)));
  }

  void CheckSelector(const ConfigType& type, const json::Value& value, const Place* place) {
    if (!value.is_object()) {
      return Mismatch(type, value, place,
                      fmt::format("expected an object with one of {}, not {}", FieldNames(type), ShortValue(value)));
    }
    const json::Object& object = value.AsObject();
    if (object.empty()) {
      if (type.fields().size() == 1 && !type.fields()[0].second.is_required) return;
      return Fail(ErrorReason::kSelectorFieldError, type, place, "give one of " + FieldNames(type), {});
    }
    if (object.size() > 1) {
      std::vector<std::string> given;
      for (const auto& [name, member] : object) given.push_back(name);
      std::sort(given.begin(), given.end());
      return Fail(ErrorReason::kSelectorFieldError, type, place,
                  fmt::format("give only one of {}, not {}", FieldNames(type), QuotedList(given)), given);
    }
    const auto& [name, member] = *object.begin();
    const Field* field = type.FindField(name);
    if (field == nullptr) return UnknownFields(type, {name}, place);
    // A chosen field without a value takes its defaults.
    static const json::Value kEmpty = json::Object{};
    Place here{place, {PathEntry::Kind::kField, name}};
    Check(*field->type, member.is_null() && field->type->has_fields() ? kEmpty : member, &here);
  }

  void CheckShape(const ConfigType& type, const json::Value& value, const Place* place) {
    if (!value.is_object()) {
      return Mismatch(type, value, place,
                      fmt::format("expected an object {}, not {}", type.ToString(), ShortValue(value)));
    }
    MemberIndex members(value.AsObject());
    if (type.kind() == ConfigTypeKind::kStrictShape) CheckUnknown(type, value.AsObject(), place);
    CheckMissing(type, members, place);
    for (const auto& [name, field] : type.fields()) {
      const json::Value* member = members.Find(name);
      auto alias = type.field_aliases().find(name);
      const json::Value* aliased = alias == type.field_aliases().end() ? nullptr : members.Find(alias->second);
      if (member == nullptr && aliased == nullptr) continue;
      Place here{place, {PathEntry::Kind::kField, name}};
      if (member != nullptr && aliased != nullptr) {
        Fail(ErrorReason::kFieldAliasCollision, *field.type, &here,
             fmt::format("\"{}\" and \"{}\" are the same field; give one of them", name, alias->second),
             {name, alias->second});
      } else {
        Check(*field.type, member != nullptr ? *member : *aliased, &here);
      }
    }
  }

  void CheckUnknown(const ConfigType& type, const json::Object& object, const Place* place) {
    std::vector<std::string> unknown;
    for (const auto& [name, member] : object) {
      bool known = type.FindField(name) != nullptr ||
                   std::any_of(type.field_aliases().begin(), type.field_aliases().end(),
                               [&name = name](const auto& alias) { return alias.second == name; });
      if (!known) unknown.push_back(name);
    }
    if (!unknown.empty()) UnknownFields(type, std::move(unknown), place);
  }

  void UnknownFields(const ConfigType& type, std::vector<std::string> names, const Place* place) {
    bool one = names.size() == 1;
    std::string message = fmt::format("there is no field {}.", QuotedList(names));
    for (const std::string& name : names) message += SuggestField(type, name);
    message += " Expected " + type.ToString();
    auto reason = one ? ErrorReason::kFieldNotDefined : ErrorReason::kFieldsNotDefined;
    Fail(reason, type, place, message, std::move(names));
  }

  void CheckMissing(const ConfigType& type, const MemberIndex& members, const Place* place) {
    std::vector<std::string> missing;
    for (const auto& [name, field] : type.fields()) {
      if (!field.is_required || members.Find(name) != nullptr) continue;
      auto alias = type.field_aliases().find(name);
      if (alias == type.field_aliases().end() || members.Find(alias->second) == nullptr) missing.push_back(name);
    }
    if (missing.empty()) return;
    std::sort(missing.begin(), missing.end());
    std::string message = missing.size() == 1 ? "the required field " : "the required fields ";
    message += QuotedList(missing) + (missing.size() == 1 ? " is missing;" : " are missing;");
    for (const std::string& name : missing) {
      message += fmt::format(" \"{}\" takes {}", name, type.FindField(name)->type->ToString(120));
    }
    auto reason = missing.size() == 1 ? ErrorReason::kMissingRequiredField : ErrorReason::kMissingRequiredFields;
    Fail(reason, type, place, message, std::move(missing));
  }

  void CheckMap(const ConfigType& type, const json::Value& value, const Place* place) {
    if (!value.is_object()) return Mismatch(type, value, place, "expected an object, not " + ShortValue(value));
    for (const auto& [name, member] : value.AsObject()) {
      Place here{place, {PathEntry::Kind::kMapKey, name}};
      Check(*type.parameters()[0], name, &here);
    }
    for (const auto& [name, member] : value.AsObject()) {
      Place here{place, {PathEntry::Kind::kMapValue, name}};
      Check(*type.parameters()[1], member, &here);
    }
  }

  void CheckArray(const ConfigType& type, const json::Value& value, const Place* place) {
    if (!value.is_array()) {
      return Mismatch(type, value, place,
                      fmt::format("expected a list {}, not {}", type.ToString(), ShortValue(value)));
    }
    const json::Array& items = value.AsArray();
    for (std::size_t i = 0; i < items.size(); ++i) {
      Place here{place, {PathEntry::Kind::kListItem, "", static_cast<std::int64_t>(i)}};
      Check(*type.parameters()[0], items[i], &here);
    }
  }

  static std::string FieldNames(const ConfigType& type) {
    std::vector<std::string> names;
    for (const auto& [name, field] : type.fields()) names.push_back(name);
    std::sort(names.begin(), names.end());
    return QuotedList(names);
  }

  std::vector<ConfigError> errors_;
};

}  // namespace

std::vector<ConfigError> Validate(const ConfigType& type, const json::Value& value) {
  Validator validator;
  validator.Check(type, value, nullptr);
  return validator.TakeErrors();
}

}  // namespace tidemill::config
