#include <fmt/format.h>

#include <tidemill/storage_sqlite/open.h>

#include "event_store.h"
#include "migrate.h"
#include "revisions.h"
#include "run_store.h"
#include "schedule_store.h"
#include "shards.h"

namespace tidemill::storage_sqlite {
namespace {

class SqliteStorage final : public storage::Storage {
 public:
  SqliteStorage(const std::filesystem::path& home, const Options& options)
      : files_(home, options), events_(files_, options), runs_(files_), schedules_(files_) {}

  storage::EventStorage& events() override { return events_; }
  storage::RunStorage& runs() override { return runs_; }
  storage::ScheduleStorage& schedules() override { return schedules_; }

  std::vector<Revision> Revisions() override {
    return {RevisionOf("run storage", *files_.runs), RevisionOf("event log storage", *files_.index),
            RevisionOf("schedule storage", *files_.schedules)};
  }

  std::vector<std::string> Migrate() override {
    std::vector<std::string> done;
    for (const std::string& run_id : files_.run_logs.AllRunIds()) {
      MigrateFile(*files_.run_logs.Get(run_id)->database, nullptr, done);
    }
    const RunStatsSource stats = [this](std::string_view run_id) { return events_.GetRunStats(run_id); };
    for (Database* database : {files_.runs.get(), files_.index.get(), files_.schedules.get()}) {
      MigrateFile(*database, &stats, done);
    }
    return done;
  }

 private:
  /// A file that is not there yet is made with the newest revision.
  static Revision RevisionOf(std::string part, Database& database) {
    std::string current(kHeadRevision);
    if (database.Exists()) current = ReadRevision(*database.AcquireUnchecked()).value_or("none");
    return {.part = std::move(part), .current = std::move(current), .latest = std::string(kHeadRevision)};
  }

  static void MigrateFile(Database& database, const RunStatsSource* stats, std::vector<std::string>& done) {
    if (!database.Exists()) return;
    const Lease lease = database.AcquireUnchecked();
    const auto revision = ReadRevision(*lease);
    if (revision && !IsKnownRevision(*revision)) {
      throw Error(
          Code::kFailedPrecondition,
          fmt::format("{} has the schema revision {}: it was written by a newer Dagster and cannot be migrated; "
                      "use a Tidemill that knows it",
                      database.path().string(), *revision));
    }
    const auto turn = database.LockWrites();
    for (const std::string& step : CompleteSchema(*lease, database.schema(), stats)) {
      done.push_back(fmt::format("{}: {}", database.path().filename().string(), step));
    }
  }

  Files files_;
  EventStore events_;
  RunStore runs_;
  ScheduleStore schedules_;
};

}  // namespace

std::unique_ptr<storage::Storage> Open(const std::filesystem::path& home, const Options& options) {
  return std::make_unique<SqliteStorage>(home, options);
}

}  // namespace tidemill::storage_sqlite
