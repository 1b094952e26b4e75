#include <algorithm>
#include <array>

#include <tidemill/model/runs.h>

namespace tidemill::model {
namespace {

constexpr std::array<std::string_view, 10> kStatusNames = {"QUEUED",    "NOT_STARTED", "MANAGED", "STARTING",
                                                           "STARTED",   "SUSPENDED",   "SUCCESS", "FAILURE",
                                                           "CANCELING", "CANCELED"};

}  // namespace

std::string_view RunStatusName(RunStatus status) { return kStatusNames.at(static_cast<std::size_t>(status)); }

std::optional<RunStatus> ParseRunStatus(std::string_view name) {
  const auto* found = std::find(kStatusNames.begin(), kStatusNames.end(), name);
  if (found == kStatusNames.end()) return std::nullopt;
  return static_cast<RunStatus>(found - kStatusNames.begin());
}

bool IsFinished(RunStatus status) {
  return status == RunStatus::kSuccess || status == RunStatus::kFailure || status == RunStatus::kCanceled;
}

}  // namespace tidemill::model
