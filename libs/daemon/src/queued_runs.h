#pragma once

#include <string>
#include <vector>

#include <tidemill/launch/context.h>
#include <tidemill/model/runs.h>

namespace tidemill::daemon {

/// The queued runs, oldest first, kept between looks so that each is read and decoded once. Not thread-safe.
class QueuedRuns final {
 public:
  explicit QueuedRuns(storage::RunStorage& storage) : storage_(storage) {}

  /// Reads what has been added since; all of it where that does not explain how many there are.
  void Refresh();
  void Reload();
  /// A run that is not QUEUED any more.
  void Remove(const std::string& run_id);

  const std::vector<model::RunRecord>& records() const { return records_; }

 private:
  void ReadNew();

  storage::RunStorage& storage_;
  std::vector<model::RunRecord> records_;
  std::optional<std::string> last_read_;  ///< The newest run that was read.
};

}  // namespace tidemill::daemon
