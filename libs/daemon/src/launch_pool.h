#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <tidemill/model/runs.h>

namespace tidemill::daemon {

/// Launches runs on a few threads, in order. Any thread may call it.
class LaunchPool final {
 public:
  using Launch = std::function<void(const model::Run& run)>;

  /// `launch` must not throw.
  LaunchPool(int threads, Launch launch) : launch_(std::move(launch)) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
  }
  /// Waits for launches under way, and for those that have not begun: their runs are claimed.
  ~LaunchPool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  LaunchPool(const LaunchPool&) = delete;
  LaunchPool& operator=(const LaunchPool&) = delete;

  void Add(model::Run run) {
    {
      const std::lock_guard lock(mutex_);
      if (!under_way_.insert(run.run_id).second) return;
      queue_.push_back(std::move(run));
    }
    changed_.notify_one();
  }

  /// Whether the run's launch has not ended yet.
  bool Holds(const std::string& run_id) const {
    const std::lock_guard lock(mutex_);
    return under_way_.contains(run_id);
  }

 private:
  void Work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const model::Run run = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      launch_(run);
      lock.lock();
      under_way_.erase(run.run_id);
    }
  }

  const Launch launch_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<model::Run> queue_;     // Guarded by mutex_.
  std::set<std::string> under_way_;  // Guarded by mutex_; also those that wait.
  bool stopping_ = false;            // Guarded by mutex_.
  std::vector<std::thread> threads_;
};

}  // namespace tidemill::daemon
