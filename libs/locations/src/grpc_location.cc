#include <fmt/format.h>

#include <tidemill/locations/grpc_location.h>
#include <tidemill/serdes/serdes.h>

#include "grpc_channel.h"
#include "request_args.h"

namespace tidemill::locations {
namespace {

using Stub = api::DagsterApi::Stub;

std::string Serdes(const json::Value& value) { return json::Dump(value, json::Order::kSorted); }

/// Whether the text is one of the API's error objects; their class comes first.
bool IsError(std::string_view text) {
  constexpr std::string_view kStart = R"({"__class__": ")";
  if (!text.starts_with(kStart)) return false;
  const std::string_view name = text.substr(kStart.size(), text.find('"', kStart.size()) - kStart.size());
  return name == "SerializableErrorInfo" || name.ends_with("ErrorData");
}

json::Value RunIdRequest(const char* class_name, const std::string& run_id) {
  return json::Object{{"__class__", class_name}, {"run_id", run_id}};
}

}  // namespace

GrpcLocation::GrpcLocation(std::string name, json::Value origin, const model::GrpcServerTarget& server,
                           CallTimeouts timeouts)
    : name_(std::move(name)),
      origin_(std::move(origin)),
      timeouts_(timeouts),
      channel_(std::make_unique<Channel>(name_, server)) {}

GrpcLocation::~GrpcLocation() = default;

/// What `read` makes of an answer; where it cannot, the answer is not of the protocol.
template <class F>
auto GrpcLocation::Checked(std::string_view method, F read) const {
  try {
    return read();
  } catch (const Error& error) {
    throw Error(Code::kInternal, fmt::format("code location {}: the answer to {} is not of the protocol: {}", name_,
                                             method, error.what()));
  }
}

template <class T>
T GrpcLocation::Decoded(std::string_view method, const std::string& text) const {
  return Checked(method, [&text] { return serdes::Decode<T>(text); });
}

/// What the answer says; throws the error that it is.
json::Value GrpcLocation::Read(std::string_view method, const std::string& text) const {
  const json::Value answer = Checked(method, [&text] {
    json::Value value = json::Parse(text);
    value.AsObject();
    return value;
  });
  const json::Value* error = IsError(text) ? &answer : nullptr;
  // Most have the error inside, also where the class does not say so.
  if (const json::Value* inside = answer.Find("error"); inside != nullptr && !inside->is_null()) error = inside;
  if (error == nullptr) return answer;
  auto info = Checked(method, [error] { return serdes::FromJson<model::ErrorInfo>(*error); });
  throw LocationError(CodeOfError(method, *error), fmt::format("code location {}: {}", name_, ErrorText(*error)),
                      std::move(info));
}

LocationInfo GrpcLocation::Info() {
  const auto reply =
      channel_->Call("ListRepositories", &Stub::ListRepositories, api::ListRepositoriesRequest(), timeouts_.call);
  const json::Value answer = Read("ListRepositories", reply.serialized_list_repositories_response_or_error());
  LocationInfo info = Checked("ListRepositories", [&answer] { return ReadLocationInfo(answer); });
  info.server_id = ServerId(timeouts_.call);
  return info;
}

std::string GrpcLocation::RepositoryText(const std::string& repository_name) {
  api::ExternalRepositoryRequest request;
  request.set_serialized_repository_python_origin(Serdes(RepositoryOrigin(origin_, repository_name)));
  request.set_defer_snapshots(true);
  auto reply = channel_->Call("ExternalRepository", &Stub::ExternalRepository, request, timeouts_.repository);
  std::string text = std::move(*reply.mutable_serialized_external_repository_data());
  if (IsError(text)) Read("ExternalRepository", text);
  return text;
}

model::RepositorySnap GrpcLocation::Repository(const std::string& repository_name) {
  return Decoded<model::RepositorySnap>("ExternalRepository", RepositoryText(repository_name));
}

std::string GrpcLocation::JobText(const std::string& repository_name, const std::string& job_name) {
  api::ExternalJobRequest request;
  request.set_serialized_repository_origin(Serdes(RepositoryOrigin(origin_, repository_name)));
  request.set_job_name(job_name);
  auto reply = channel_->Call("ExternalJob", &Stub::ExternalJob, request, timeouts_.repository);
  if (!reply.serialized_error().empty()) Read("ExternalJob", reply.serialized_error());
  return std::move(*reply.mutable_serialized_job_data());
}

model::JobDataSnap GrpcLocation::Job(const std::string& repository_name, const std::string& job_name) {
  return Decoded<model::JobDataSnap>("ExternalJob", JobText(repository_name, job_name));
}

