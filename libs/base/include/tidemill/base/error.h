#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace tidemill {

/// Why an operation could not go on; gRPC's canonical set, so that each transport maps it once.
enum class Code {
  kCancelled,
  kUnknown,
  kInvalidArgument,
  kDeadlineExceeded,
  kNotFound,
  kAlreadyExists,
  kPermissionDenied,
  kResourceExhausted,
  kFailedPrecondition,
  kAborted,
  kOutOfRange,
  kUnimplemented,
  kInternal,
  kUnavailable,
  kDataLoss,
  kUnauthenticated,
};

/// gRPC's name of a code, e.g. "INVALID_ARGUMENT".
std::string_view CodeName(Code code);

/// Thrown where a request or a step cannot go on; caught once, at the edge of a task.
/// The message names the place and the remedy. An expected outcome is a value, not an Error.
class Error : public std::runtime_error {
 public:
  Error(Code code, const std::string& message) : std::runtime_error(message), code_(code) {}

  Code code() const { return code_; }

 private:
  Code code_;
};

}  // namespace tidemill
