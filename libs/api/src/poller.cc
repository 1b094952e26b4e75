#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include <tidemill/api/poller.h>

namespace tidemill::api {

class Poller::Impl final {
 public:
  Impl() : thread_([this] { Run(); }) {}
  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  std::uint64_t Add(Check check) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t id = ++last_id_;
    checks_.emplace(id, Item{std::make_shared<const Check>(std::move(check)), Time()});
    changed_.notify_all();
    return id;
  }

  void Remove(std::uint64_t id) {
    std::unique_lock lock(mutex_);
    checks_.erase(id);
    changed_.wait(lock, [&] { return running_ != id; });
  }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Item {
    std::shared_ptr<const Check> check;
    Time due;
  };

  void Run() {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
      const auto next = std::min_element(checks_.begin(), checks_.end(),
                                         [](const auto& a, const auto& b) { return a.second.due < b.second.due; });
      if (next == checks_.end()) {
        changed_.wait(lock);
      } else if (next->second.due > std::chrono::steady_clock::now()) {
        changed_.wait_until(lock, Time(next->second.due));
      } else {
        RunCheck(lock, next->first, next->second.check);
      }
    }
  }

  void RunCheck(std::unique_lock<std::mutex>& lock, std::uint64_t id, std::shared_ptr<const Check> check) {
    running_ = id;
    lock.unlock();
    const std::chrono::milliseconds pause = (*check)();
    lock.lock();
    running_ = 0;
    if (const auto found = checks_.find(id); found != checks_.end()) {
      found->second.due = std::chrono::steady_clock::now() + pause;
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Item> checks_;  // Guarded by mutex_, as all below.
  std::uint64_t last_id_ = 0;
  std::uint64_t running_ = 0;
  bool stopped_ = false;
  std::thread thread_;
};

Poller::Poller() : impl_(std::make_unique<Impl>()) {}
Poller::~Poller() = default;

std::unique_ptr<Poller::Handle> Poller::Add(Check check) {
  return std::make_unique<Handle>(*this, impl_->Add(std::move(check)));
}

void Poller::Remove(std::uint64_t id) { impl_->Remove(id); }

}  // namespace tidemill::api
