#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/engine/definitions.h>
#include <tidemill/sdk/schedules.h>

/// Reads the arguments of Dagster's code-location API and writes what schedules and sensors answer.
namespace tidemill::sdk::requests {

/// A member that must be a text. Throws Error(kInvalidArgument) that names it.
std::string Text(const json::Value& args, std::string_view member);
/// A list of texts; nothing where the member is missing, null or not given.
std::optional<std::vector<std::string>> Texts(const json::Value& args, std::string_view member);
/// The job and selection of PipelineSubsetSnapshotArgs and ExecutionPlanSnapshotArgs. An empty op selection selects
/// nothing special: it is the whole job.
engine::JobSelector Selector(const json::Value& args);

json::Value TagsJson(const model::Tags& tags);

sdk::SensorContext SensorContextOf(const json::Value& args);
/// ScheduleExecutionData.
json::Value ScheduleResult(const detail::ScheduleRecord& schedule, const sdk::ScheduleContext& context);
/// SensorExecutionData.
json::Value SensorResult(const detail::SensorRecord& sensor, const sdk::SensorContext& context);

}  // namespace tidemill::sdk::requests
