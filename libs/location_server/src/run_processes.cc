#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/engine/run_creation.h>
#include <tidemill/location_server/run_processes.h>

namespace tidemill::location_server {

RunProcesses::RunProcesses(engine::InstanceOpener open, const Clock& clock)
    : open_(std::move(open)), clock_(clock), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_.is_open()) ThrowErrno("epoll_create1", errno);
}

void RunProcesses::Start(const std::string& run_id, std::vector<std::string> argv, json::Value instance_ref) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) {
    throw Error(Code::kFailedPrecondition, fmt::format("run {} cannot start: the server is shutting down", run_id));
  }
  if (entries_.contains(run_id)) {
    throw Error(Code::kAlreadyExists, fmt::format("run {} is being executed already", run_id));
  }
  const FileDescriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  SpawnOptions options;
  options.argv = std::move(argv);
  // What the run prints outside of its steps belongs to the server's log.
  options.descriptors = {{STDIN_FILENO, null.get()}, {STDOUT_FILENO, STDERR_FILENO}};
  // It finishes its run whatever a terminal sends to the server.
  options.own_group = true;
  Entry entry{std::make_unique<ChildProcess>(options), std::move(instance_ref)};
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, entry.process->exit_descriptor(), &event) != 0) {
    ThrowErrno("epoll_ctl", errno);
  }
  entries_.emplace(run_id, std::move(entry));
}

bool RunProcesses::Cancel(const std::string& run_id) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(run_id);
  if (found == entries_.end()) return false;
  found->second.is_cancelled = true;
  found->second.process->Signal(SIGTERM);
  return true;
}

bool RunProcesses::CanCancel(const std::string& run_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(run_id);
  return found != entries_.end() && !found->second.is_cancelled;
}

std::vector<std::string> RunProcesses::Running() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> runs;
  for (const auto& [run_id, entry] : entries_) runs.push_back(run_id);
  return runs;
}

void RunProcesses::Close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
}

bool RunProcesses::is_closed() const {
  const std::lock_guard lock(mutex_);
  return is_closed_;
}

void RunProcesses::Kill() {
  const std::lock_guard lock(mutex_);
  for (auto& [run_id, entry] : entries_) entry.process->SignalGroup(SIGKILL);
}

bool RunProcesses::is_done() const {
  const std::lock_guard lock(mutex_);
  return is_closed_ && entries_.empty();
}

void RunProcesses::Reap() {
  std::vector<std::pair<std::string, Entry>> ended;
  {
    const std::lock_guard lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      if (entry->second.process->WaitFor(std::chrono::milliseconds(0))) {
        ended.emplace_back(entry->first, std::move(entry->second));
        entry = entries_.erase(entry);
      } else {
        ++entry;
      }
    }
  }
  for (const auto& [run_id, entry] : ended) {
    const ExitStatus status = entry.process->Wait();
    // A process that ends with 0 has ended its run.
    if (!status.ok()) EndRun(run_id, entry, status);
  }
}

void RunProcesses::EndRun(const std::string& run_id, const Entry& entry, const ExitStatus& status) const {
  try {
    const engine::OpenedInstance instance = open_(entry.instance_ref);
    engine::EndAbandonedRun(*instance.storage, run_id, fmt::format("it {}", status.Describe()), clock_);
  } catch (const std::exception& error) {
    fmt::print(stderr, "the process of run {} {}, and that could not be recorded: {}\n", run_id, status.Describe(),
               error.what());
  }
}

}  // namespace tidemill::location_server
