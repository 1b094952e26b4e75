#include <algorithm>
#include <iterator>
#include <utility>

#include <tidemill/storage/group_committer.h>

namespace tidemill::storage {

GroupCommitter::GroupCommitter(EventStorage& storage, Acknowledge acknowledge, Barrier barrier, Limits limits)
    : storage_(storage),
      acknowledge_(std::move(acknowledge)),
      barrier_(std::move(barrier)),
      limits_(limits),
      preparing_([this] { Prepare(); }),
      committing_([this] { Commit(); }) {}

GroupCommitter::~GroupCommitter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  preparing_.join();
  committing_.join();
}

void GroupCommitter::Enqueue(NewEvent event) {
  std::unique_lock lock(mutex_);
  // An event larger than the whole queue is taken when the queue is empty.
  changed_.wait(lock,
                [&] { return error_ || queue_.empty() || queued_bytes_ + event.text.size() <= limits_.queued_bytes; });
  if (error_) std::rethrow_exception(error_);
  queued_bytes_ += event.text.size();
  ++enqueued_;
  queue_.push_back(std::move(event));
  if (queue_.size() == 1) changed_.notify_all();
}

void GroupCommitter::Flush() {
  std::unique_lock lock(mutex_);
  const std::size_t target = enqueued_;
  changed_.wait(lock, [&] { return error_ || committed_ >= target; });
  if (error_) std::rethrow_exception(error_);
}

void GroupCommitter::Prepare() {
  std::unique_lock lock(mutex_);
  while (true) {
    // Not before the last one is taken: what waits in the queue becomes one group.
    changed_.wait(lock, [&] { return error_ || (prepared_.empty() && (stopping_ || !queue_.empty())); });
    if (error_ || queue_.empty()) break;
    std::vector<NewEvent> group = TakeGroup();
    lock.unlock();
    changed_.notify_all();
    try {
      if (barrier_) barrier_();
    } catch (...) {
      lock.lock();
      barrier_error_ = std::current_exception();
      break;
    }
    lock.lock();
    prepared_ = std::move(group);
    changed_.notify_all();
  }
  all_prepared_ = true;
  changed_.notify_all();
}

void GroupCommitter::Commit() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return error_ || all_prepared_ || !prepared_.empty(); });
    if (prepared_.empty() && !error_) {
      error_ = barrier_error_;  // What came before is committed.
      changed_.notify_all();
    }
    if (error_ || prepared_.empty()) return;
    std::vector<NewEvent> group = std::exchange(prepared_, {});
    const std::size_t size = group.size();
    lock.unlock();
    changed_.notify_all();
    try {
      const std::vector<std::int64_t> ids = storage_.Append(group);
      if (acknowledge_) acknowledge_(group, ids);
      group = {};  // Not under the lock.
    } catch (...) {
      lock.lock();
      error_ = std::current_exception();
      changed_.notify_all();
      return;
    }
    lock.lock();
    committed_ += size;
    changed_.notify_all();
  }
}

std::vector<NewEvent> GroupCommitter::TakeGroup() {
  if (queue_.size() <= limits_.group_events) {
    queued_bytes_ = 0;
    return std::exchange(queue_, {});
  }
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(limits_.group_events);
  std::vector<NewEvent> group(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  for (const NewEvent& event : group) queued_bytes_ -= event.text.size();
  return group;
}

}  // namespace tidemill::storage
