#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include <tidemill/base/file.h>

namespace tidemill::engine {

/// A process of this worker.
class ChildProcess final {
 public:
  /// Starts `command` with `inherited` as its descriptor kInheritedFd, default signals and nothing else of this
  /// process's descriptors but 0, 1 and 2. Throws Error that names the command if it cannot be started.
  ChildProcess(const std::vector<std::string>& command, const FileDescriptor& inherited);
  ChildProcess(ChildProcess&&) noexcept = default;
  ChildProcess& operator=(ChildProcess&&) = delete;
  /// Kills and reaps the process if that was not done.
  ~ChildProcess();

  static constexpr int kInheritedFd = 3;

  pid_t pid() const { return pid_; }
  /// Readable when the process has ended; for poll.
  int fd() const { return pidfd_.get(); }
  void Signal(int number) const;
  /// Waits for the end. Python's exit code: negative is a signal.
  int Wait();

 private:
  pid_t pid_ = -1;
  FileDescriptor pidfd_;
};

/// "was terminated by signal 11 (SIGSEGV)." or "unexpectedly exited with code 3.", as Dagster says it.
std::string ExplainExit(int exit_code);

}  // namespace tidemill::engine
