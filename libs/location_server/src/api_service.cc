#include "api_service.h"

#include <filesystem>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/dagster_api/limits.h>

#include "answers.h"

namespace tidemill::location_server {
namespace {

using Status = grpc::Status;

/// Writes `text` in pieces; an empty one gives none. Stops when the client has gone.
template <class Event>
Status WriteChunks(grpc::ServerWriter<Event>& stream, const std::string& text, std::string* (Event::*chunk)()) {
  Event event;
  for (std::size_t start = 0; start < text.size(); start += dagster_api::kChunkCharacters) {
    event.set_sequence_number(static_cast<std::int32_t>(start / dagster_api::kChunkCharacters));
    (event.*chunk)()->assign(text, start, dagster_api::kChunkCharacters);
    if (!stream.Write(event)) return Status(grpc::StatusCode::CANCELLED, "the client has gone");
  }
  return Status::OK;
}

std::string RunIdOf(const std::string& serialized) {
  return json::Parse(serialized).AsObject().At("run_id").AsString();
}

std::string ReadNotebook(const std::string& notebook) {
  const std::filesystem::path folder = std::filesystem::canonical(".");
  const std::filesystem::path path = std::filesystem::weakly_canonical(notebook);
  if (path.extension() != ".ipynb" || path.string().rfind(folder.string() + "/", 0) != 0) {
    throw Error(Code::kPermissionDenied, fmt::format("{} is no notebook (.ipynb) below {}", notebook, folder.string()));
  }
  return ReadFile(path);
}

}  // namespace

ApiService::ApiService(Identity identity, LocationService& location, RunProcesses& runs, std::function<void()> wake)
    : identity_(std::move(identity)),
      location_(location),
      runs_(runs),
      wake_(std::move(wake)),
      last_heartbeat_(std::chrono::steady_clock::now()) {}

std::chrono::steady_clock::time_point ApiService::last_heartbeat() const { return last_heartbeat_; }

std::string ApiService::Answer(std::string_view method, const std::string& serialized_args) {
  try {
    return location_.Handle(method, json::Parse(serialized_args));
  } catch (...) {
    return answers::Failure(method, std::current_exception());
  }
}

// ---- The process itself

Status ApiService::Ping(Context*, const api::PingRequest* request, api::PingReply* reply) {
  reply->set_echo(request->echo());
  return Status::OK;
}

Status ApiService::Heartbeat(Context*, const api::PingRequest* request, api::PingReply* reply) {
  last_heartbeat_ = std::chrono::steady_clock::now();
  reply->set_echo(request->echo());
  return Status::OK;
}

Status ApiService::StreamingPing(Context*, const api::StreamingPingRequest* request,
                                 Stream<api::StreamingPingEvent>* stream) {
  api::StreamingPingEvent event;
  event.set_echo(request->echo());
  for (std::int32_t number = 0; number < request->sequence_length(); ++number) {
    event.set_sequence_number(number);
    if (!stream->Write(event)) break;
  }
  return Status::OK;
}

Status ApiService::GetServerId(Context*, const api::Empty*, api::GetServerIdReply* reply) {
  reply->set_server_id(identity_.server_id);
  return Status::OK;
}

Status ApiService::GetCurrentImage(Context*, const api::Empty*, api::GetCurrentImageReply* reply) {
  const std::string image = identity_.container_image ? json::Dump(*identity_.container_image) : "null";
  reply->set_serialized_current_image(fmt::format(
      R"({{"__class__": "GetCurrentImageResult", "current_image": {}, "serializable_error_info": null}})", image));
  return Status::OK;
}

Status ApiService::ReloadCode(Context*, const api::ReloadCodeRequest*, api::ReloadCodeReply*) {
  // Dagster's own `api grpc` does nothing either: new code is a new process.
  fmt::print(stderr, "ReloadCode: start the location's new executable; this process keeps the code it has\n");
  return Status::OK;
}

Status ApiService::RefreshComponentState(Context*, const api::RefreshComponentStateRequest*,
                                         api::RefreshComponentStateReply* reply) {
  const Error error(Code::kInvalidArgument, "this location has no components that keep state");
  reply->set_serialized_error(answers::ErrorInfo(std::make_exception_ptr(error)));
  return Status::OK;
}

Status ApiService::ReloadCodeWithState(Context*, const api::ReloadCodeWithStateRequest* request,
                                       api::ReloadCodeWithStateReply* reply) {
  if (request->serialized_defs_state_info().empty()) {
    reply->set_serialized_server_id(identity_.server_id);
  } else {
    const Error error(Code::kInvalidArgument, "this location has no components that keep state");
    reply->set_serialized_error(answers::ErrorInfo(std::make_exception_ptr(error)));
  }
  return Status::OK;
}

Status ApiService::ShutdownServer(Context*, const api::Empty*, api::ShutdownServerReply* reply) {
  reply->set_serialized_shutdown_server_result(
      R"({"__class__": "ShutdownServerResult", "serializable_error_info": null, "success": true})");
  runs_.Close();
  wake_();
  return Status::OK;
}

// ---- What the location defines

Status ApiService::ListRepositories(Context*, const api::ListRepositoriesRequest*, api::ListRepositoriesReply* reply) {
  reply->set_serialized_list_repositories_response_or_error(Answer("ListRepositories", "null"));
  return Status::OK;
}

std::string ApiService::Repository(const api::ExternalRepositoryRequest& request) {
  try {
    return location_.Handle(
        "ExternalRepository",
        json::Object{{"repository_origin", json::Parse(request.serialized_repository_python_origin())},
                     {"defer_snapshots", request.defer_snapshots()}});
  } catch (...) {
    return answers::Failure("ExternalRepository", std::current_exception());
  }
}

Status ApiService::ExternalRepository(Context*, const api::ExternalRepositoryRequest* request,
                                      api::ExternalRepositoryReply* reply) {
  reply->set_serialized_external_repository_data(Repository(*request));
  return Status::OK;
}

Status ApiService::StreamingExternalRepository(Context*, const api::ExternalRepositoryRequest* request,
                                               Stream<api::StreamingExternalRepositoryEvent>* stream) {
  using Event = api::StreamingExternalRepositoryEvent;
  return WriteChunks(*stream, Repository(*request), &Event::mutable_serialized_external_repository_chunk);
}

Status ApiService::ExternalJob(Context*, const api::ExternalJobRequest* request, api::ExternalJobReply* reply) {
  try {
    reply->set_serialized_job_data(location_.Handle(
        "ExternalJob", json::Object{{"repository_origin", json::Parse(request->serialized_repository_origin())},
                                    {"job_name", request->job_name()}}));
  } catch (...) {
    reply->set_serialized_error(answers::ErrorInfo(std::current_exception()));
  }
  return Status::OK;
}

Status ApiService::ExternalPipelineSubsetSnapshot(Context*, const api::ExternalPipelineSubsetSnapshotRequest* request,
                                                  api::ExternalPipelineSubsetSnapshotReply* reply) {
  reply->set_serialized_external_pipeline_subset_result(
      Answer("ExternalPipelineSubsetSnapshot", request->serialized_pipeline_subset_snapshot_args()));
  return Status::OK;
}

Status ApiService::ExecutionPlanSnapshot(Context*, const api::ExecutionPlanSnapshotRequest* request,
                                         api::ExecutionPlanSnapshotReply* reply) {
  reply->set_serialized_execution_plan_snapshot(
      Answer("ExecutionPlanSnapshot", request->serialized_execution_plan_snapshot_args()));
  return Status::OK;
}

Status ApiService::ExternalPartitionNames(Context*, const api::ExternalPartitionNamesRequest* request,
                                          api::ExternalPartitionNamesReply* reply) {
  reply->set_serialized_external_partition_names_or_external_partition_execution_error(
      Answer("ExternalPartitionNames", request->serialized_partition_names_args()));
  return Status::OK;
}

Status ApiService::ExternalPartitionConfig(Context*, const api::ExternalPartitionConfigRequest* request,
                                           api::ExternalPartitionConfigReply* reply) {
  reply->set_serialized_external_partition_config_or_external_partition_execution_error(
      Answer("ExternalPartitionConfig", request->serialized_partition_args()));
  return Status::OK;
}

Status ApiService::ExternalPartitionTags(Context*, const api::ExternalPartitionTagsRequest* request,
                                         api::ExternalPartitionTagsReply* reply) {
  reply->set_serialized_external_partition_tags_or_external_partition_execution_error(
      Answer("ExternalPartitionTags", request->serialized_partition_args()));
  return Status::OK;
}

Status ApiService::ExternalPartitionSetExecutionParams(Context*,
                                                       const api::ExternalPartitionSetExecutionParamsRequest* request,
                                                       Stream<api::StreamingChunkEvent>* stream) {
  return WriteChunks(
      *stream, Answer("ExternalPartitionSetExecutionParams", request->serialized_partition_set_execution_param_args()),
      &api::StreamingChunkEvent::mutable_serialized_chunk);
}

Status ApiService::ExternalNotebookData(Context*, const api::ExternalNotebookDataRequest* request,
                                        api::ExternalNotebookDataReply* reply) {
  try {
    reply->set_content(ReadNotebook(request->notebook_path()));
    return Status::OK;
  } catch (const std::exception& error) {
    return Status(grpc::StatusCode::UNKNOWN, error.what());
  }
}

// ---- Ticks

Status ApiService::ExternalScheduleExecution(Context*, const api::ExternalScheduleExecutionRequest* request,
                                             Stream<api::StreamingChunkEvent>* stream) {
  return WriteChunks(*stream,
                     Answer("SyncExternalScheduleExecution", request->serialized_external_schedule_execution_args()),
                     &api::StreamingChunkEvent::mutable_serialized_chunk);
}

Status ApiService::SyncExternalScheduleExecution(Context*, const api::ExternalScheduleExecutionRequest* request,
                                                 api::ExternalScheduleExecutionReply* reply) {
  reply->set_serialized_schedule_result(
      Answer("SyncExternalScheduleExecution", request->serialized_external_schedule_execution_args()));
  return Status::OK;
}

Status ApiService::ExternalSensorExecution(Context*, const api::ExternalSensorExecutionRequest* request,
                                           Stream<api::StreamingChunkEvent>* stream) {
  return WriteChunks(*stream,
                     Answer("SyncExternalSensorExecution", request->serialized_external_sensor_execution_args()),
                     &api::StreamingChunkEvent::mutable_serialized_chunk);
}

Status ApiService::SyncExternalSensorExecution(Context*, const api::ExternalSensorExecutionRequest* request,
                                               api::ExternalSensorExecutionReply* reply) {
  reply->set_serialized_sensor_result(
      Answer("SyncExternalSensorExecution", request->serialized_external_sensor_execution_args()));
  return Status::OK;
}

// ---- Runs

Status ApiService::StartRun(Context*, const api::StartRunRequest* request, api::StartRunReply* reply) {
  try {
    const json::Value args = json::Parse(request->serialized_execute_run_args());
    const json::Value* given = args.Find("instance_ref");
    const json::Value& instance = given != nullptr && !given->is_null() ? *given : identity_.instance_ref;
    runs_.Start(args.AsObject().At("pipeline_run_id").AsString(), location_.RunCommand(args), instance);
    reply->set_serialized_start_run_result(answers::Outcome("StartRunResult", true));
  } catch (const std::exception& error) {
    reply->set_serialized_start_run_result(
        answers::Outcome("StartRunResult", false, error.what(), std::current_exception()));
  }
  return Status::OK;
}

Status ApiService::CancelExecution(Context*, const api::CancelExecutionRequest* request,
                                   api::CancelExecutionReply* reply) {
  try {
    const bool was_there = runs_.Cancel(RunIdOf(request->serialized_cancel_execution_request()));
    reply->set_serialized_cancel_execution_result(answers::Outcome("CancelExecutionResult", was_there));
  } catch (const std::exception& error) {
    reply->set_serialized_cancel_execution_result(
        answers::Outcome("CancelExecutionResult", false, error.what(), std::current_exception()));
  }
  return Status::OK;
}

Status ApiService::CanCancelExecution(Context*, const api::CanCancelExecutionRequest* request,
                                      api::CanCancelExecutionReply* reply) {
  try {
    const bool can_cancel = runs_.CanCancel(RunIdOf(request->serialized_can_cancel_execution_request()));
    reply->set_serialized_can_cancel_execution_result(
        fmt::format(R"({{"__class__": "CanCancelExecutionResult", "can_cancel": {}}})", can_cancel));
    return Status::OK;
  } catch (const Error& error) {
    return Status(grpc::StatusCode::INVALID_ARGUMENT, error.what());
  }
}

Status ApiService::GetCurrentRuns(Context*, const api::Empty*, api::GetCurrentRunsReply* reply) {
  json::Array runs;
  for (std::string& run_id : runs_.Running()) runs.emplace_back(std::move(run_id));
  reply->set_serialized_current_runs(json::Dump(json::Object{{"__class__", "GetCurrentRunsResult"},
                                                             {"current_runs", std::move(runs)},
                                                             {"serializable_error_info", nullptr}},
                                                json::Order::kSorted));
  return Status::OK;
}

}  // namespace tidemill::location_server
