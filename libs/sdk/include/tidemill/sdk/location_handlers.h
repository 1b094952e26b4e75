#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/base/json.h>
#include <tidemill/location_server/location_service.h>
#include <tidemill/sdk/definitions.h>

namespace tidemill::sdk {

/// Answers the calls of Dagster's code-location API, whatever carries them: the arguments and results are the serdes
/// values of its RPCs. Any thread may call it.
class LocationHandlers final : public location_server::LocationService {
 public:
  /// What the location says of its own process.
  struct Process {
    std::filesystem::path executable;
    std::filesystem::path working_directory;
    std::optional<std::string> container_image = {};
    json::Value container_context = json::Object{};
  };

  /// `define` is called once, at the first request; if it throws, every request is answered by that error.
  LocationHandlers(Process process, std::function<Definitions()> define, const Clock& clock);

  /// The result of the RPC `method`, as serdes text. Throws Error(kUnimplemented) for an unknown method, and whatever
  /// the definitions throw.
  std::string Handle(std::string_view method, const json::Value& args) override;

  /// `<executable> api execute_run <ExecuteRunArgs>`.
  std::vector<std::string> RunCommand(const json::Value& args) override;

  /// Makes the definitions, unless they are made. Throws what making them throws.
  void Load() { Loaded(); }

 private:
  using Handler = std::string (LocationHandlers::*)(const json::Value&);
  static Handler Find(std::string_view method);

  std::string ListRepositories(const json::Value& args);
  std::string ExternalRepository(const json::Value& args);
  std::string ExternalJob(const json::Value& args);
  std::string ExternalPipelineSubsetSnapshot(const json::Value& args);
  std::string ExecutionPlanSnapshot(const json::Value& args);
  std::string ExternalPartitionNames(const json::Value& args);
  std::string ExternalPartitionConfig(const json::Value& args);
  std::string ExternalPartitionTags(const json::Value& args);
  std::string ExternalPartitionSetExecutionParams(const json::Value& args);
  std::string SyncExternalScheduleExecution(const json::Value& args);
  std::string SyncExternalSensorExecution(const json::Value& args);

  const Definitions& Loaded();
  const PartitionsDefinition& PartitionsOf(const engine::JobDefinition& job) const;
  /// The job that the arguments name.
  engine::JobDefinition PartitionedJob(const json::Value& args);
  void CheckPartition(const engine::JobDefinition& job, const std::string& partition) const;
  json::Value PartitionConfig(const engine::JobDefinition& job, const std::string& partition);
  json::Value PartitionTags(const engine::JobDefinition& job, const std::string& partition);
  json::Value CodePointer() const;

  Process process_;
  std::function<Definitions()> define_;
  const Clock& clock_;
  std::mutex mutex_;
  std::optional<Definitions> definitions_;  // Guarded by mutex_ until it is set.
  std::exception_ptr load_error_;           // Guarded by mutex_.
};

/// Answers lines `{"method": "<RPC>", "args": <JSON>}` from `input` by lines `{"result": …}` or `{"error": …}` on
/// `output`, until the input ends. Descriptors stay open.
void ServeLines(LocationHandlers& handlers, int input, int output);

}  // namespace tidemill::sdk
