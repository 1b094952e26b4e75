#include <array>

#include <tidemill/base/error.h>

namespace tidemill {

std::string_view CodeName(Code code) {
  static constexpr std::array<std::string_view, 16> kNames = {
      "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",   "NOT_FOUND",
      "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
      "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",         "DATA_LOSS",
      "UNAUTHENTICATED"};
  return kNames.at(static_cast<std::size_t>(code));
}

}  // namespace tidemill
