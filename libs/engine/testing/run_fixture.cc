#include "run_fixture.h"

#include <cstdlib>
#include <stdexcept>

#include <fmt/format.h>

#include <tidemill/base/uuid.h>
#include <tidemill/storage_sqlite/open.h>

namespace tidemill::engine::testing {

RunFixture::RunFixture() {
  std::string pattern = (std::filesystem::temp_directory_path() / "tidemill_engine_XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
  home_ = pattern;
  storage_ = storage_sqlite::Open(home_);
}

RunFixture::~RunFixture() {
  storage_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(home_, ignored);
}

EngineInstance RunFixture::instance() { return {*storage_, home_ / "storage", home_ / "storage"}; }

std::string RunFixture::CreateRun(const std::string& job, model::Run run) {
  run.run_id = NewUuid();
  run.job_name = job;
  storage_->runs().AddRun(run);
  return run.run_id;
}

RunEnd RunFixture::Execute(const std::string& run_id) {
  TerminationSignals termination;
  return ExecuteRun(location_, instance(), run_id, termination, SystemClock(), options);
}

model::Run RunFixture::Run(const std::string& run_id) { return storage_->runs().GetRun(run_id).value().run; }

std::vector<model::EventLogEntry> RunFixture::Events(const std::string& run_id) {
  std::vector<model::EventLogEntry> entries;
  for (auto& event : storage_->events().RunEvents(run_id, {})) entries.push_back(std::move(event.entry));
  return entries;
}

std::vector<std::string> RunFixture::Story(const std::string& run_id, bool with_logs) {
  std::vector<std::string> lines;
  for (const model::EventLogEntry& entry : Events(run_id)) {
    if (!entry.dagster_event && !with_logs) continue;
    std::string line = entry.dagster_event ? std::string(model::EventTypeName(entry.dagster_event->type)) : "LOG";
    if (entry.step_key) line += " " + *entry.step_key;
    lines.push_back(std::move(line));
  }
  return lines;
}

model::EventLogEntry RunFixture::Find(const std::string& run_id, model::EventType type, const std::string& step) {
  for (model::EventLogEntry& entry : Events(run_id)) {
    if (!entry.dagster_event || entry.dagster_event->type != type) continue;
    if (step.empty() || entry.step_key == step) return entry;
  }
  throw std::runtime_error(fmt::format("no event {} of {}", model::EventTypeName(type), step));
}

}  // namespace tidemill::engine::testing
