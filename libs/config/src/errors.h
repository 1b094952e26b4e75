#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tidemill/config/config_type.h>

namespace tidemill::config {

/// Where a walk over a configuration stands: a list from the place up to the root, on the callers' stacks.
struct Place {
  const Place* parent = nullptr;
  PathEntry entry;

  /// The root itself has no entry.
  static std::vector<PathEntry> Stack(const Place* place);
};

/// "root:ops:a[3]:'key':value".
std::string PathText(const std::vector<PathEntry>& stack);

/// An error at `place`; the message need not say where that is.
ConfigError MakeError(const Place* place, ErrorReason reason, std::string_view message, const ConfigType& type);

/// `Did you mean "limit"?` with a blank before, or nothing if no field of `type` is close to `name`.
std::string SuggestField(const ConfigType& type, std::string_view name);

/// The value as JSON, cut off after some 200 bytes.
std::string ShortValue(const json::Value& value);

/// "a", "b" and "c".
std::string QuotedList(const std::vector<std::string>& names);

}  // namespace tidemill::config
