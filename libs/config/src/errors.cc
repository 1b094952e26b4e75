#include "errors.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace tidemill::config {
namespace {

/// Edits (insert, delete, replace) that turn `a` into `b`.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

constexpr std::size_t kLongestName = 100;

}  // namespace

std::string_view ErrorReasonName(ErrorReason reason) {
  switch (reason) {
    case ErrorReason::kRuntimeTypeMismatch:
      return "RUNTIME_TYPE_MISMATCH";
    case ErrorReason::kMissingRequiredField:
      return "MISSING_REQUIRED_FIELD";
    case ErrorReason::kMissingRequiredFields:
      return "MISSING_REQUIRED_FIELDS";
    case ErrorReason::kFieldNotDefined:
      return "FIELD_NOT_DEFINED";
    case ErrorReason::kFieldsNotDefined:
      return "FIELDS_NOT_DEFINED";
    case ErrorReason::kSelectorFieldError:
      return "SELECTOR_FIELD_ERROR";
    case ErrorReason::kFailedPostProcessing:
      return "FAILED_POST_PROCESSING";
    case ErrorReason::kFieldAliasCollision:
      return "FIELD_ALIAS_COLLISION";
  }
  return "RUNTIME_TYPE_MISMATCH";
}

std::vector<PathEntry> Place::Stack(const Place* place) {
  std::vector<PathEntry> stack;
  for (; place != nullptr; place = place->parent) stack.push_back(place->entry);
  std::reverse(stack.begin(), stack.end());
  return stack;
}

std::string PathText(const std::vector<PathEntry>& stack) {
  std::string text = "root";
  for (const PathEntry& entry : stack) {
    switch (entry.kind) {
      case PathEntry::Kind::kField:
        text += ":" + entry.name;
        break;
      case PathEntry::Kind::kListItem:
        text += fmt::format("[{}]", entry.index);
        break;
      case PathEntry::Kind::kMapKey:
        text += ":'" + entry.name + "':key";
        break;
      case PathEntry::Kind::kMapValue:
        text += ":'" + entry.name + "':value";
        break;
    }
  }
  return text;
}

ConfigError MakeError(const Place* place, ErrorReason reason, std::string_view message, const ConfigType& type) {
  ConfigError error;
  error.stack = Place::Stack(place);
  error.path = PathText(error.stack);
  error.message = message;
  error.reason = reason;
  error.type_key = type.key();
  return error;
}

std::string SuggestField(const ConfigType& type, std::string_view name) {
  std::size_t best = std::max<std::size_t>(1, name.size() / 3) + 1;
  const std::string* nearest = nullptr;
  if (name.size() <= kLongestName) {
    for (const auto& [field_name, field] : type.fields()) {
      if (field_name.size() > kLongestName) continue;
      if (std::size_t distance = EditDistance(name, field_name); distance < best) {
        best = distance;
        nearest = &field_name;
      }
    }
  }
  return nearest == nullptr ? "" : fmt::format(" Did you mean \"{}\"?", *nearest);
}

std::string ShortValue(const json::Value& value) {
  constexpr std::size_t kLimit = 200;
  std::string text = json::Dump(value);
  if (text.size() > kLimit) text = text.substr(0, kLimit) + "...";
  return text;
}

std::string QuotedList(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += '"' + names[i] + '"';
  }
  return text;
}

std::string DescribeErrors(const std::vector<ConfigError>& errors) {
  std::string text;
  for (const ConfigError& error : errors) {
    if (!text.empty()) text += '\n';
    text += fmt::format("at {}: {}", error.path, error.message);
  }
  return text;
}

}  // namespace tidemill::config
