#include "step_processes.h"

#include <map>

#include <unistd.h>

#include <tidemill/base/error.h>

#include "child_process.h"

namespace tidemill::engine {
namespace {

class Spawned final : public StepProcesses {
 public:
  explicit Spawned(std::vector<std::string> command) : command_(std::move(command)) {}

  void Start(std::uint32_t id, const StepTask& task, LineChannel& ours, const FileDescriptor& theirs) override {
    std::vector<std::string> command = command_;
    for (const std::string& argument :
         {std::string("--parent-fd"), std::to_string(ChildProcess::kInheritedFd), std::string("--parent-pid"),
          std::to_string(::getpid()), std::string("--step"), task.step_key}) {
      command.push_back(argument);
    }
    processes_.try_emplace(id, command, theirs);
    try {
      ours.Send(line_kind::kTask, EncodeTask(task));
    } catch (const Error&) {
      // It has ended already; TakeEnded tells how.
    }
  }

  void Signal(std::uint32_t id, int number) override {
    if (const auto found = processes_.find(id); found != processes_.end()) found->second.Signal(number);
  }

  void AppendTo(std::vector<pollfd>& fds) const override {
    for (const auto& [id, process] : processes_) fds.push_back({process.fd(), POLLIN, 0});
  }

  std::vector<Ended> TakeEnded() override {
    std::vector<Ended> ended;
    for (auto process = processes_.begin(); process != processes_.end();) {
      pollfd end{process->second.fd(), POLLIN, 0};
      if (::poll(&end, 1, 0) <= 0) {
        ++process;
        continue;
      }
      const pid_t pid = process->second.pid();
      ended.push_back({process->first, pid, process->second.Wait()});
      process = processes_.erase(process);
    }
    return ended;
  }

 private:
  const std::vector<std::string> command_;
  std::map<std::uint32_t, ChildProcess> processes_;
};

class Forked final : public StepProcesses {
 public:
  explicit Forked(ForkHost& host) : host_(host) {}

  void Start(std::uint32_t id, const StepTask& task, LineChannel&, const FileDescriptor& theirs) override {
    if (!is_shared_) host_.Share(EncodeTask(task));
    is_shared_ = true;
    host_.Start(id, EncodeStep(task), theirs.get());
  }
  void Signal(std::uint32_t id, int number) override { host_.Signal(id, number); }
  void AppendTo(std::vector<pollfd>& fds) const override { fds.push_back({host_.fd(), POLLIN, 0}); }
  std::vector<Ended> TakeEnded() override { return host_.TakeEnded(); }

 private:
  ForkHost& host_;
  bool is_shared_ = false;
};

}  // namespace

std::unique_ptr<StepProcesses> SpawnedSteps(std::vector<std::string> command) {
  return std::make_unique<Spawned>(std::move(command));
}

std::unique_ptr<StepProcesses> ForkedSteps(ForkHost& host) { return std::make_unique<Forked>(host); }

}  // namespace tidemill::engine
