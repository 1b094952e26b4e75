#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <tidemill/storage/event_storage.h>

namespace tidemill::storage {

/// Writes events behind their producers, many to a commit: the price of an fsync is paid per group.
///
/// A thread commits what has been enqueued, in order, while another passes the next group through the barrier and the
/// one after that fills. A producer waits only while the queue is full. What must not happen before an event is durable
/// waits for Flush or for the acknowledgement. A failed commit is retried by nobody: the error is kept, every later
/// call throws it, and nothing after it is written.
class GroupCommitter final {
 public:
  /// Called on the committing thread after each commit with the events that are durable now and their storage ids.
  using Acknowledge = std::function<void(std::span<const NewEvent> events, std::span<const std::int64_t> storage_ids)>;
  /// Called before the commit of each group, by one thread: makes durable what the events speak of (files of outputs).
  using Barrier = std::function<void()>;

  struct Limits {
    std::size_t queued_bytes = 512u << 10;  ///< Texts waiting; a producer beyond it waits.
    std::size_t group_events = 2048;
  };

  GroupCommitter(EventStorage& storage, Acknowledge acknowledge, Barrier barrier, Limits limits);
  /// Commits what is queued, then stops the thread. Errors are lost here: call Flush before to see them.
  ~GroupCommitter();

  /// Takes the event; returns at once unless the queue is full. Throws the error of an earlier commit.
  void Enqueue(NewEvent event);
  /// Returns when everything enqueued before is durable and acknowledged. Throws the error of a commit.
  void Flush();

 private:
  void Prepare();
  void Commit();
  /// The next group of the queue; called with mutex_ held.
  std::vector<NewEvent> TakeGroup();

  EventStorage& storage_;
  const Acknowledge acknowledge_;
  const Barrier barrier_;
  const Limits limits_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::vector<NewEvent> queue_;
  std::vector<NewEvent> prepared_;    ///< The group that is past the barrier; empty: none is.
  bool all_prepared_ = false;         ///< No group follows it.
  std::exception_ptr barrier_error_;  ///< Why none follows.
  std::size_t queued_bytes_ = 0;
  std::size_t enqueued_ = 0;
  std::size_t committed_ = 0;
  bool stopping_ = false;
  std::exception_ptr error_;

  std::thread preparing_;
  std::thread committing_;
};

}  // namespace tidemill::storage
