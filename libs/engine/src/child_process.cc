#include "child_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tidemill::engine {

ChildProcess::ChildProcess(const std::vector<std::string>& command, const FileDescriptor& inherited) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, inherited.get(), kInheritedFd);
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  for (const int number : {SIGTERM, SIGINT, SIGPIPE, SIGCHLD}) sigaddset(&signals, number);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const int error = ::posix_spawn(&pid_, command.front().c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    pid_ = -1;
    ThrowErrno(fmt::format("cannot start {}", fmt::join(command, " ")), error);
  }
  pidfd_ = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!pidfd_.is_open()) ThrowErrno("cannot watch a process by pidfd", errno);
}

ChildProcess::~ChildProcess() {
  if (!pidfd_.is_open()) return;
  Signal(SIGKILL);
  Wait();
}

void ChildProcess::Signal(int number) const {
  if (pidfd_.is_open()) ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
}

int ChildProcess::Wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pidfd_.Close();
  if (WIFSIGNALED(status)) return -WTERMSIG(status);
  return WEXITSTATUS(status);
}

std::string ExplainExit(int exit_code) {
  if (exit_code >= 0) return fmt::format("unexpectedly exited with code {}.", exit_code);
  const char* name = ::sigabbrev_np(-exit_code);
  std::string text = fmt::format("was terminated by signal {} (SIG{}).", -exit_code, name == nullptr ? "?" : name);
  if (-exit_code == SIGKILL) {
    text +=
        " The system does that when memory runs out: give the run more of it, let its ops use less, or set a lower "
        "max_concurrent for the executor.";
  }
  return text;
}

}  // namespace tidemill::engine
