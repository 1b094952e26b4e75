#pragma once

#include <atomic>

#include <tidemill/base/file.h>

namespace tidemill::engine {

/// Notices SIGTERM and SIGINT while it lives, instead of dying of them. One a process at a time.
class TerminationSignals final {
 public:
  TerminationSignals();
  ~TerminationSignals();
  TerminationSignals(const TerminationSignals&) = delete;
  TerminationSignals& operator=(const TerminationSignals&) = delete;

  /// Whether one of the signals came. Any thread may ask.
  bool received() const;
  /// Readable from when a signal came; for poll.
  int fd() const { return event_.get(); }
  /// The same as if a signal came.
  void Raise();

 private:
  FileDescriptor event_;
};

}  // namespace tidemill::engine
