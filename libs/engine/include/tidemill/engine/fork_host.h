#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <tidemill/base/file.h>

namespace tidemill::engine {

/// What a ForkHost and the processes that it starts do. None of it is called in the process that made the host.
class ForkedWork {
 public:
  virtual ~ForkedWork() = default;
  /// In the host: keeps what the processes forked later have in common. What it throws ends the host.
  virtual void Share(std::string_view message) = 0;
  /// In a process of its own: does what `message` asks for; the descriptor is not open if none was sent. Returns the
  /// exit code; what it throws is said on standard error, and the code is 1.
  virtual int Run(std::string_view message, FileDescriptor descriptor) = 0;
};

/// A process that starts others by forking itself: what it holds in memory (definitions, plans) they have from the
/// start, for the price of a fork instead of an exec, dynamic linking and loading. See
/// docs/adr/0004-steps-are-forked-from-a-host.md.
///
/// A forked process has the host's descriptors, the default SIGTERM and SIGINT, and no signal blocked beyond what its
/// maker had. It ends by _exit: neither destructors of static objects nor atexit handlers run. It dies with the host,
/// and the host with the thread that made it. One thread at a time.
class ForkHost final {
 public:
  /// How a process ended.
  struct Ended {
    std::uint32_t id = 0;
    pid_t pid = 0;
    int exit_code = 0;  ///< Python's: negative is a signal.
  };

  /// Whether this process may be forked: it has one thread. In a copy, the locks of others would never be released.
  static bool IsPossible();

  /// Forks the host; `work` is the copy that it has. It closes `not_inherited`, descriptors of this process. Throws
  /// Error if it cannot be started.
  ForkHost(ForkedWork& work, std::span<const int> not_inherited);
  ForkHost(const ForkHost&) = delete;
  ForkHost& operator=(const ForkHost&) = delete;
  /// Kills what was started and has not ended.
  ~ForkHost();

  /// Each throws Error(kUnavailable) if the host has gone.
  void Share(std::string_view message);
  /// Starts a process that gets the message and, unless it is -1, the descriptor. `id` is free to choose; it must not
  /// be that of a process whose end was not taken.
  void Start(std::uint32_t id, std::string_view message, int descriptor);
  /// Nothing happens if the process has ended.
  void Signal(std::uint32_t id, int number);

  /// Readable when TakeEnded has something to say.
  int fd() const { return socket_.get(); }
  /// The processes that ended since the last call; does not wait. Throws Error if a process could not be started, or
  /// if the host has gone and with it all that it started.
  std::vector<Ended> TakeEnded();

 private:
  void Send(std::uint32_t kind, std::uint32_t id, std::string_view message, int descriptor);

  FileDescriptor socket_;
  pid_t pid_ = -1;
  std::string received_;
};

}  // namespace tidemill::engine
