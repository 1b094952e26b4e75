#include "conformance.h"

#include <memory>

#include <tidemill/storage_sqlite/open.h>

#include "testing/temp_home.h"

namespace tidemill::storage::testing {
namespace {

class SqliteBackend final : public Backend {
 public:
  explicit SqliteBackend(std::size_t open_run_logs) { options_.open_run_logs = open_run_logs; }

  std::unique_ptr<Storage> Open() override { return storage_sqlite::Open(home_.path(), options_); }

 private:
  storage_sqlite::testing::TempHome home_;
  storage_sqlite::Options options_;
};

BackendParam Sqlite(std::string name, std::size_t open_run_logs) {
  return {.name = std::move(name), .make = [=] { return std::make_unique<SqliteBackend>(open_run_logs); }};
}

INSTANTIATE_TEST_SUITE_P(Backends, StorageConformance,
                         ::testing::Values(Sqlite("Sqlite", 64), Sqlite("SqliteWithOneOpenRunLog", 1)), BackendName);

}  // namespace
}  // namespace tidemill::storage::testing
