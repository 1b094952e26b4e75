#pragma once

#include <string>
#include <string_view>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>
#include <tidemill/locations/code_location_client.h>

namespace tidemill::locations {

// The serdes objects that requests carry; names and fields are Dagster's.

json::Value SubsetSnapshotArgs(const json::Value& location_origin, const JobTarget& target, bool include_parent);
json::Value ExecutionPlanArgs(const json::Value& location_origin, const PlanRequest& request);
json::Value PartitionNamesArgs(const json::Value& location_origin, const std::string& repository_name,
                               const std::string& job_name);
json::Value PartitionArgs(const json::Value& location_origin, const std::string& repository_name,
                          const std::string& job_name, const std::string& partition);

/// Of a ListRepositoriesResponse.
LocationInfo ReadLocationInfo(const json::Value& response);

/// The list of texts that the answer has under `member`.
std::vector<std::string> TextsOf(const json::Value& answer, std::string_view member);
/// The `tags` of an ExternalPartitionTagsData.
model::Tags TagsOf(const json::Value& answer);

/// Of StartRunResult and CancelExecutionResult.
bool IsSuccess(const json::Value& result);
/// Why it is none, in one text.
std::string ReasonOf(const json::Value& result);

/// The message of a SerializableErrorInfo with its causes, without stack traces.
std::string ErrorText(const json::Value& error);
/// What kind of failure such an error is, given the request that it answers.
Code CodeOfError(std::string_view method, const json::Value& error);

}  // namespace tidemill::locations
