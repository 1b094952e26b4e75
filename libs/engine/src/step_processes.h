#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <poll.h>

#include <tidemill/engine/fork_host.h>

#include "line_channel.h"
#include "step_task.h"

namespace tidemill::engine {

/// Starts the processes of a run's steps and sees them end. Each has an id that its user chooses and uses once.
class StepProcesses {
 public:
  using Ended = ForkHost::Ended;

  virtual ~StepProcesses() = default;  ///< Kills those that have not ended.

  /// Starts the process of a step, which gets the other end of `ours`. The run of the task is the same each time.
  /// Throws Error if it cannot be started.
  virtual void Start(std::uint32_t id, const StepTask& task, LineChannel& ours, const FileDescriptor& theirs) = 0;
  /// Nothing happens if the process has ended.
  virtual void Signal(std::uint32_t id, int number) = 0;
  /// Adds what becomes readable when a process ends.
  virtual void AppendTo(std::vector<pollfd>& fds) const = 0;
  /// The processes that ended since the last call; does not wait. Throws Error if they cannot be seen any more.
  virtual std::vector<Ended> TakeEnded() = 0;
};

/// Processes of a command, e.g. {"/proc/self/exe", "api", "execute_step"}: they load everything anew.
std::unique_ptr<StepProcesses> SpawnedSteps(std::vector<std::string> command);
/// Processes forked from the host, which must outlive them.
std::unique_ptr<StepProcesses> ForkedSteps(ForkHost& host);

}  // namespace tidemill::engine
