#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/api/poller.h>
#include <tidemill/storage/event_storage.h>

namespace tidemill::api {

/// Follows the logs of runs for those who read them as they grow, whichever process writes them. The readers of one
/// run share one tail: it is read, and each of its events decoded, once. Safe from any thread.
class LogTails final {
 public:
  struct Event {
    std::int64_t storage_id = 0;
    std::shared_ptr<const model::EventLogEntry> entry;
  };

  /// Somebody's place in a run's log. Used by one thread at a time; must go before the LogTails.
  class Reader {
   public:
    virtual ~Reader() = default;
    /// The next events, at most `limit`; none if the end was reached. Reads the storage only if the reader is far
    /// behind the others, and throws what that throws.
    virtual std::vector<Event> Next(std::int64_t limit) = 0;
  };

  /// `storage` must outlive this.
  explicit LogTails(storage::EventStorage& storage);
  ~LogTails();
  LogTails(const LogTails&) = delete;
  LogTails& operator=(const LogTails&) = delete;

  /// Reads the log from behind the event `after` on. `wake` is called, on a thread of this object and cheaply, when
  /// there are new events, and never after the reader has gone. A run that `is_over` is looked at less often.
  std::unique_ptr<Reader> Follow(const std::string& run_id, std::int64_t after, bool is_over,
                                 std::function<void()> wake);

  /// For whatever else has to be looked at again and again.
  Poller& poller() { return poller_; }

 private:
  class Tail;
  class TailReader;
  class Table;

  Poller poller_;
  std::shared_ptr<Table> table_;
};

}  // namespace tidemill::api
