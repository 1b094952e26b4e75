#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include <tidemill/api/log_tails.h>
#include <tidemill/base/error.h>

namespace tidemill::api {
namespace {

using std::chrono::milliseconds;

/// How often a log is looked at: while its run goes on, after its end, and after the storage failed.
constexpr milliseconds kInterval{8};
constexpr milliseconds kIntervalOfEnded{250};
constexpr milliseconds kIntervalAfterError{1'000};
/// Events that one look reads at most.
constexpr std::int64_t kBatch = 1'000;
/// Events that a tail keeps for readers behind the newest one.
constexpr std::size_t kKept = 4'000;

using Event = LogTails::Event;

std::vector<Event> EventsOf(std::vector<storage::StoredEvent> stored) {
  const auto shared = std::make_shared<const std::vector<storage::StoredEvent>>(std::move(stored));
  std::vector<Event> events;
  events.reserve(shared->size());
  for (const storage::StoredEvent& event : *shared) {
    events.push_back({event.storage_id, std::shared_ptr<const model::EventLogEntry>(shared, &event.entry)});
  }
  return events;
}

bool EndsRun(const Event& event) {
  if (!event.entry->dagster_event) return false;
  const model::EventType type = event.entry->dagster_event->type;
  return type == model::EventType::kRunSuccess || type == model::EventType::kRunFailure ||
         type == model::EventType::kRunCanceled;
}

std::vector<Event> Read(storage::EventStorage& storage, const std::string& run_id, std::int64_t after,
                        std::int64_t limit) {
  storage::RunEventQuery query;
  query.after = after;
  query.limit = limit;
  return EventsOf(storage.RunEvents(run_id, query));
}

}  // namespace

/// The end of one run's log.
class LogTails::Tail final {
 public:
  Tail(storage::EventStorage& storage, std::string run_id, std::int64_t after, bool is_over)
      : storage_(storage), run_id_(std::move(run_id)), begin_(after), end_(after), is_over_(is_over) {}

  const std::string& run_id() const { return run_id_; }

  void AddReader(const void* reader, std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wakes_.emplace(reader, std::move(wake));
  }
  void RemoveReader(const void* reader) {
    const std::lock_guard lock(mutex_);
    wakes_.erase(reader);
  }

  std::vector<Event> After(std::int64_t position, std::int64_t limit) {
    {
      const std::lock_guard lock(mutex_);
      if (position >= begin_) return Kept(position, limit);
    }
    return Read(storage_, run_id_, position, limit);
  }

  /// Takes what the log has got, and wakes the readers.
  milliseconds Look() {
    std::vector<Event> events;
    try {
      events = Read(storage_, run_id_, end_, kBatch);
    } catch (const Error&) {
      return kIntervalAfterError;
    }
    const std::lock_guard lock(mutex_);
    for (Event& event : events) {
      is_over_ = is_over_ || EndsRun(event);
      end_ = event.storage_id;
      recent_.push_back(std::move(event));
    }
    while (recent_.size() > kKept) {
      begin_ = recent_.front().storage_id;
      recent_.pop_front();
    }
    if (!events.empty()) {
      for (const auto& [reader, wake] : wakes_) wake();
    }
    if (static_cast<std::int64_t>(events.size()) == kBatch) return milliseconds(0);
    return is_over_ ? kIntervalOfEnded : kInterval;
  }

 private:
  std::vector<Event> Kept(std::int64_t position, std::int64_t limit) const {
    auto next = std::upper_bound(recent_.begin(), recent_.end(), position,
                                 [](std::int64_t id, const Event& event) { return id < event.storage_id; });
    std::vector<Event> events;
    for (; next != recent_.end() && static_cast<std::int64_t>(events.size()) < limit; ++next) events.push_back(*next);
    return events;
  }

  storage::EventStorage& storage_;
  const std::string run_id_;
  std::mutex mutex_;
  std::deque<Event> recent_;  // All events behind begin_ that were seen. Guarded by mutex_, as all below.
  std::int64_t begin_;
  std::int64_t end_;  // Written by the poller's thread alone, which may read it without the mutex.
  bool is_over_;
  std::map<const void*, std::function<void()>> wakes_;
};

/// The tails that have readers. Shared with the readers, which take themselves out.
class LogTails::Table final {
 public:
  Table(storage::EventStorage& storage, Poller& poller) : storage_(storage), poller_(poller) {}

  std::shared_ptr<Tail> Enter(const std::string& run_id, std::int64_t after, bool is_over, const void* reader,
                              std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[run_id];
    if (entry.readers++ == 0) {
      entry.tail = std::make_shared<Tail>(storage_, run_id, after, is_over);
      entry.handle = poller_.Add([tail = entry.tail] { return tail->Look(); });
    }
    entry.tail->AddReader(reader, std::move(wake));
    return entry.tail;
  }

  void Leave(Tail& tail, const void* reader) {
    tail.RemoveReader(reader);
    std::unique_ptr<Poller::Handle> ended;  // Goes after the lock: it waits for a look under way.
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(tail.run_id());
    if (--found->second.readers > 0) return;
    ended = std::move(found->second.handle);
    entries_.erase(found);
  }

 private:
  struct Entry {
    std::shared_ptr<Tail> tail;
    std::unique_ptr<Poller::Handle> handle;
    int readers = 0;
  };

  storage::EventStorage& storage_;
  Poller& poller_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // Guarded by mutex_.
};

class LogTails::TailReader final : public Reader {
 public:
  TailReader(std::shared_ptr<Table> table, const std::string& run_id, std::int64_t after, bool is_over,
             std::function<void()> wake)
      : table_(std::move(table)),
        position_(after),
        tail_(table_->Enter(run_id, after, is_over, this, std::move(wake))) {}
  TailReader(const TailReader&) = delete;
  TailReader& operator=(const TailReader&) = delete;
  ~TailReader() override { table_->Leave(*tail_, this); }

  std::vector<Event> Next(std::int64_t limit) override {
    std::vector<Event> events = tail_->After(position_, limit);
    if (!events.empty()) position_ = events.back().storage_id;
    return events;
  }

 private:
  const std::shared_ptr<Table> table_;
  std::int64_t position_;
  const std::shared_ptr<Tail> tail_;
};

LogTails::LogTails(storage::EventStorage& storage) : table_(std::make_shared<Table>(storage, poller_)) {}
LogTails::~LogTails() = default;

std::unique_ptr<LogTails::Reader> LogTails::Follow(const std::string& run_id, std::int64_t after, bool is_over,
                                                   std::function<void()> wake) {
  return std::make_unique<TailReader>(table_, run_id, after, is_over, std::move(wake));
}

}  // namespace tidemill::api
