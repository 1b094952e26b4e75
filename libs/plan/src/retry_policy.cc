#include <cmath>

#include <tidemill/plan/retry_policy.h>

namespace tidemill::plan {

double RetryDelay(const RetryPolicy& policy, std::int64_t attempt, double random) {
  const double base = policy.delay_seconds.value_or(0);
  double delay = base;
  switch (policy.backoff) {
    case Backoff::kConstant:
      break;
    case Backoff::kLinear:
      delay = base * static_cast<double>(attempt);
      break;
    case Backoff::kExponential:
      delay = (std::exp2(static_cast<double>(attempt)) - 1) * base;
      break;
  }
  switch (policy.jitter) {
    case Jitter::kNone:
      return delay;
    case Jitter::kFull:
      return random * delay;
    case Jitter::kPlusMinus:
      return delay + 2 * random * base - base;
  }
  return delay;
}

}  // namespace tidemill::plan
