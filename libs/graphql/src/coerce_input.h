#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <tidemill/base/json.h>
#include <tidemill/graphql/type_system.h>

namespace tidemill::graphql {

/// Told of each wrong value: where it is (`.runs[0]`, empty at the top), the value, what is wrong.
using OnInputError = std::function<void(const std::string& path, const json::Value& value, const std::string& message)>;

/// A value that a client sent as one of `type`, with defaults filled in; nothing if it is none, of which `on_error` is
/// told, perhaps several times.
std::optional<json::Value> CoerceInput(const json::Value& value, Type type, const OnInputError& on_error,
                                       const std::string& path = {});

/// Whether it nests deeper than 200 in lists and input objects.
bool NestsTooDeeply(const json::Value& value, Type type);

/// " Did you mean the enum value 'STARTED'?", or nothing.
std::string SuggestEnumValue(const NamedType& type, std::string_view given);

}  // namespace tidemill::graphql
