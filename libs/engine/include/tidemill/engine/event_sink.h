#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include <tidemill/model/events.h>
#include <tidemill/storage/group_committer.h>

namespace tidemill::engine {

/// Where a run's events go, in order. Any thread may call it.
class EventSink {
 public:
  virtual ~EventSink() = default;

  /// Takes the event and returns at once; it is durable when a later Flush returns. Throws Error if an earlier event
  /// could not be stored: nothing after it is.
  virtual void Write(model::EventLogEntry entry) = 0;
  /// Names a file that the events written after this call speak of: it becomes durable before they do.
  virtual void WroteFile(const std::filesystem::path& path) = 0;
  /// Returns when all that was written is durable. Throws Error if it could not be stored.
  virtual void Flush() = 0;
};

/// Files that must be durable before the next group of events is.
class WrittenFiles final {
 public:
  void Add(const std::filesystem::path& path);
  /// Makes all files added before this call durable, with their folders' entries. Throws Error that names the file.
  void MakeDurable();

 private:
  std::mutex mutex_;
  std::vector<std::string> paths_;  // Guarded by mutex_.
};

/// Writes to the instance's event log, many events a commit.
class StorageEventSink final : public EventSink {
 public:
  /// Called on the committing thread with what is durable now and its storage ids.
  using Acknowledge = storage::GroupCommitter::Acknowledge;

  StorageEventSink(storage::EventStorage& storage, Acknowledge acknowledge);

  void Write(model::EventLogEntry entry) override;
  void WroteFile(const std::filesystem::path& path) override { files_.Add(path); }
  void Flush() override { committer_.Flush(); }
  /// Until it is given back, only this thread's events are taken; other writers wait.
  std::unique_lock<std::recursive_mutex> Seize() { return std::unique_lock(mutex_); }

 private:
  WrittenFiles files_;
  std::recursive_mutex mutex_;
  storage::GroupCommitter committer_;
};

/// `{"type": <its type, or null for a log line>, "level": <n>, "event": <EventLogEntry>, "storage_id": <n>}` and a
/// newline for each event: what --ack-fd gets. Type and level come first for readers that want few of the events.
std::string AcknowledgedLines(std::span<const storage::NewEvent> events, std::span<const std::int64_t> storage_ids);

}  // namespace tidemill::engine
