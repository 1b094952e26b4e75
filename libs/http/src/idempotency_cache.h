#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

namespace tidemill::http {

/// Remembers for some time what was answered to requests with an idempotency key. Any thread.
class IdempotencyCache final {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Answer {
    int status = 200;
    std::string body;
  };
  enum class Refusal {
    kDiffers,  ///< The key was used for another request.
    kRunning,  ///< The first request with this key has not been answered yet.
  };
  /// Null: the caller is the first, executes, and calls Finish or Abandon.
  using Claim = std::variant<std::shared_ptr<const Answer>, Refusal>;

  /// Answers are kept for `keep`, and no more than `max_bytes` of them: the oldest go first.
  IdempotencyCache(std::chrono::seconds keep, std::size_t max_bytes) : keep_(keep), max_bytes_(max_bytes) {}

  /// Waits for up to `patience` for the first request of this key. `fingerprint` stands for what is asked.
  Claim Begin(const std::string& key, const std::string& fingerprint, Time now, std::chrono::milliseconds patience);
  void Finish(const std::string& key, Answer answer, Time now);
  /// Nothing was done: the next request with this key is the first.
  void Abandon(const std::string& key);

 private:
  struct Entry {
    std::string fingerprint;
    std::shared_ptr<const Answer> answer;  ///< Null while it runs.
  };
  struct Finished {
    Time time;
    std::string key;
    std::size_t bytes = 0;
  };

  void DropOld(Time now);

  const std::chrono::seconds keep_;
  const std::size_t max_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::string, Entry> entries_;  // Guarded by mutex_, as all below.
  std::deque<Finished> finished_;
  std::size_t bytes_ = 0;
};

}  // namespace tidemill::http
