#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tidemill/base/child_process.h>
#include <tidemill/base/error.h>

namespace tidemill {
namespace {

/// As system calls take a list of texts.
std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// posix_spawn's attributes and file actions, freed at the end.
class SpawnPlan {
 public:
  explicit SpawnPlan(const SpawnOptions& options) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    for (const auto& [child, own] : options.descriptors) posix_spawn_file_actions_adddup2(&actions_, own, child);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGCHLD}) sigaddset(&defaults, signal);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (options.own_group) flags = static_cast<short>(flags | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setflags(&attributes_, flags);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  int Start(const SpawnOptions& options, pid_t* pid) {
    std::vector<char*> arguments = Pointers(options.argv);
    std::vector<char*> own_environment;
    if (options.environment) own_environment = Pointers(*options.environment);
    char** environment = options.environment ? own_environment.data() : environ;
    return posix_spawnp(pid, arguments[0], &actions_, &attributes_, arguments.data(), environment);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

int OpenPidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

}  // namespace

std::string SignalName(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

std::string ExitStatus::Describe() const {
  if (signal != 0) return fmt::format("was killed by signal {} ({})", signal, SignalName(signal));
  return fmt::format("exited with code {}", code);
}

ChildProcess::ChildProcess(const SpawnOptions& options) : own_group_(options.own_group) {
  SpawnPlan plan(options);
  const int failed = plan.Start(options, &pid_);
  if (failed != 0) ThrowErrno(fmt::format("cannot start {}", options.argv.at(0)), failed);
  pidfd_ = FileDescriptor(OpenPidfd(pid_));
  if (!pidfd_.is_open()) {
    const int cause = errno;
    Signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ThrowErrno("pidfd_open", cause);
  }
}

ChildProcess::~ChildProcess() {
  if (status_) return;
  SignalGroup(SIGKILL);
  Wait();
}

std::optional<ExitStatus> ChildProcess::WaitFor(std::chrono::milliseconds timeout) {
  if (status_) return status_;
  pollfd entry{pidfd_.get(), POLLIN, 0};
  const auto end = std::chrono::steady_clock::now() + timeout;
  int ready = 0;
  do {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    ready = ::poll(&entry, 1, std::max(0, static_cast<int>(left.count())));
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return std::nullopt;
  return Wait();
}

ExitStatus ChildProcess::Wait() {
  if (status_) return *status_;
  int raw = 0;
  while (::waitpid(pid_, &raw, 0) < 0 && errno == EINTR) {
  }
  status_ = WIFSIGNALED(raw) ? ExitStatus{0, WTERMSIG(raw)} : ExitStatus{WEXITSTATUS(raw), 0};
  return *status_;
}

void ChildProcess::Signal(int signal) {
  if (!status_) ::kill(pid_, signal);
}

void ChildProcess::Detach() { status_ = ExitStatus{}; }

void ChildProcess::SignalGroup(int signal) {
  if (!status_) ::kill(own_group_ ? -pid_ : pid_, signal);
}

std::vector<std::string> EnvironmentWithout(const std::vector<std::string>& removed) {
  std::vector<std::string> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('='));
    if (std::find(removed.begin(), removed.end(), name) == removed.end()) kept.emplace_back(text);
  }
  return kept;
}

ErrorSink::ErrorSink() : file_(::memfd_create("stderr", MFD_CLOEXEC)) {
  if (!file_.is_open()) ThrowErrno("memfd_create", errno);
}

std::string ErrorSink::Tail(std::size_t bytes) const {
  struct stat info {};
  if (::fstat(file_.get(), &info) != 0) return {};
  const std::size_t size = static_cast<std::size_t>(info.st_size);
  const std::size_t start = size > bytes ? size - bytes : 0;
  std::string text(size - start, '\0');
  const ssize_t got = ::pread(file_.get(), text.data(), text.size(), static_cast<off_t>(start));
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (start > 0) text.erase(0, text.find('\n') + 1);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

void ErrorSink::PassOn(int descriptor) {
  constexpr off_t kKept = 64 * 1024;
  char bytes[16 * 1024];
  while (true) {
    const ssize_t got = ::pread(file_.get(), bytes, sizeof bytes, passed_on_);
    if (got <= 0) break;
    passed_on_ += got;
    [[maybe_unused]] const auto written = ::write(descriptor, bytes, static_cast<std::size_t>(got));
  }
  if (passed_on_ > kKept) ::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, passed_on_ - kKept);
}

}  // namespace tidemill
