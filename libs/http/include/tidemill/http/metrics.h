#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace tidemill::http {

/// What a server counts. Any thread.
class ServerMetrics final {
 public:
  void CountRequest(std::string_view route, int status, std::chrono::nanoseconds duration);
  /// A connection or WebSocket was refused or cut for `cause`, e.g. "slow_reader".
  void CountRefusal(std::string_view cause);

  std::atomic<std::int64_t> connections{0};
  std::atomic<std::int64_t> websockets{0};
  std::atomic<std::int64_t> subscriptions{0};

  /// Appends all in the Prometheus text format 0.0.4, with memory, CPU time and descriptors of this process.
  void AppendText(std::string& out) const;

 private:
  static constexpr std::array<double, 14> kBucketSeconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                         0.1,    0.25,  0.5,    1,     2.5,  5,     10};
  struct Histogram {
    std::array<std::int64_t, kBucketSeconds.size() + 1> counts{};
    double sum_seconds = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::int64_t> requests_;  // Guarded by mutex_, as the next two.
  std::map<std::string, Histogram, std::less<>> durations_;
  std::map<std::string, std::int64_t, std::less<>> refusals_;
};

}  // namespace tidemill::http