model::JobDataSnap GrpcLocation::JobSubset(const JobTarget& target, bool include_parent) {
  constexpr std::string_view kMethod = "ExternalPipelineSubsetSnapshot";
  api::ExternalPipelineSubsetSnapshotRequest request;
  request.set_serialized_pipeline_subset_snapshot_args(Serdes(SubsetSnapshotArgs(origin_, target, include_parent)));
  const auto reply = channel_->Call(kMethod, &Stub::ExternalPipelineSubsetSnapshot, request, timeouts_.repository);
  const json::Value result = Read(kMethod, reply.serialized_external_pipeline_subset_result());
  const json::Value* data = result.Find("external_pipeline_data");
  if (data == nullptr || data->is_null()) {
    throw Error(Code::kInternal,
                fmt::format("code location {}: the subset of {} came without its snapshot", name_, target.job_name));
  }
  return Checked(kMethod, [data] { return serdes::FromJson<model::JobDataSnap>(*data); });
}

model::PlanSnap GrpcLocation::ExecutionPlan(const PlanRequest& request) {
  constexpr std::string_view kMethod = "ExecutionPlanSnapshot";
  api::ExecutionPlanSnapshotRequest message;
  message.set_serialized_execution_plan_snapshot_args(Serdes(ExecutionPlanArgs(origin_, request)));
  const auto reply = channel_->Call(kMethod, &Stub::ExecutionPlanSnapshot, message, timeouts_.call);
  const std::string& text = reply.serialized_execution_plan_snapshot();
  if (IsError(text)) Read(kMethod, text);
  return Decoded<model::PlanSnap>(kMethod, text);
}

std::vector<std::string> GrpcLocation::PartitionNames(const std::string& repository_name, const std::string& job_name) {
  constexpr std::string_view kMethod = "ExternalPartitionNames";
  api::ExternalPartitionNamesRequest request;
  request.set_serialized_partition_names_args(Serdes(PartitionNamesArgs(origin_, repository_name, job_name)));
  const auto reply = channel_->Call(kMethod, &Stub::ExternalPartitionNames, request, timeouts_.call);
  const json::Value answer =
      Read(kMethod, reply.serialized_external_partition_names_or_external_partition_execution_error());
  return Checked(kMethod, [&answer] { return TextsOf(answer, "partition_names"); });
}

json::Value GrpcLocation::PartitionConfig(const std::string& repository_name, const std::string& job_name,
                                          const std::string& partition) {
  constexpr std::string_view kMethod = "ExternalPartitionConfig";
  api::ExternalPartitionConfigRequest request;
  request.set_serialized_partition_args(Serdes(PartitionArgs(origin_, repository_name, job_name, partition)));
  const auto reply = channel_->Call(kMethod, &Stub::ExternalPartitionConfig, request, timeouts_.call);
  const json::Value answer =
      Read(kMethod, reply.serialized_external_partition_config_or_external_partition_execution_error());
  return Checked(kMethod, [&answer] { return answer.AsObject().At("run_config"); });
}

model::Tags GrpcLocation::PartitionTags(const std::string& repository_name, const std::string& job_name,
                                        const std::string& partition) {
  constexpr std::string_view kMethod = "ExternalPartitionTags";
  api::ExternalPartitionTagsRequest request;
  request.set_serialized_partition_args(Serdes(PartitionArgs(origin_, repository_name, job_name, partition)));
  const auto reply = channel_->Call(kMethod, &Stub::ExternalPartitionTags, request, timeouts_.call);
  const json::Value answer =
      Read(kMethod, reply.serialized_external_partition_tags_or_external_partition_execution_error());
  return Checked(kMethod, [&answer] { return TagsOf(answer); });
}

void GrpcLocation::Ping(std::chrono::milliseconds timeout) {
  channel_->Call("Ping", &Stub::Ping, api::PingRequest(), timeout);
}

void GrpcLocation::Heartbeat(std::chrono::milliseconds timeout) {
  channel_->Call("Heartbeat", &Stub::Heartbeat, api::PingRequest(), timeout);
}

std::string GrpcLocation::ServerId(std::chrono::milliseconds timeout) {
  return channel_->Call("GetServerId", &Stub::GetServerId, api::Empty(), timeout).server_id();
}

std::optional<std::string> GrpcLocation::CurrentImage() {
  const auto reply = channel_->Call("GetCurrentImage", &Stub::GetCurrentImage, api::Empty(), timeouts_.call);
  const json::Value answer = Read("GetCurrentImage", reply.serialized_current_image());
  const json::Value* image = answer.Find("current_image");
  return image != nullptr && image->is_string() ? std::optional(image->AsString()) : std::nullopt;
}

