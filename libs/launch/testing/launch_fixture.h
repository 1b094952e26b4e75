#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/base/file.h>
#include <tidemill/instance/home.h>
#include <tidemill/launch/create_run.h>
#include <tidemill/launch/run_launcher.h>
#include <tidemill/launch/submit.h>
#include <tidemill/storage/event_storage.h>

#include "fake_jobs.h"

namespace tidemill::launch::testing {

/// A launcher that remembers what it was asked for.
class FakeLauncher final : public RunLauncher {
 public:
  void Launch(const model::Run& run) override {
    if (failure) throw *failure;
    launched.push_back(run.run_id);
  }
  bool Terminate(const model::Run& run) override {
    if (failure) throw *failure;
    terminated.push_back(run.run_id);
    return reaches_workers;
  }
  WorkerState FindWorker(const model::Run&) override { return WorkerState::kUnknown; }
  void Watch(EndListener) override {}

  std::optional<Error> failure;
  bool reaches_workers = true;
  std::vector<std::string> launched;
  std::vector<std::string> terminated;
};

/// An instance in a folder of its own and the location of FakeJobs.
struct LaunchFixture {
  explicit LaunchFixture(const std::string& dagster_yaml = "") {
    WriteFileAtomic(home.path() / "dagster.yaml", dagster_yaml);
    instance.emplace(instance::Instance::Open(home.path()));
  }

  Context context() const { return {*instance, clock}; }
  model::Run Create(Request request = {}) {
    request.target.repository_name = "__repository__";
    request.target.job_name = "daily";
    return CreateRun(context(), location, request);
  }
  model::Run Get(const std::string& run_id) { return instance->storage().runs().GetRun(run_id).value().run; }
  std::vector<model::EventLogEntry> Events(const std::string& run_id) {
    std::vector<model::EventLogEntry> entries;
    for (auto& event : instance->storage().events().RunEvents(run_id, {})) entries.push_back(std::move(event.entry));
    return entries;
  }
  /// "TYPE: message" of each event.
  std::vector<std::string> Story(const std::string& run_id) {
    std::vector<std::string> lines;
    for (const model::EventLogEntry& entry : Events(run_id)) {
      const std::string type(model::EventTypeName(entry.dagster_event->type));
      lines.push_back(entry.dagster_event->message ? type + ": " + *entry.dagster_event->message : type);
    }
    return lines;
  }
  void Append(model::EventLogEntry entry) {
    const storage::NewEvent event(std::move(entry));
    instance->storage().events().Append({&event, 1});
  }

  instance::TemporaryHome home{std::filesystem::temp_directory_path()};
  ManualClock clock{FromUnixSeconds(1'800'000'000)};
  std::optional<instance::Instance> instance;
  std::shared_ptr<FakeJobs> jobs = std::make_shared<FakeJobs>();
  workspace::Location location = MakeLocation(jobs, clock);
  FakeLauncher launcher;
};

}  // namespace tidemill::launch::testing
