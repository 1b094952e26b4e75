#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace tidemill::http {

/// A named, bounded pool of threads for blocking work.
///
/// Threads start when there is work and none is free, up to `max_threads`, and stay. Any thread may submit.
class WorkerPool final {
 public:
  /// `name` shows in debuggers (the first 12 bytes). At most `max_queued` tasks wait while all threads are busy.
  WorkerPool(std::string name, std::size_t max_threads, std::size_t max_queued);
  /// Stops.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False if the queue is full or the pool stopped: the task is not run. A task must not throw.
  [[nodiscard]] bool TrySubmit(std::function<void()> task);

  /// Refuses new tasks, runs those that wait, and joins the threads. Must not be called by a task.
  void Stop();

  std::size_t queued() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemill::http
