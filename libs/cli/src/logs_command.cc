#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <poll.h>

#include "commands.h"
#include "event_text.h"
#include "home.h"
#include "paint.h"
#include "run_text.h"
#include "text.h"

namespace tidemill::cli {
namespace {

constexpr int kPollMillis = 100;
constexpr std::int64_t kPage = 10'000;

void Sleep() { ::poll(nullptr, 0, kPollMillis); }

/// Calls `show` for every event of the run, page by page; with `follow` until the run has ended.
template <class Show>
void ForEachEvent(storage::Storage& storage, const RunLogs& command, Stream& out, const Show& show) {
  storage::RunEventQuery query;
  query.limit = kPage;
  while (!out.closed()) {
    // Asked before the events are: what the run wrote before it ended is then among them.
    const bool ended = model::IsFinished(GetRun(storage, command.run_id).run.status);
    const std::vector<storage::StoredEvent> events = storage.events().RunEvents(command.run_id, query);
    for (const storage::StoredEvent& event : events) {
      query.after = event.storage_id;
      show(event);
    }
    if (static_cast<std::int64_t>(events.size()) == kPage) continue;
    if (!command.follow || ended) return;
    Sleep();
  }
}

bool IsWanted(const model::EventLogEntry& entry, const RunLogs& command, int level) {
  if (entry.level < level) return false;
  if (!command.step) return true;
  const auto& key = entry.step_key || !entry.dagster_event ? entry.step_key : entry.dagster_event->step_key;
  return key == command.step;
}

/// What the steps wrote to one of their standard streams, in the files of the compute logs.
class RawLogs {
 public:
  RawLogs(const Home& home, const RunLogs& command, std::string_view extension, Stream& out)
      : instance_(home.instance()), run_id_(command.run_id), step_(command.step), extension_(extension), out_(out) {}

  /// Takes note of a file that the event names.
  void Add(const model::EventLogEntry& entry) {
    if (!entry.dagster_event) return;
    const auto* captured = std::get_if<model::event::LogsCaptured>(&entry.dagster_event->data);
    if (!captured) return;
    const auto& steps = captured->step_keys;
    if (step_ && std::find(steps.begin(), steps.end(), *step_) == steps.end()) return;
    for (const File& file : files_) {
      if (file.key == captured->log_key) return;
    }
    files_.push_back({captured->log_key, Join(steps), 0});
  }

  /// Writes what the files have grown by.
  void Copy() {
    for (File& file : files_) {
      const std::string text = ReadFrom(instance_.ComputeLogPath(run_id_, file.key, extension_), file.offset);
      if (text.empty()) continue;
      file.offset += text.size();
      if (files_.size() > 1 && shown_ != file.key) {
        out_.Write(fmt::format("{}==> {} <==\n", shown_.empty() ? "" : "\n", Printable(file.steps)));
      }
      shown_ = file.key;
      out_.Write(text);
    }
  }

 private:
  struct File {
    std::string key;
    std::string steps;
    std::size_t offset = 0;
  };

  /// A file that is not there yet is empty.
  static std::string ReadFrom(const std::filesystem::path& path, std::size_t offset) {
    std::ifstream file(path, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  const instance::Instance& instance_;
  const std::string run_id_;
  const std::optional<std::string> step_;
  const std::string extension_;
  Stream& out_;
  std::vector<File> files_;
  std::string shown_;
};

ExitCode ShowRaw(Home& home, const RunLogs& command, Environment& environment) {
  if (command.raw_stdout && command.raw_stderr) ThrowUsage("--raw-stdout and --raw-stderr exclude each other");
  RawLogs logs(home, command, command.raw_stdout ? "out" : "err", environment.out);
  storage::RunEventQuery query;
  query.types = {model::EventType::kLogsCaptured};
  while (!environment.out.closed()) {
    const bool ended = model::IsFinished(GetRun(home.storage(), command.run_id).run.status);
    for (const storage::StoredEvent& event : home.storage().events().RunEvents(command.run_id, query)) {
      query.after = event.storage_id;
      logs.Add(event.entry);
    }
    logs.Copy();
    if (!command.follow || ended) break;
    Sleep();
  }
  return ExitCode::kOk;
}

}  // namespace

ExitCode Run(const RunLogs& command, Environment& environment) {
  Home home = Home::Open(command.home, Home::Use::kRead, environment);
  GetRun(home.storage(), command.run_id);
  if (command.raw_stdout || command.raw_stderr) return ShowRaw(home, command, environment);
  const int level = ParseLevel(command.level).value_or(model::level::kDebug);
  const Paint paint(environment.out, environment);
  ForEachEvent(home.storage(), command, environment.out, [&](const storage::StoredEvent& event) {
    if (!IsWanted(event.entry, command, level)) return;
    environment.out.Write(command.json ? json::Dump(EventJson(event.storage_id, event.entry)) + "\n"
                                       : EventText(event.entry, paint));
  });
  return ExitCode::kOk;
}

}  // namespace tidemill::cli
