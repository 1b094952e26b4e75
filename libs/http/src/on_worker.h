#pragma once

#include <functional>
#include <utility>

#include <tidemill/http/worker_pool.h>

#include "io_thread.h"

namespace tidemill::http {

/// Runs `work` on a worker, then `then` on the I/O thread, where it is also destroyed. False if the pool is full:
/// neither is run. `work` must not throw; it may refer to what `then` keeps alive. Called on the I/O thread.
[[nodiscard]] inline bool OnWorker(WorkerPool& workers, IoThread& thread, std::function<void()> work,
                                   std::function<void()> then) {
  // The guard keeps the loop running while only a worker knows of what comes next.
  return workers.TrySubmit([owner = thread.shared_from_this(), guard = thread.KeepRunning(), work = std::move(work),
                            then = std::move(then)]() mutable {
    work();
    work = nullptr;
    owner->Post([guard = std::move(guard), then = std::move(then)] { then(); });
  });
}

}  // namespace tidemill::http
