#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <tidemill/http/worker_pool.h>

#include "io_thread.h"

namespace tidemill::http {

/// Runs `task` on a worker and resumes on the I/O thread. False if the pool is full: the task was not run. `task` must
/// not throw, and what it refers to must live until then.
inline boost::asio::awaitable<bool> OnWorker(WorkerPool& workers, IoThread& thread, std::function<void()> task) {
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(bool)>(
      [&workers, &thread](auto handler, std::function<void()> work) {
        // The guard keeps the loop running while only a worker knows of this coroutine; both are given up on the loop.
        auto waiting = std::make_shared<std::pair<decltype(handler), IoThread::Guard>>(
            std::move(handler), boost::asio::make_work_guard(thread.context()));
        const auto resume = [waiting, owner = thread.shared_from_this()](bool ran) {
          owner->Post([waiting, ran] {
            auto taken = std::move(*waiting);
            std::move(taken.first)(ran);
          });
        };
        const bool taken = workers.TrySubmit([resume, work = std::move(work)] {
          work();
          resume(true);
        });
        if (!taken) resume(false);
      },
      boost::asio::use_awaitable, std::move(task));
}

}  // namespace tidemill::http
