#include "shards.h"

#include <algorithm>

#include <fmt/format.h>

namespace tidemill::storage_sqlite {
namespace {

void CheckFileName(std::string_view run_id) {
  const bool has_separator = run_id.find_first_of(std::string_view("/\\\0", 3)) != std::string_view::npos;
  if (!has_separator && run_id != "index" && run_id != "." && run_id.size() < 200) return;
  throw Error(Code::kInvalidArgument,
              fmt::format("\"{}\" cannot be a run id: it names the file of the run's events", run_id));
}

}  // namespace

RunLogs::RunLogs(std::filesystem::path folder, const Options& options)
    : folder_(std::move(folder)), options_(options) {}

std::shared_ptr<RunLog> RunLogs::Get(std::string_view run_id) {
  CheckFileName(run_id);
  std::string key(run_id);
  std::vector<std::shared_ptr<RunLog>> closed;  // Declared first: files are closed after the lock is released.
  const std::lock_guard lock(mutex_);
  if (const auto found = open_.find(key); found != open_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second.position);
    return found->second.log;
  }
  auto log = std::make_shared<RunLog>();
  log->database = std::make_shared<Database>(folder_ / fmt::format("{}.db", run_id), Schema::kEvents, Role::kRunLog,
                                             options_.busy_timeout);
  by_use_.push_front(key);
  open_.emplace(key, Entry{.log = log, .position = by_use_.begin()});
  for (auto oldest = by_use_.end(); open_.size() > options_.open_run_logs && oldest != by_use_.begin();) {
    --oldest;
    const auto entry = open_.find(*oldest);
    if (entry->second.log.use_count() > 1) continue;
    closed.push_back(std::move(entry->second.log));
    open_.erase(entry);
    oldest = by_use_.erase(oldest);
  }
  return log;
}

std::vector<std::string> RunLogs::AllRunIds() const {
  std::vector<std::string> ids;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder_, error)) {
    std::string name = file.path().filename().string();
    if (!name.ends_with(".db") || name == "index.db") continue;
    name.resize(name.size() - 3);
    ids.push_back(std::move(name));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

Files::Files(const std::filesystem::path& home, const Options& options)
    : runs(std::make_shared<Database>(options.base_dir.value_or(home) / "history" / "runs.db", Schema::kRuns,
                                      Role::kShared, options.busy_timeout)),
      index(std::make_shared<Database>(options.base_dir.value_or(home) / "history" / "runs" / "index.db",
                                       Schema::kEvents, Role::kShared, options.busy_timeout)),
      schedules(std::make_shared<Database>(options.base_dir.value_or(home) / "schedules" / "schedules.db",
                                           Schema::kSchedules, Role::kShared, options.busy_timeout)),
      run_logs(options.base_dir.value_or(home) / "history" / "runs", options) {}

}  // namespace tidemill::storage_sqlite
