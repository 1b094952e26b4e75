#include "io_thread.h"

#include <vector>

#include <pthread.h>

namespace tidemill::http {

namespace {

// How late a deadline may be noticed.
constexpr std::chrono::milliseconds kSweepInterval{200};

}  // namespace

IoThread::IoThread() : keep_running_(boost::asio::make_work_guard(context_)) {}

IoThread::~IoThread() { Join(); }

void IoThread::Start() {
  thread_ = std::thread([this] { context_.run(); });
  pthread_setname_np(thread_.native_handle(), "http-io");
}

void IoThread::Join() {
  if (!thread_.joinable()) return;
  keep_running_.reset();
  thread_.join();
}

void IoThread::Add(IoTask& task) {
  tasks_.insert(&task);
  if (!sweeping_) ScheduleSweep();
}

void IoThread::Remove(IoTask& task) {
  tasks_.erase(&task);
  if (tasks_.empty()) timer_.cancel();
}

void IoThread::DrainAll() {
  draining_ = true;
  for (IoTask* task : std::vector<IoTask*>(tasks_.begin(), tasks_.end())) task->Drain();
}

void IoThread::AbortAll() {
  draining_ = true;
  for (IoTask* task : std::vector<IoTask*>(tasks_.begin(), tasks_.end())) task->Abort();
}

void IoThread::ScheduleSweep() {
  sweeping_ = true;
  timer_.expires_after(kSweepInterval);
  timer_.async_wait([this](const boost::system::error_code&) { Sweep(); });
}

void IoThread::Sweep() {
  sweeping_ = false;
  if (tasks_.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  for (IoTask* task : std::vector<IoTask*>(tasks_.begin(), tasks_.end())) task->Sweep(now);
  ScheduleSweep();
}

}  // namespace tidemill::http
