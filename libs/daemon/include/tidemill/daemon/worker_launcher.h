#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <tidemill/base/child_process.h>
#include <tidemill/instance/instance.h>
#include <tidemill/launch/run_launcher.h>

namespace tidemill::daemon {

/// Starts run workers as processes of this machine: `<executable of the run's code> api execute_run …`.
///
/// Workers do not need this process: they go on when it ends, and are found again by their life marks (see FindWorker)
/// by the next one. Each has a process group of its own.
class WorkerLauncher final : public launch::RunLauncher {
 public:
  /// `instance` must outlive this.
  explicit WorkerLauncher(const instance::Instance& instance);
  ~WorkerLauncher() override;
  WorkerLauncher(const WorkerLauncher&) = delete;
  WorkerLauncher& operator=(const WorkerLauncher&) = delete;

  /// Throws Error: kAlreadyExists if the run has a worker, and what ChildProcess throws.
  void Launch(const model::Run& run) override;
  /// By SIGTERM.
  bool Terminate(const model::Run& run) override;
  /// kUnknown for runs that were started from a command line and have no process here.
  launch::WorkerState FindWorker(const model::Run& run) override;
  void Watch(EndListener listener) override;

 private:
  struct Worker {
    std::string run_id;
    std::unique_ptr<ErrorSink> errors;
    std::unique_ptr<ChildProcess> process;
  };

  void WatchProcesses();
  /// Takes the worker whose process has ended out of the table.
  Worker Take(int exit_descriptor);
  void Report(Worker worker);

  const instance::Instance& instance_;
  const FileDescriptor null_;
  const FileDescriptor epoll_;
  const FileDescriptor stop_;  ///< An eventfd.
  std::mutex mutex_;
  std::map<int, Worker> workers_;      // By exit descriptor. Guarded by mutex_.
  std::map<std::string, pid_t> pids_;  // By run id. Guarded by mutex_.
  std::mutex listening_;               // Held while the listener is called.
  EndListener listener_;               // Guarded by listening_.
  std::thread thread_;
};

}  // namespace tidemill::daemon
