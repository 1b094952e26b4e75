#pragma once

#include <string>

#include <tidemill/base/json.h>

namespace tidemill::api {

/// The value as Python's repr() writes it: {'a': [True, None, 1.5]}.
std::string PythonRepr(const json::Value& value);

}  // namespace tidemill::api
