#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace tidemill::location_server::answers {

/// SerializableErrorInfo of an exception, as serdes text. The class of what was not found is "NotFoundError".
std::string ErrorInfo(std::exception_ptr exception);

/// What the RPC `method` answers where its work fails: the error alone, or its own error class with the error in it.
std::string Failure(std::string_view method, std::exception_ptr exception);

/// StartRunResult and CancelExecutionResult: `class_name` with these members.
std::string Outcome(std::string_view class_name, bool success, const std::optional<std::string>& message = {},
                    std::exception_ptr exception = nullptr);

}  // namespace tidemill::location_server::answers
