#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_set>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace tidemill::http {

/// Something that lives on an I/O thread until it ends by itself or is told to.
class IoTask {
 public:
  virtual ~IoTask() = default;
  /// Several times a second: closes itself if a deadline has passed.
  virtual void Sweep(std::chrono::steady_clock::time_point now) = 0;
  /// Ends as soon as nothing is in flight.
  virtual void Drain() = 0;
  /// Ends now.
  virtual void Abort() = 0;
};

/// One event loop on one thread, with the tasks that live on it. Post from any thread; the rest on the loop's own.
///
/// Shared with workers and channels that may still be inside of Post when the server goes.
class IoThread final : public std::enable_shared_from_this<IoThread> {
 public:
  using Guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

  IoThread();
  ~IoThread();

  void Start();
  /// Returns when the last task has ended. The loop is stopped for good.
  void Join();

  boost::asio::io_context& context() { return context_; }
  /// The loop does not end while the guard lives. It must be destroyed on the loop.
  Guard KeepRunning() { return boost::asio::make_work_guard(context_); }
  template <typename Function>
  void Post(Function function) {
    boost::asio::post(context_, std::move(function));
  }

  void Add(IoTask& task);
  void Remove(IoTask& task);
  void DrainAll();
  void AbortAll();
  bool draining() const { return draining_; }

 private:
  void ScheduleSweep();
  void Sweep();

  boost::asio::io_context context_{1};
  std::optional<Guard> keep_running_;
  boost::asio::steady_timer timer_{context_};
  std::unordered_set<IoTask*> tasks_;
  bool sweeping_ = false;
  bool draining_ = false;
  std::thread thread_;
};

}  // namespace tidemill::http
