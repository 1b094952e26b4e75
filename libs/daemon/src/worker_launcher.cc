#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/daemon/worker_launcher.h>
#include <tidemill/launch/create_run.h>
#include <tidemill/launch/worker_processes.h>

#include "life_mark.h"

namespace tidemill::daemon {
namespace {

constexpr int kStartingAttempts = 50;
constexpr std::chrono::milliseconds kStartingPause{2};

std::string MarkOf(const std::string& run_id) { return "tidemill/run/" + run_id; }

void AddToEpoll(int epoll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) ThrowErrno("epoll_ctl", errno);
}

}  // namespace

WorkerLauncher::WorkerLauncher(const instance::Instance& instance)
    : instance_(instance),
      null_(::open("/dev/null", O_RDWR | O_CLOEXEC)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (!null_.is_open() || !epoll_.is_open() || !stop_.is_open()) ThrowErrno("cannot watch processes", errno);
  AddToEpoll(epoll_.get(), stop_.get());
  thread_ = std::thread([this] { WatchProcesses(); });
}

WorkerLauncher::~WorkerLauncher() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
  for (auto& [descriptor, worker] : workers_) worker.process->Detach();
}

void WorkerLauncher::Launch(const model::Run& run) {
  const auto mark = TakeLifeMark(MarkOf(run.run_id));
  if (!mark) throw Error(Code::kAlreadyExists, fmt::format("run {} has a worker already", run.run_id));
  Worker worker{run.run_id, std::make_unique<ErrorSink>(), nullptr};
  SpawnOptions options;
  options.argv = launch::WorkerCommand(instance_, run);
  const int output = worker.errors->descriptor();
  options.descriptors = {{0, null_.get()}, {1, output}, {2, output}, {mark->get(), mark->get()}};
  options.own_group = true;
  worker.process = std::make_unique<ChildProcess>(options);
  const int descriptor = worker.process->exit_descriptor();
  const std::lock_guard lock(mutex_);
  pids_[run.run_id] = worker.process->pid();
  workers_.emplace(descriptor, std::move(worker));
  AddToEpoll(epoll_.get(), descriptor);
}

bool WorkerLauncher::Terminate(const model::Run& run) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = pids_.find(run.run_id); found != pids_.end()) return ::kill(found->second, SIGTERM) == 0;
  }
  // A worker that another process has just forked shows its command line only when it has become its program.
  for (int attempt = 0; attempt < kStartingAttempts; ++attempt) {
    bool reached = false;
    for (const pid_t pid : launch::FindWorkers(run.run_id)) reached |= ::kill(pid, SIGTERM) == 0;
    if (reached || !IsLifeMarkTaken(MarkOf(run.run_id))) return reached;
    std::this_thread::sleep_for(kStartingPause);
  }
  return false;
}

launch::WorkerState WorkerLauncher::FindWorker(const model::Run& run) {
  {
    const std::lock_guard lock(mutex_);
    if (pids_.contains(run.run_id)) return launch::WorkerState::kAlive;
  }
  if (IsLifeMarkTaken(MarkOf(run.run_id))) return launch::WorkerState::kAlive;
  // Those of the command line have no mark.
  if (!launch::FindWorkers(run.run_id).empty()) return launch::WorkerState::kAlive;
  return launch::RepositoryOf(run) ? launch::WorkerState::kGone : launch::WorkerState::kUnknown;
}

void WorkerLauncher::Watch(EndListener listener) {
  const std::lock_guard lock(listening_);
  listener_ = std::move(listener);
}

void WorkerLauncher::WatchProcesses() {
  std::array<epoll_event, 64> events;
  while (true) {
    const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == stop_.get()) return;
      Report(Take(descriptor));
    }
  }
}

WorkerLauncher::Worker WorkerLauncher::Take(int exit_descriptor) {
  const std::lock_guard lock(mutex_);
  auto found = workers_.extract(exit_descriptor);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, exit_descriptor, nullptr);
  Worker worker = std::move(found.mapped());
  worker.process->Wait();
  pids_.erase(worker.run_id);
  return worker;
}

void WorkerLauncher::Report(Worker worker) {
  std::string how = "it " + worker.process->Wait().Describe();
  if (const std::string words = worker.errors->Tail(); !words.empty()) how += "; it wrote: " + words;
  const std::lock_guard lock(listening_);
  if (listener_) listener_(worker.run_id, how);
}

}  // namespace tidemill::daemon
