#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include <tidemill/storage/storage.h>

namespace tidemill::storage_sqlite {

struct Options {
  /// How long a call waits for a lock that another process holds before it throws Error(kUnavailable).
  std::chrono::milliseconds busy_timeout = std::chrono::seconds(30);
  /// Run logs that stay open; beyond it the one used longest ago is closed.
  std::size_t open_run_logs = 64;
  /// Limit of a pool that nobody gave one; nothing: such a pool does not limit.
  std::optional<std::int64_t> default_pool_limit = {};
  /// Where history/ and schedules/ lie, if not in the home (`storage.sqlite.base_dir` of dagster.yaml).
  std::optional<std::filesystem::path> base_dir = {};
};

/// The storage of an instance in Dagster's own SQLite layout: history/runs.db, history/runs/index.db,
/// history/runs/<run id>.db and schedules/schedules.db below `home`.
///
/// Files are made and opened at their first use, so a failure shows at the call that needs the file. May be shared by
/// any threads, and the home by any processes, real Dagsters among them.
std::unique_ptr<storage::Storage> Open(const std::filesystem::path& home, const Options& options = {});

}  // namespace tidemill::storage_sqlite
