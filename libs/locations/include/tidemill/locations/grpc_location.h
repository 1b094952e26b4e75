#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <tidemill/locations/code_location_client.h>
#include <tidemill/model/location_spec.h>

namespace tidemill::locations {

/// How long calls may take.
struct CallTimeouts {
  std::chrono::milliseconds call{60'000};
  std::chrono::milliseconds repository{180'000};
  std::chrono::milliseconds tick{60'000};  ///< Schedules and sensors.
};

/// A code location behind Dagster's gRPC API, in C++ or Python. One channel is kept; it connects at the first call and
/// again after a failure. Any thread may call it, several at once.
///
/// Errors are those of CodeLocationClient; a message over 100 MB is kResourceExhausted, an answer that is not of the
/// protocol kInternal. Every message names the location and the call.
class GrpcLocation final : public CodeLocationClient {
 public:
  /// `origin` is the location's RepositoryLocationOrigin as serdes JSON.
  GrpcLocation(std::string name, json::Value origin, const model::GrpcServerTarget& server, CallTimeouts timeouts = {});
  ~GrpcLocation() override;

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

  /// The serdes texts of the same answers, as they came.
  std::string RepositoryText(const std::string& repository_name);
  std::string JobText(const std::string& repository_name, const std::string& job_name);

  /// The server itself.
  void Ping(std::chrono::milliseconds timeout);
  void Heartbeat(std::chrono::milliseconds timeout);
  std::string ServerId(std::chrono::milliseconds timeout);
  std::optional<std::string> CurrentImage();
  void ReloadCode();
  /// The server ends when its runs have ended.
  void ShutdownServer(std::chrono::milliseconds timeout);

  json::Value EvaluateSchedule(const json::Value& args) override;
  json::Value EvaluateSensor(const json::Value& args) override;
  /// Takes and gives serdes objects: PartitionSetExecutionParamArgs and ExternalPartitionSetExecutionParamData.
  json::Value PartitionSetParams(const json::Value& args);

  /// Starts the process of a run that exists. Throws Error(kFailedPrecondition) with the server's reason if it does not
  /// start.
  void StartRun(const std::string& repository_name, const std::string& job_name, const std::string& run_id,
                const json::Value& instance_ref);
  /// False if the server does not execute the run.
  bool CancelRun(const std::string& run_id);
  bool CanCancelRun(const std::string& run_id);
  std::vector<std::string> CurrentRuns();
  std::string Notebook(const std::string& path);

 private:
  class Channel;

  json::Value Read(std::string_view method, const std::string& text) const;
  template <class F>
  auto Checked(std::string_view method, F read) const;
  template <class T>
  T Decoded(std::string_view method, const std::string& text) const;

  const std::string name_;
  const json::Value origin_;
  const CallTimeouts timeouts_;
  std::unique_ptr<Channel> channel_;
};

}  // namespace tidemill::locations
