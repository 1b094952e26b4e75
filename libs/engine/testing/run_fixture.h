#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <tidemill/engine/run_worker.h>
#include <tidemill/storage/storage.h>

#include "test_location.h"

namespace tidemill::engine::testing {

/// An instance in a temporary folder, and runs of the test jobs in it.
class RunFixture {
 public:
  RunFixture();
  ~RunFixture();

  /// Adds a run of the job that has not started.
  std::string CreateRun(const std::string& job, model::Run run = {});
  RunEnd Execute(const std::string& run_id);
  EngineInstance instance();
  storage::Storage& storage() { return *storage_; }
  const std::filesystem::path& home() const { return home_; }
  const TestLocation& location() const { return location_; }
  TestLocation& location() { return location_; }
  model::Run Run(const std::string& run_id);

  /// The run's events, one line each: "TYPE step", or "LOG step" for plain log lines of users.
  std::vector<std::string> Story(const std::string& run_id, bool with_logs = false);
  std::vector<model::EventLogEntry> Events(const std::string& run_id);
  /// The first event of this type; throws if there is none.
  model::EventLogEntry Find(const std::string& run_id, model::EventType type, const std::string& step = "");

  RunWorkerOptions options;

 private:
  std::filesystem::path home_;
  std::unique_ptr<storage::Storage> storage_;
  TestLocation location_ = MakeTestLocation();
};

}  // namespace tidemill::engine::testing
