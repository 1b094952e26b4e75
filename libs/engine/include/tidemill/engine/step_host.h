#pragma once

#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <tidemill/base/clock.h>
#include <tidemill/engine/definitions.h>
#include <tidemill/engine/fork_host.h>

namespace tidemill::engine {

/// A ForkHost for the steps of one run: it builds the run's job once, and each step's process has it from the start.
class StepHost final {
 public:
  StepHost(std::unique_ptr<ForkedWork> work, std::span<const int> not_inherited)
      : work_(std::move(work)), forks_(std::in_place, *work_, not_inherited) {}

  /// Nothing after End.
  ForkHost* forks() { return forks_ ? &*forks_ : nullptr; }
  void End() { forks_.reset(); }

 private:
  std::unique_ptr<ForkedWork> work_;
  std::optional<ForkHost> forks_;
};

/// Makes the host of this process's run; nothing if this process has threads and must not be forked. `location` has
/// loaded its definitions, and no file of the instance is open yet. `ack_fd` is not for the steps; -1: there is none.
std::unique_ptr<StepHost> MakeStepHost(const CodeLocation& location, int ack_fd, const Clock& clock);

}  // namespace tidemill::engine
