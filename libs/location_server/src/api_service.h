#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include <tidemill/dagster_api/dagster_api.grpc.pb.h>
#include <tidemill/location_server/location_service.h>
#include <tidemill/location_server/run_processes.h>

namespace tidemill::location_server {

/// The RPCs. Each takes its request apart, asks the location or the run processes, and answers also what fails with a
/// value: gRPC's own errors are for requests that have no such answer.
class ApiService final : public api::DagsterApi::Service {
 public:
  struct Identity {
    std::string server_id;
    std::optional<std::string> container_image;
    json::Value instance_ref;
  };

  /// `wake` is called when the server shall look whether it is done.
  ApiService(Identity identity, LocationService& location, RunProcesses& runs, std::function<void()> wake);

  /// Of the last Heartbeat, or of the start.
  std::chrono::steady_clock::time_point last_heartbeat() const;

  using Context = grpc::ServerContext;
  using Status = grpc::Status;
  template <class Event>
  using Stream = grpc::ServerWriter<Event>;

  Status Ping(Context*, const api::PingRequest*, api::PingReply*) override;
  Status Heartbeat(Context*, const api::PingRequest*, api::PingReply*) override;
  Status StreamingPing(Context*, const api::StreamingPingRequest*, Stream<api::StreamingPingEvent>*) override;
  Status GetServerId(Context*, const api::Empty*, api::GetServerIdReply*) override;
  Status GetCurrentImage(Context*, const api::Empty*, api::GetCurrentImageReply*) override;
  Status ReloadCode(Context*, const api::ReloadCodeRequest*, api::ReloadCodeReply*) override;
  Status RefreshComponentState(Context*, const api::RefreshComponentStateRequest*,
                               api::RefreshComponentStateReply*) override;
  Status ReloadCodeWithState(Context*, const api::ReloadCodeWithStateRequest*, api::ReloadCodeWithStateReply*) override;
  Status ShutdownServer(Context*, const api::Empty*, api::ShutdownServerReply*) override;

  Status ListRepositories(Context*, const api::ListRepositoriesRequest*, api::ListRepositoriesReply*) override;
  Status ExternalRepository(Context*, const api::ExternalRepositoryRequest*, api::ExternalRepositoryReply*) override;
  Status StreamingExternalRepository(Context*, const api::ExternalRepositoryRequest*,
                                     Stream<api::StreamingExternalRepositoryEvent>*) override;
  Status ExternalJob(Context*, const api::ExternalJobRequest*, api::ExternalJobReply*) override;
  Status ExternalPipelineSubsetSnapshot(Context*, const api::ExternalPipelineSubsetSnapshotRequest*,
                                        api::ExternalPipelineSubsetSnapshotReply*) override;
  Status ExecutionPlanSnapshot(Context*, const api::ExecutionPlanSnapshotRequest*,
                               api::ExecutionPlanSnapshotReply*) override;
  Status ExternalPartitionNames(Context*, const api::ExternalPartitionNamesRequest*,
                                api::ExternalPartitionNamesReply*) override;
  Status ExternalPartitionConfig(Context*, const api::ExternalPartitionConfigRequest*,
                                 api::ExternalPartitionConfigReply*) override;
  Status ExternalPartitionTags(Context*, const api::ExternalPartitionTagsRequest*,
                               api::ExternalPartitionTagsReply*) override;
  Status ExternalPartitionSetExecutionParams(Context*, const api::ExternalPartitionSetExecutionParamsRequest*,
                                             Stream<api::StreamingChunkEvent>*) override;
  Status ExternalNotebookData(Context*, const api::ExternalNotebookDataRequest*,
                              api::ExternalNotebookDataReply*) override;

  Status ExternalScheduleExecution(Context*, const api::ExternalScheduleExecutionRequest*,
                                   Stream<api::StreamingChunkEvent>*) override;
  Status SyncExternalScheduleExecution(Context*, const api::ExternalScheduleExecutionRequest*,
                                       api::ExternalScheduleExecutionReply*) override;
  Status ExternalSensorExecution(Context*, const api::ExternalSensorExecutionRequest*,
                                 Stream<api::StreamingChunkEvent>*) override;
  Status SyncExternalSensorExecution(Context*, const api::ExternalSensorExecutionRequest*,
                                     api::ExternalSensorExecutionReply*) override;

  Status StartRun(Context*, const api::StartRunRequest*, api::StartRunReply*) override;
  Status CancelExecution(Context*, const api::CancelExecutionRequest*, api::CancelExecutionReply*) override;
  Status CanCancelExecution(Context*, const api::CanCancelExecutionRequest*, api::CanCancelExecutionReply*) override;
  Status GetCurrentRuns(Context*, const api::Empty*, api::GetCurrentRunsReply*) override;

 private:
  /// The location's answer to serdes text, or the failure that the RPC has for it.
  std::string Answer(std::string_view method, const std::string& serialized_args);
  std::string Repository(const api::ExternalRepositoryRequest& request);

  const Identity identity_;
  LocationService& location_;
  RunProcesses& runs_;
  const std::function<void()> wake_;
  std::atomic<std::chrono::steady_clock::time_point> last_heartbeat_;
};

}  // namespace tidemill::location_server
