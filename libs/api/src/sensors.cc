#include "sensors.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "asset_selections.h"
#include "dry_run.h"
#include "instigators.h"
#include "jobs.h"
#include "locations.h"
#include "metadata.h"
#include "owners.h"

namespace tidemill::api {
namespace {

using model::InstigatorStatus;

struct SensorList {
  std::vector<Sensor> results;
};
struct SensorMetadata {
  std::optional<std::vector<model::AssetKey>> asset_keys;
};

std::string OriginId(const Sensor& sensor, const RequestContext& context) {
  return sensor.Declare(InstigatorStatus::kStopped, context).origin_id;
}

std::vector<model::SensorTargetSnap> TargetsOf(const Sensor& sensor) {
  std::vector<model::SensorTargetSnap> targets;
  for (const auto& [name, target] : sensor.sensor->targets) targets.push_back(target);
  return targets;
}

std::vector<MetadataEntry> EntriesOf(const Sensor& sensor) {
  const auto& metadata = sensor.sensor->standard_metadata;
  return metadata ? MetadataEntries(*metadata) : std::vector<MetadataEntry>();
}

std::vector<Sensor> SensorsOfJob(const workspace::Repository* repository, const std::string& job_name) {
  if (repository == nullptr) return {};
  std::vector<Sensor> sensors = SensorsOf(*repository);
  std::erase_if(sensors, [&](const Sensor& sensor) {
    return std::ranges::none_of(sensor.sensor->targets,
                                [&](const auto& target) { return target.second.job_name == job_name; });
  });
  return sensors;
}

std::vector<Sensor> SortedSensors(const workspace::Repository& repository, const graphql::Arguments& arguments) {
  const auto type = arguments.Get<std::string>("sensorType", "");
  std::vector<Sensor> sensors = SensorsOf(repository);
  std::erase_if(sensors, [&](const Sensor& sensor) { return !type.empty() && sensor.SensorType() != type; });
  std::ranges::sort(sensors, {}, [](const Sensor& sensor) -> const std::string& { return sensor.name(); });
  return sensors;
}

std::variant<SensorList, PythonError> ListSensors(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto status = arguments.Get<std::string>("sensorStatus", "");
  try {
    SensorList list{SensorsOf(RequireRepository(arguments.Get<graphql::Input>("repositorySelector"), context))};
    std::erase_if(list.results, [&](const Sensor& sensor) {
      return !status.empty() && CurrentState(sensor, context).IsRunning() != (status == "RUNNING");
    });
    return list;
  } catch (const Error& error) {
    return ToPythonError(error);
  }
}

std::variant<Sensor, NamedError> GetSensor(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto selector = arguments.Get<graphql::Input>("sensorSelector");
  const auto name = selector.Get<std::string>("sensorName");
  const auto sensor = FindSensor(context, RepositoryIn(selector), name);
  if (!sensor) return SensorNotFound(name);
  return *sensor;
}

void BindSensor(graphql::ObjectBinding<Sensor> binding) {
  binding
      .Field("id",
             [](const Sensor& sensor, const RequestContext& context) {
               return InstigatorId{OriginId(sensor, context), sensor.SelectorId()}.ToString();
             })
      .Field("jobOriginId", OriginId)
      .Field("name", [](const Sensor& sensor) { return sensor.name(); })
      .Field("targets", TargetsOf)
      .Field("defaultStatus", [](const Sensor& sensor) { return sensor.RunsByDefault() ? "RUNNING" : "STOPPED"; })
      .Field("canReset", [](const Sensor& sensor, const RequestContext& context) { return CanReset(sensor, context); })
      .Field("hasCursorUpdatePermissions",
             [](const Sensor&, const RequestContext& context) { return !context.read_only(); })
      .Field("sensorState",
             [](const Sensor& sensor, const RequestContext& context) { return CurrentState(sensor, context); })
      .Field("minIntervalSeconds", [](const Sensor& sensor) { return sensor.MinIntervalSeconds(); })
      .Field("description", [](const Sensor& sensor) { return sensor.sensor->description; })
      .Field("nextTick",
             [](const Sensor& sensor, const RequestContext& context) {
               return NextTickOf(CurrentState(sensor, context), context);
             })
      .Field("metadata", [](const Sensor& sensor) { return SensorMetadata{sensor.sensor->monitored_asset_keys}; })
      .Field("sensorType", [](const Sensor& sensor) { return sensor.SensorType(); })
      .Field("owners",
             [](const Sensor& sensor) { return OwnersOf(sensor.sensor->owners.value_or(std::vector<std::string>())); })
      .Field("assetSelection",
             [](const Sensor& sensor) { return TargetedAssetsOf(sensor.sensor->asset_selection, *sensor.repository); })
      .Field("tags", [](const Sensor& sensor) { return sensor.sensor->tags; })
      .Field("metadataEntries", EntriesOf);
}

}  // namespace

void BindSensors(graphql::Schema& schema) {
  BindSensor(schema.Object<Sensor>("Sensor"));
  schema.Object<SensorList>("Sensors").Field("results", &SensorList::results);
  schema.Object<SensorMetadata>("SensorMetadata").Field("assetKeys", &SensorMetadata::asset_keys);
  schema.Object<model::SensorTargetSnap>("Target")
      .Field("pipelineName", &model::SensorTargetSnap::job_name)
      .Field("mode", &model::SensorTargetSnap::mode)
      .Field("solidSelection", &model::SensorTargetSnap::op_selection);
  schema.Object<workspace::Repository>("Repository").Field("sensors", SortedSensors);
  for (const char* type : {"Job", "Pipeline"}) {
    schema.Object<Job>(type).Field("sensors",
                                   [](const Job& job) { return SensorsOfJob(job.repository, job.ref->name); });
  }
  schema.Object<JobSnapshot>("PipelineSnapshot").Field("sensors", [](const JobSnapshot& snapshot) {
    return SensorsOfJob(snapshot.repository, snapshot.structure->job().name);
  });
  schema.Query().Field("sensorOrError", GetSensor).Field("sensorsOrError", ListSensors);
}

}  // namespace tidemill::api
