#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <tidemill/base/child_process.h>
#include <tidemill/base/clock.h>
#include <tidemill/base/json.h>
#include <tidemill/engine/api_commands.h>

namespace tidemill::location_server {

/// The processes that execute a server's runs. Any thread may call it, but for Reap, which belongs to one.
class RunProcesses final {
 public:
  /// `clock` must outlive this.
  RunProcesses(engine::InstanceOpener open, const Clock& clock);

  /// Starts the process `argv`. Throws Error: kAlreadyExists if the run has one, kFailedPrecondition after Close, and
  /// what ChildProcess throws.
  void Start(const std::string& run_id, std::vector<std::string> argv, json::Value instance_ref);
  /// Asks the process to end its run; false if there is none.
  bool Cancel(const std::string& run_id);
  /// It runs and was not asked to end yet.
  bool CanCancel(const std::string& run_id) const;
  std::vector<std::string> Running() const;

  /// No run may start any more.
  void Close();
  bool is_closed() const;
  /// Ends all at once; Reap then records their runs as failed.
  void Kill();
  /// Closed, and the last run has ended.
  bool is_done() const;

  /// Readable while a process has ended that Reap has not seen.
  int descriptor() const { return epoll_.get(); }
  /// Forgets the processes that have ended. A run that its process left unfinished is recorded as failed, with how the
  /// process ended as the reason; what cannot be recorded is said on standard error.
  void Reap();

 private:
  struct Entry {
    std::unique_ptr<ChildProcess> process;
    json::Value instance_ref;
    bool is_cancelled = false;
  };

  void EndRun(const std::string& run_id, const Entry& entry, const ExitStatus& status) const;

  const engine::InstanceOpener open_;
  const Clock& clock_;
  const FileDescriptor epoll_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // Guarded by mutex_.
  bool is_closed_ = false;                // Guarded by mutex_.
};

}  // namespace tidemill::location_server
