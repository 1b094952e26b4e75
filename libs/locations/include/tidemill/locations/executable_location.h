#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include <tidemill/base/child_process.h>
#include <tidemill/locations/code_location_client.h>

namespace tidemill::locations {

/// A code location that is an executable linked with the SDK: started as `<executable> serve-stdio` at construction,
/// asked over its standard input and output (README.md has the protocol), ended by the end of its input.
class ExecutableLocation final : public CodeLocationClient {
 public:
  struct Timeouts {
    std::chrono::milliseconds call{60'000};
    std::chrono::milliseconds repository{180'000};
    std::chrono::milliseconds shutdown{2'000};
  };

  /// Starts the process and returns without waiting for it, so that the caller works while the location loads. Throws
  /// Error(kUnavailable) that names the executable if it cannot be started.
  explicit ExecutableLocation(std::filesystem::path executable, Timeouts timeouts);
  explicit ExecutableLocation(std::filesystem::path executable)
      : ExecutableLocation(std::move(executable), Timeouts{}) {}
  /// Waits for the process, at most Timeouts::shutdown, then kills it.
  ~ExecutableLocation() override;

  const std::filesystem::path& executable() const { return executable_; }
  const std::string& name() const override { return name_; }
  const json::Value& origin() const override { return origin_; }

  LocationInfo Info() override;
  model::RepositorySnap Repository(const std::string& repository_name) override;
  model::JobDataSnap Job(const std::string& repository_name, const std::string& job_name) override;
  model::JobDataSnap JobSubset(const JobTarget& target, bool include_parent) override;
  model::PlanSnap ExecutionPlan(const PlanRequest& request) override;
  std::vector<std::string> PartitionNames(const std::string& repository_name, const std::string& job_name) override;
  json::Value PartitionConfig(const std::string& repository_name, const std::string& job_name,
                              const std::string& partition) override;
  model::Tags PartitionTags(const std::string& repository_name, const std::string& job_name,
                            const std::string& partition) override;
  json::Value EvaluateSchedule(const json::Value& args) override;
  json::Value EvaluateSensor(const json::Value& args) override;

  /// Ends the process without waiting for it; no call may follow.
  void Close();

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  /// One request and its answer's `result`.
  json::Value Call(std::string_view method, json::Value args, std::chrono::milliseconds timeout);
  void Send(std::string_view line, Deadline deadline, std::string_view method);
  std::string ReceiveLine(Deadline deadline, std::string_view method);
  [[noreturn]] void ThrowEnded(std::string_view method);

  const std::filesystem::path executable_;
  const std::string name_;
  const json::Value origin_;
  const Timeouts timeouts_;
  ErrorSink errors_;
  FileDescriptor socket_;
  std::unique_ptr<ChildProcess> process_;
  std::string received_;  ///< Read, but behind the last answer's end.
};

}  // namespace tidemill::locations
