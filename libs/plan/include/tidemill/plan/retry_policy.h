#pragma once

#include <cstdint>
#include <optional>

namespace tidemill::plan {

enum class Backoff { kConstant, kLinear, kExponential };
enum class Jitter { kNone, kFull, kPlusMinus };

/// How often and after how long a failed step is tried again.
struct RetryPolicy {
  std::int64_t max_retries = 1;
  std::optional<double> delay_seconds = {};
  Backoff backoff = Backoff::kConstant;
  Jitter jitter = Jitter::kNone;
};

/// Seconds to wait before attempt number `attempt` (1 is the first retry). `random` is uniform in [0, 1) and is used by
/// the policies with jitter only. Dagster's formula (definitions/policy.py); with Jitter::kPlusMinus it can be
/// negative, which means no wait.
double RetryDelay(const RetryPolicy& policy, std::int64_t attempt, double random);

}  // namespace tidemill::plan
