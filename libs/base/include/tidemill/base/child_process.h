#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include <tidemill/base/file.h>

namespace tidemill {

/// How a process ended: by itself with a code, or by a signal.
struct ExitStatus {
  int code = 0;
  int signal = 0;  ///< 0: it ended by itself.

  bool ok() const { return code == 0 && signal == 0; }
  /// "exited with code 3" or "was killed by signal 11 (SIGSEGV)".
  std::string Describe() const;
};

/// "SIGSEGV" for 11; "signal 77" for one without a name.
std::string SignalName(int signal);

struct SpawnOptions {
  /// The program and its arguments; a program without a slash is looked up in PATH.
  std::vector<std::string> argv;
  /// Descriptors the child gets, as (number in the child, own descriptor). Everything else must be close-on-exec.
  std::vector<std::pair<int, int>> descriptors;
  /// A process group of its own: a terminal's Ctrl-C does not reach it.
  bool own_group = false;
  /// "NAME=value" each; nothing: this process's.
  std::optional<std::vector<std::string>> environment = {};
};

/// This process's environment as SpawnOptions takes it, without the variables `removed`.
std::vector<std::string> EnvironmentWithout(const std::vector<std::string>& removed);

/// One child process, which its owner must see end. The child starts with SIGINT, SIGTERM and SIGPIPE at their defaults
/// and no signal blocked, whatever its parent has. Not thread-safe.
class ChildProcess final {
 public:
  /// Throws Error(kNotFound) if there is no such program, Error(kPermissionDenied) if it may not be executed.
  explicit ChildProcess(const SpawnOptions& options);
  /// Kills the child if it still runs, and reaps it.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  /// Becomes readable when the child has ended.
  int exit_descriptor() const { return pidfd_.get(); }

  /// How it ended; nothing if it still runs after `timeout`.
  std::optional<ExitStatus> WaitFor(std::chrono::milliseconds timeout);
  ExitStatus Wait();
  /// Nothing happens if it has ended.
  void Signal(int signal);
  /// Leaves the child to itself: it goes on, and nobody waits for it. No other call may follow.
  void Detach();
  /// To all of its group, if it has its own.
  void SignalGroup(int signal);

 private:
  const bool own_group_;
  pid_t pid_ = -1;
  FileDescriptor pidfd_;
  std::optional<ExitStatus> status_;
};

/// Takes what a child writes to its standard error, in memory, with no reader needed.
class ErrorSink final {
 public:
  ErrorSink();
  int descriptor() const { return file_.get(); }
  /// The last `bytes` of it, from the start of a line; without the newline at its end.
  std::string Tail(std::size_t bytes = 4096) const;
  /// Writes what came since the last call to the descriptor, and gives its memory back but for the last 64 kB.
  void PassOn(int descriptor);

 private:
  FileDescriptor file_;
  off_t passed_on_ = 0;
};

}  // namespace tidemill
