#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include <pthread.h>

#include <tidemill/http/worker_pool.h>

namespace tidemill::http {

struct WorkerPool::State {
  void Run() {
    std::unique_lock lock(mutex);
    while (true) {
      wake.wait(lock, [this] { return !queue.empty() || stopped; });
      if (queue.empty()) return;
      {
        const std::function<void()> task = std::move(queue.front());
        queue.pop_front();
        lock.unlock();
        task();
      }
      lock.lock();
      --unfinished;
    }
  }

  std::string name;
  std::size_t max_threads = 0;
  std::size_t max_queued = 0;

  mutable std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> queue;  // Guarded by mutex, as all below.
  std::vector<std::thread> threads;
  std::size_t unfinished = 0;  ///< Queued and running.
  bool stopped = false;
};

WorkerPool::WorkerPool(std::string name, std::size_t max_threads, std::size_t max_queued)
    : state_(std::make_unique<State>()) {
  state_->name = std::move(name);
  state_->max_threads = max_threads;
  state_->max_queued = max_queued;
}

WorkerPool::~WorkerPool() { Stop(); }

bool WorkerPool::TrySubmit(std::function<void()> task) {
  State& state = *state_;
  {
    const std::lock_guard lock(state.mutex);
    if (state.stopped || state.unfinished >= state.max_threads + state.max_queued) return false;
    state.queue.push_back(std::move(task));
    if (++state.unfinished > state.threads.size() && state.threads.size() < state.max_threads) {
      state.threads.emplace_back([&state] { state.Run(); });
      const std::string name = state.name.substr(0, 12) + "-" + std::to_string(state.threads.size());
      pthread_setname_np(state.threads.back().native_handle(), name.substr(0, 15).c_str());
    }
  }
  state.wake.notify_one();
  return true;
}

void WorkerPool::Stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
    threads.swap(state_->threads);
  }
  state_->wake.notify_all();
  for (std::thread& thread : threads) thread.join();
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(state_->mutex);
  return state_->queue.size();
}

}  // namespace tidemill::http
