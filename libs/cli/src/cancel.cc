#include "cancel.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <unistd.h>

#include <tidemill/engine/event_builder.h>

namespace tidemill::cli {
namespace {

void Append(storage::Storage& storage, model::EventLogEntry entry) {
  const storage::NewEvent event(std::move(entry));
  storage.events().Append({&event, 1});
}

std::string CommandLineOf(const std::filesystem::path& process) {
  std::ifstream file(process / "cmdline", std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

void ReportCanceling(storage::Storage& storage, const model::Run& run, const Clock& clock) {
  const engine::EventBuilder events(run.run_id, run.job_name, clock, ::getpid());
  Append(storage,
         events.Reported(model::EventType::kRunCanceling, "Sending run termination request.", model::level::kInfo));
}

void ReportCanceled(storage::Storage& storage, const model::Run& run, const Clock& clock) {
  const engine::EventBuilder events(run.run_id, run.job_name, clock, ::getpid());
  Append(storage, events.Reported(model::EventType::kRunCanceled, "The run is marked as canceled, without its worker.",
                                  model::level::kError));
}

std::vector<pid_t> FindWorkers(const std::string& run_id) {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (failed != std::errc() || end != name.data() + name.size() || pid == ::getpid()) continue;
    const std::string command = CommandLineOf(entry.path());
    const std::string_view view(command.data(), command.size());
    const bool executes = view.find(std::string_view("\0api\0execute_run\0", 17)) != std::string_view::npos;
    if (executes && view.find(run_id) != std::string_view::npos) found.push_back(pid);
  }
  return found;
}

}  // namespace tidemill::cli