void GrpcLocation::ReloadCode() {
  const auto reply = channel_->Call("ReloadCode", &Stub::ReloadCode, api::ReloadCodeRequest(), timeouts_.repository);
  if (!reply.serialized_error().empty()) Read("ReloadCode", reply.serialized_error());
}

void GrpcLocation::ShutdownServer(std::chrono::milliseconds timeout) {
  channel_->Call("ShutdownServer", &Stub::ShutdownServer, api::Empty(), timeout);
}

json::Value GrpcLocation::EvaluateSchedule(const json::Value& args) {
  constexpr std::string_view kMethod = "SyncExternalScheduleExecution";
  api::ExternalScheduleExecutionRequest request;
  request.set_serialized_external_schedule_execution_args(Serdes(args));
  return Read(kMethod, channel_->Call(kMethod, &Stub::SyncExternalScheduleExecution, request, timeouts_.tick)
                           .serialized_schedule_result());
}

json::Value GrpcLocation::EvaluateSensor(const json::Value& args) {
  constexpr std::string_view kMethod = "SyncExternalSensorExecution";
  api::ExternalSensorExecutionRequest request;
  request.set_serialized_external_sensor_execution_args(Serdes(args));
  return Read(
      kMethod,
      channel_->Call(kMethod, &Stub::SyncExternalSensorExecution, request, timeouts_.tick).serialized_sensor_result());
}

json::Value GrpcLocation::PartitionSetParams(const json::Value& args) {
  api::ExternalPartitionSetExecutionParamsRequest request;
  request.set_serialized_partition_set_execution_param_args(Serdes(args));
  return Read("ExternalPartitionSetExecutionParams", channel_->PartitionSetParams(request, timeouts_.repository));
}

void GrpcLocation::StartRun(const std::string& repository_name, const std::string& job_name, const std::string& run_id,
                            const json::Value& instance_ref) {
  api::StartRunRequest request;
  request.set_serialized_execute_run_args(
      Serdes(json::Object{{"__class__", "ExecuteExternalPipelineArgs"},
                          {"instance_ref", instance_ref},
                          {"pipeline_origin", JobOrigin(origin_, repository_name, job_name)},
                          {"pipeline_run_id", run_id}}));
  const auto reply = channel_->Call("StartRun", &Stub::StartRun, request, timeouts_.repository);
  const json::Value result = Read("StartRun", reply.serialized_start_run_result());
  if (IsSuccess(result)) return;
  throw Error(Code::kFailedPrecondition,
              fmt::format("code location {}: run {} did not start: {}", name_, run_id, ReasonOf(result)));
}

bool GrpcLocation::CancelRun(const std::string& run_id) {
  api::CancelExecutionRequest request;
  request.set_serialized_cancel_execution_request(Serdes(RunIdRequest("CancelExecutionRequest", run_id)));
  const auto reply = channel_->Call("CancelExecution", &Stub::CancelExecution, request, timeouts_.call);
  return IsSuccess(Read("CancelExecution", reply.serialized_cancel_execution_result()));
}

bool GrpcLocation::CanCancelRun(const std::string& run_id) {
  api::CanCancelExecutionRequest request;
  request.set_serialized_can_cancel_execution_request(Serdes(RunIdRequest("CanCancelExecutionRequest", run_id)));
  const auto reply = channel_->Call("CanCancelExecution", &Stub::CanCancelExecution, request, timeouts_.call);
  const json::Value answer = Read("CanCancelExecution", reply.serialized_can_cancel_execution_result());
  return Checked("CanCancelExecution", [&answer] { return answer.AsObject().At("can_cancel").AsBool(); });
}

std::vector<std::string> GrpcLocation::CurrentRuns() {
  const auto reply = channel_->Call("GetCurrentRuns", &Stub::GetCurrentRuns, api::Empty(), timeouts_.call);
  const json::Value answer = Read("GetCurrentRuns", reply.serialized_current_runs());
  return Checked("GetCurrentRuns", [&answer] { return TextsOf(answer, "current_runs"); });
}

std::string GrpcLocation::Notebook(const std::string& path) {
  api::ExternalNotebookDataRequest request;
  request.set_notebook_path(path);
  return channel_->Call("ExternalNotebookData", &Stub::ExternalNotebookData, request, timeouts_.call).content();
}

}  // namespace tidemill::locations
