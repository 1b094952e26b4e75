#include "answers.h"

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>
#include <tidemill/engine/error_capture.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::location_server::answers {
namespace {

struct ErrorClass {
  std::string_view method;
  std::string_view name;
};

constexpr ErrorClass kErrorClasses[] = {
    {"ExternalRepository", "ExternalRepositoryErrorData"},
    {"ExecutionPlanSnapshot", "ExecutionPlanSnapshotErrorData"},
    {"ExternalPartitionNames", "ExternalPartitionExecutionErrorData"},
    {"ExternalPartitionConfig", "ExternalPartitionExecutionErrorData"},
    {"ExternalPartitionTags", "ExternalPartitionExecutionErrorData"},
    {"ExternalPartitionSetExecutionParams", "ExternalPartitionExecutionErrorData"},
    {"SyncExternalScheduleExecution", "ExternalScheduleExecutionErrorData"},
    {"SyncExternalSensorExecution", "ExternalSensorExecutionErrorData"},
};

bool IsNotFound(std::exception_ptr exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return error.code() == Code::kNotFound;
  } catch (...) {
    return false;
  }
}

}  // namespace

std::string ErrorInfo(std::exception_ptr exception) {
  model::ErrorInfo info = engine::DescribeException(exception);
  // Clients tell what was not found from what was wrong by the class.
  if (IsNotFound(exception)) info.cls_name = "NotFoundError";
  return serdes::Encode(info);
}

std::string Failure(std::string_view method, std::exception_ptr exception) {
  const std::string error = ErrorInfo(exception);
  if (method == "ExternalPipelineSubsetSnapshot") {
    return fmt::format(R"({{"__class__": "ExternalPipelineSubsetResult", "error": {}, "external_pipeline_data": null, )"
                       R"("repository_python_origin": null, "success": false}})",
                       error);
  }
  for (const ErrorClass& each : kErrorClasses) {
    if (each.method == method) return fmt::format(R"({{"__class__": "{}", "error": {}}})", each.name, error);
  }
  return error;
}

std::string Outcome(std::string_view class_name, bool success, const std::optional<std::string>& message,
                    std::exception_ptr exception) {
  return fmt::format(R"({{"__class__": "{}", "message": {}, "serializable_error_info": {}, "success": {}}})",
                     class_name, message ? json::Dump(*message) : "null", exception ? ErrorInfo(exception) : "null",
                     success);
}

}  // namespace tidemill::location_server::answers
