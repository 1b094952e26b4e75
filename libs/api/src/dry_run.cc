#include "dry_run.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <tidemill/assets/cron.h>
#include <tidemill/base/python_yaml.h>
#include <tidemill/locations/code_location_client.h>
#include <tidemill/serdes/serdes.h>

#include "mutation.h"
#include "run.h"

namespace tidemill::api {
namespace {

constexpr std::string_view kSensorNameTag = "dagster/sensor_name";
constexpr std::string_view kRunKeyTag = "dagster/run_key";

/// RunRequest: serdes JSON.
struct RunRequest {
  json::Value request;
};
/// DynamicPartitionRequest: serdes JSON of an AddDynamicPartitionsRequest or DeleteDynamicPartitionsRequest.
struct PartitionsRequest {
  json::Value request;
};
/// TickEvaluation.
struct TickEvaluation {
  std::optional<std::vector<RunRequest>> run_requests;
  std::optional<std::vector<PartitionsRequest>> partitions_requests;
  std::optional<std::string> skip_reason;
  std::optional<std::string> cursor;
  std::optional<PythonError> error;
};

using ScheduleResult = std::variant<DryRunTick, NamedError>;

const json::Value* NotNull(const json::Value& object, std::string_view member) {
  const json::Value* value = object.Find(member);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<std::string> TextOf(const json::Value& object, std::string_view member) {
  const json::Value* value = NotNull(object, member);
  return value == nullptr ? std::nullopt : std::optional(value->AsString());
}

template <class T>
std::optional<std::vector<T>> ItemsOf(const json::Value& object, std::string_view member) {
  const json::Value* list = NotNull(object, member);
  if (list == nullptr) return std::nullopt;
  std::vector<T> items;
  for (const json::Value& item : list->AsArray()) items.push_back({item});
  return items;
}

template <class Key>
std::optional<std::vector<Key>> KeysOf(const RunRequest& request, std::string_view member) {
  const json::Value* list = NotNull(request.request, member);
  if (list == nullptr || list->AsArray().empty()) return std::nullopt;
  std::vector<Key> keys;
  for (const json::Value& item : list->AsArray()) keys.push_back(serdes::FromJson<Key>(item));
  return keys;
}

/// The first tick at or after the time, in the schedule's own zone.
double TickAt(const model::ScheduleSnap& schedule, double from) {
  const auto zone = assets::TimeZone::Find(schedule.execution_timezone.value_or("UTC"));
  auto ticks = assets::CronSchedule::Parse(schedule.cron_schedules).Forward(FromUnixSeconds(from), zone);
  const auto tick = ticks.Next();
  if (!tick) throw Error(Code::kOutOfRange, fmt::format("schedule {} has no tick any more", schedule.name));
  return ToUnixSeconds(tick->time);
}

json::Value ArgsOf(const Schedule& schedule, double timestamp, const RequestContext& context) {
  const workspace::Location& location = *context.workspace().FindLocation(schedule.repository->location_name());
  return json::Object{
      {"__class__", "ExternalScheduleExecutionArgs"},
      {"instance_ref", context.instance().Ref()},
      {"log_key", nullptr},
      {"repository_origin", locations::RepositoryOrigin(location.origin, schedule.repository->name())},
      {"schedule_name", schedule.name()},
      {"scheduled_execution_timestamp", timestamp},
      {"scheduled_execution_timezone", schedule.schedule->execution_timezone.value_or("UTC")},
      {"timeout", nullptr},
  };
}

json::Value ArgsOf(const Sensor& sensor, const std::optional<std::string>& cursor, const RequestContext& context) {
  constexpr std::int64_t kTimeoutSeconds = 60;
  const workspace::Location& location = *context.workspace().FindLocation(sensor.repository->location_name());
  return json::Object{
      {"__class__", "SensorExecutionArgs"},
      {"cursor", cursor ? json::Value(*cursor) : json::Value()},
      {"instance_ref", context.instance().Ref()},
      {"last_completion_time", nullptr},
      {"last_run_key", nullptr},
      {"last_sensor_start_time", nullptr},
      {"last_tick_completion_time", nullptr},
      {"log_key", nullptr},
      {"repository_origin", locations::RepositoryOrigin(location.origin, sensor.repository->name())},
      {"sensor_name", sensor.name()},
      {"timeout", kTimeoutSeconds},
  };
}

/// Whether the sensor has launched a run for the key before.
bool HasRun(const Sensor& sensor, const std::string& run_key, const RequestContext& context) {
  storage::RunFilter filter;
  filter.tags = {{std::string(kRunKeyTag), {run_key}}, {std::string(kSensorNameTag), {sensor.name()}}};
  for (const Run& run : ListRuns(context, filter, {})) {
    const json::Value* origin = run.run().remote_job_origin.Find("external_repository_origin");
    if (origin == nullptr) return true;
    const json::Value* location = origin->Find("repository_location_origin");
    const json::Value* location_name = location == nullptr ? nullptr : location->Find("location_name");
    const json::Value* name = origin->Find("repository_name");
    if (location_name != nullptr && *location_name == json::Value(sensor.repository->location_name()) &&
        name != nullptr && *name == json::Value(sensor.repository->name())) {
      return true;
    }
  }
  return false;
}

TickEvaluation Read(const json::Value& data) {
  return {ItemsOf<RunRequest>(data, "run_requests"), ItemsOf<PartitionsRequest>(data, "dynamic_partitions_requests"),
          TextOf(data, "skip_message"), TextOf(data, "cursor"), std::nullopt};
}

TickEvaluation Evaluate(const Schedule& schedule, const std::optional<double>& timestamp,
                        const RequestContext& context) {
  if (!timestamp || *timestamp == 0) {
    throw Error(Code::kInvalidArgument,
                fmt::format("give a timestamp: schedule {} is evaluated for one", schedule.name()));
  }
  const double tick = TickAt(*schedule.schedule, *timestamp);
  return Read(schedule.repository->client().EvaluateSchedule(ArgsOf(schedule, tick, context)));
}

TickEvaluation Evaluate(const Sensor& sensor, const std::optional<std::string>& cursor, const RequestContext& context) {
  TickEvaluation evaluation = Read(sensor.repository->client().EvaluateSensor(ArgsOf(sensor, cursor, context)));
  if (evaluation.run_requests) {
    std::erase_if(*evaluation.run_requests, [&](const RunRequest& request) {
      const auto key = TextOf(request.request, "run_key");
      return key && !key->empty() && HasRun(sensor, *key, context);
    });
  }
  return evaluation;
}

TickEvaluation Failed(model::ErrorInfo info) {
  TickEvaluation evaluation;
  evaluation.error = PythonError{std::move(info)};
  return evaluation;
}

/// Asks the code. What it throws is part of the result.
TickEvaluation Result(const DryRunTick& tick, const RequestContext& context) {
  try {
    if (tick.is_sensor) {
      const auto sensor = FindSensor(context, tick.repository, tick.name);
      if (!sensor) throw Error(Code::kNotFound, SensorNotFound(tick.name).message);
      return Evaluate(*sensor, tick.cursor, context);
    }
    const auto schedule = FindSchedule(context, tick.repository, tick.name);
    if (!schedule) throw Error(Code::kNotFound, ScheduleNotFound(tick.name).message);
    return Evaluate(*schedule, tick.timestamp, context);
  } catch (const locations::LocationError& error) {
    return Failed(error.info());
  } catch (const Error& error) {
    if (error.code() == Code::kNotFound || error.code() == Code::kInvalidArgument) throw;
    return Failed(ToPythonError(error).info);
  }
}

void BindRequests(graphql::Schema& schema) {
  schema.Object<RunRequest>("RunRequest")
      .Field("runKey", [](const RunRequest& request) { return TextOf(request.request, "run_key"); })
      .Field("tags",
             [](const RunRequest& request) {
               model::Tags tags;
               for (const auto& [key, value] : request.request.AsObject().At("tags").AsObject()) {
                 if (IsVisibleTag(key)) tags.emplace_back(key, value.AsString());
               }
               return tags;
             })
      .Field("runConfigYaml",
             [](const RunRequest& request) {
               return ToPythonYaml(request.request.AsObject().At("run_config"), {.is_run_config = true});
             })
      .Field("assetSelection",
             [](const RunRequest& request) { return KeysOf<model::AssetKey>(request, "asset_selection"); })
      .Field("assetChecks",
             [](const RunRequest& request) { return KeysOf<model::AssetCheckKey>(request, "asset_check_keys"); })
      .Field("jobName", [](const RunRequest& request) { return TextOf(request.request, "job_name"); });
  schema.Object<PartitionsRequest>("DynamicPartitionRequest")
      .Field("partitionKeys",
             [](const PartitionsRequest& request) {
               std::vector<std::string> keys;
               for (const json::Value& key : request.request.AsObject().At("partition_keys").AsArray()) {
                 keys.push_back(key.AsString());
               }
               return keys;
             })
      .Field("partitionsDefName",
             [](const PartitionsRequest& request) {
               return request.request.AsObject().At("partitions_def_name").AsString();
             })
      .Field("type", [](const PartitionsRequest& request) {
        const bool adds = TextOf(request.request, "__class__") == "AddDynamicPartitionsRequest";
        return adds ? "ADD_PARTITIONS" : "DELETE_PARTITIONS";
      });
}

void BindMutations(graphql::Schema& schema) {
  schema.Mutation()
      .Field("scheduleDryRun",
             [](const graphql::Arguments& arguments, const RequestContext& context) -> ScheduleResult {
               if (context.read_only()) return Unauthorized();
               const auto selector = arguments.Get<graphql::Input>("selectorData");
               return DryRunTick{arguments.Get<std::optional<double>>("timestamp"), false, RepositoryIn(selector),
                                 selector.Get<std::string>("scheduleName"), std::nullopt};
             })
      .Field("sensorDryRun", [](const graphql::Arguments& arguments, const RequestContext& context) -> ScheduleResult {
        if (context.read_only()) return Unauthorized();
        const auto selector = arguments.Get<graphql::Input>("selectorData");
        return DryRunTick{std::nullopt, true, RepositoryIn(selector), selector.Get<std::string>("sensorName"),
                          arguments.Get<std::optional<std::string>>("cursor")};
      });
}

}  // namespace

DryRunTick DryRunOf(const Schedule& schedule, double timestamp) {
  return {timestamp, false, schedule.repository->handle(), schedule.name(), std::nullopt};
}

std::optional<DryRunTick> NextTickOf(const Instigator& instigator, const RequestContext& context) {
  if (!instigator.IsRunning()) return std::nullopt;
  const auto declared = DeclarationOf(instigator, context);
  if (!declared) return std::nullopt;
  const double now = ToUnixSeconds(context.now());
  if (declared->schedule != nullptr) {
    return DryRunOf({*declared}, TickAt(*declared->schedule, now));
  }
  const auto latest = context.storage().schedules().Ticks(instigator.record->selector_id,
                                                          {.after = {}, .before = {}, .statuses = {}, .limit = 1});
  if (latest.empty()) return std::nullopt;
  const double next = latest.front().data.timestamp + static_cast<double>(declared->MinIntervalSeconds());
  if (next < now) return std::nullopt;
  return DryRunTick{next, true, declared->repository->handle(), declared->name(), std::nullopt};
}

void BindDryRuns(graphql::Schema& schema) {
  BindRequests(schema);
  schema.Object<DryRunTick>("DryRunInstigationTick")
      .Field("timestamp", &DryRunTick::timestamp)
      .Field("evaluationResult", Result);
  schema.Object<TickEvaluation>("TickEvaluation")
      .Field("runRequests", &TickEvaluation::run_requests)
      .Field("dynamicPartitionsRequests", &TickEvaluation::partitions_requests)
      .Field("skipReason", &TickEvaluation::skip_reason)
      .Field("cursor", &TickEvaluation::cursor)
      .Field("error", &TickEvaluation::error);
  BindMutations(schema);
}

}  // namespace tidemill::api
