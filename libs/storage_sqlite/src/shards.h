#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tidemill/storage_sqlite/open.h>

#include "database.h"

namespace tidemill::storage_sqlite {

/// The log of one run.
struct RunLog {
  std::shared_ptr<Database> database;
  /// Held from the first to the last file that a group of this run's events is written to, so that a repair sees
  /// whole groups.
  std::mutex append_mutex;
};

/// The run logs that are open, at most as many as the options allow; the one used longest ago is closed first.
class RunLogs final {
 public:
  RunLogs(std::filesystem::path folder, const Options& options);

  /// Opens nothing yet. Throws Error(kInvalidArgument) if the id cannot be a file name.
  std::shared_ptr<RunLog> Get(std::string_view run_id);

  /// The ids of all runs that have a file; "" for the log of events without a run.
  std::vector<std::string> AllRunIds() const;

 private:
  struct Entry {
    std::shared_ptr<RunLog> log;
    std::list<std::string>::iterator position;
  };

  const std::filesystem::path folder_;
  const Options options_;

  std::mutex mutex_;
  // Guarded by mutex_.
  std::list<std::string> by_use_;  ///< Most recent first.
  std::unordered_map<std::string, Entry> open_;
};

/// All files of one home.
struct Files {
  Files(const std::filesystem::path& home, const Options& options);

  std::shared_ptr<Database> runs;
  std::shared_ptr<Database> index;
  std::shared_ptr<Database> schedules;
  RunLogs run_logs;
};

}  // namespace tidemill::storage_sqlite
