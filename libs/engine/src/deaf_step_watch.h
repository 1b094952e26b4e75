#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include <tidemill/base/file.h>
#include <tidemill/engine/termination.h>

namespace tidemill::engine {

/// Calls `on_deaf`, on a thread of its own, when the process was asked to end and this still lives `grace` later: user
/// code that never returns cannot be ended otherwise.
class DeafStepWatch final {
 public:
  DeafStepWatch(const TerminationSignals& termination, std::chrono::milliseconds grace, std::function<void()> on_deaf);
  ~DeafStepWatch();
  DeafStepWatch(const DeafStepWatch&) = delete;
  DeafStepWatch& operator=(const DeafStepWatch&) = delete;

 private:
  FileDescriptor stop_;
  std::thread thread_;
};

}  // namespace tidemill::engine
