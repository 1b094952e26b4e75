#include "instigator_changes.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "instigators.h"
#include "mutation.h"

namespace tidemill::api {
namespace {

using model::InstigatorStatus;
using model::InstigatorType;
using storage::InstigatorRecord;

struct ScheduleChanged {
  Instigator state;
};
struct SensorStopped {
  Instigator state;
};
using Stored = std::shared_ptr<const InstigatorRecord>;
using ScheduleResult = std::variant<ScheduleChanged, NamedError, PythonError>;
using SensorResult = std::variant<Sensor, NamedError, PythonError>;

InstigatorType TypeOf(const DeclaredInstigator& declared) {
  return declared.schedule != nullptr ? InstigatorType::kSchedule : InstigatorType::kSensor;
}

/// The stored row. One of the other type, from when the name meant something else, is removed.
Stored StoredRow(const DeclaredInstigator& declared, const RequestContext& context) {
  auto& rows = context.Local<StoredInstigators>();
  Stored stored = rows.Find(declared.SelectorId());
  if (stored == nullptr || stored->state.type == TypeOf(declared)) return stored;
  rows.Delete(declared.SelectorId());
  return nullptr;
}

InstigatorRecord RowOrNew(const Stored& stored, const DeclaredInstigator& declared, const RequestContext& context) {
  return stored ? *stored : declared.Declare(InstigatorStatus::kStopped, context);
}

Instigator Start(const DeclaredInstigator& declared, const RequestContext& context) {
  const Stored stored = StoredRow(declared, context);
  const Instigator current = CurrentState(declared, context);
  if (current.IsRunning()) return current;
  InstigatorRecord row = RowOrNew(stored, declared, context);
  row.state.status = InstigatorStatus::kRunning;
  const double now = ToUnixSeconds(context.now());
  if (declared.schedule != nullptr) {
    row.state.data = model::ScheduleState{declared.schedule->cron_schedules, now, std::nullopt};
  } else if (auto* data = std::get_if<model::SensorState>(&row.state.data)) {
    data->last_sensor_start_timestamp = now;
  }
  return context.Local<StoredInstigators>().Put(std::move(row));
}

Instigator Stop(const DeclaredInstigator& declared, const RequestContext& context) {
  const Stored stored = StoredRow(declared, context);
  const Instigator current = CurrentState(declared, context);
  if (!current.IsRunning()) return current;
  InstigatorRecord row = RowOrNew(stored, declared, context);
  row.state.status = InstigatorStatus::kStopped;
  if (const auto* data = std::get_if<model::ScheduleState>(&current.state().data)) {
    row.state.data = model::ScheduleState{data->cron_schedules, std::nullopt, std::nullopt};
  }
  return context.Local<StoredInstigators>().Put(std::move(row));
}

/// One that the code does not declare any more.
Instigator StopOrphan(const InstigatorId& ids, const RequestContext& context) {
  auto& rows = context.Local<StoredInstigators>();
  const Stored stored = rows.Find(ids.selector);
  if (!stored) throw Error(Code::kNotFound, fmt::format("there is no schedule or sensor of the id {}", ids.selector));
  if (stored->state.status == InstigatorStatus::kStopped) return {stored};
  InstigatorRecord row = *stored;
  row.state.status = InstigatorStatus::kStopped;
  if (auto* data = std::get_if<model::ScheduleState>(&row.state.data)) {
    data->start_timestamp.reset();
    data->last_iteration_timestamp.reset();
  }
  return rows.Put(std::move(row));
}

Instigator Reset(const DeclaredInstigator& declared, const RequestContext& context) {
  InstigatorRecord row = RowOrNew(StoredRow(declared, context), declared, context);
  row.state.status = InstigatorStatus::kDeclaredInCode;
  return context.Local<StoredInstigators>().Put(std::move(row));
}

void SetCursor(const Sensor& sensor, std::optional<std::string> cursor, const RequestContext& context) {
  InstigatorRecord row = *CurrentState(sensor, context).record;
  const auto* data = std::get_if<model::SensorState>(&row.state.data);
  if (data == nullptr) {
    throw Error(Code::kFailedPrecondition, fmt::format("{} is stored as a schedule: start it first", sensor.name()));
  }
  model::SensorState updated;
  updated.last_tick_timestamp = data->last_tick_timestamp;
  updated.last_run_key = data->last_run_key;
  updated.min_interval_seconds = sensor.MinIntervalSeconds();
  updated.cursor = std::move(cursor);
  updated.sensor_type = sensor.SensorType();
  row.state.data = std::move(updated);
  context.Local<StoredInstigators>().Put(std::move(row));
}

/// The whole id as `id`, or in `origin_name` as older clients send it, or its two parts.
InstigatorId IdsIn(const graphql::Arguments& arguments, std::string_view origin_name, std::string_view selector_name) {
  const auto origin = arguments.Get<std::optional<std::string>>(origin_name);
  const auto selector = arguments.Get<std::optional<std::string>>(selector_name);
  if (const auto id = arguments.Get<std::string>("id", ""); !id.empty()) {
    if (const auto parsed = InstigatorId::Parse(id)) return *parsed;
    throw Error(Code::kInvalidArgument, fmt::format("\"{}\" is no id of a schedule or sensor", id));
  }
  if (origin) {
    if (const auto parsed = InstigatorId::Parse(*origin)) return *parsed;
  }
  if (origin && selector) return {*origin, *selector};
  throw Error(Code::kInvalidArgument, fmt::format("give id, or {} and {}", origin_name, selector_name));
}

template <class T, class List>
std::optional<T> FindBySelector(const RequestContext& context, const std::string& selector_id, List list_of) {
  for (const workspace::Repository* repository : context.workspace().repositories()) {
    for (const T& declared : list_of(*repository)) {
      if (declared.SelectorId() == selector_id) return declared;
    }
  }
  return std::nullopt;
}

template <class F>
ScheduleResult ChangeSchedule(const graphql::Arguments& arguments, const RequestContext& context, F change) {
  return Guarded<ScheduleResult>(context, [&]() -> ScheduleResult {
    const auto selector = arguments.Get<graphql::Input>("scheduleSelector");
    const auto name = selector.Get<std::string>("scheduleName");
    const auto schedule = FindSchedule(context, RepositoryIn(selector), name);
    if (!schedule) return ScheduleNotFound(name);
    change(*schedule, context);
    return ScheduleChanged{CurrentState(*schedule, context)};
  });
}

template <class F>
SensorResult ChangeSensor(const graphql::Arguments& arguments, const RequestContext& context, F change) {
  return Guarded<SensorResult>(context, [&]() -> SensorResult {
    const auto selector = arguments.Get<graphql::Input>("sensorSelector");
    const auto name = selector.Get<std::string>("sensorName");
    const auto sensor = FindSensor(context, RepositoryIn(selector), name);
    if (!sensor) return SensorNotFound(name);
    change(*sensor, context);
    return *sensor;
  });
}

ScheduleResult StopSchedule(const graphql::Arguments& arguments, const RequestContext& context) {
  return Guarded<ScheduleResult>(context, [&]() -> ScheduleResult {
    const InstigatorId ids = IdsIn(arguments, "scheduleOriginId", "scheduleSelectorId");
    const auto schedule = FindBySelector<Schedule>(context, ids.selector, SchedulesOf);
    return ScheduleChanged{schedule ? Stop(*schedule, context) : StopOrphan(ids, context)};
  });
}

std::variant<SensorStopped, NamedError, PythonError> StopSensor(const graphql::Arguments& arguments,
                                                                const RequestContext& context) {
  using Result = std::variant<SensorStopped, NamedError, PythonError>;
  return Guarded<Result>(context, [&]() -> Result {
    const InstigatorId ids = IdsIn(arguments, "jobOriginId", "jobSelectorId");
    const auto sensor = FindBySelector<Sensor>(context, ids.selector, SensorsOf);
    return SensorStopped{sensor ? Stop(*sensor, context) : StopOrphan(ids, context)};
  });
}

}  // namespace

void BindInstigatorChanges(graphql::Schema& schema) {
  schema.Object<ScheduleChanged>("ScheduleStateResult").Field("scheduleState", &ScheduleChanged::state);
  schema.Object<SensorStopped>("StopSensorMutationResult").Field("instigationState", &SensorStopped::state);
  schema.Mutation()
      .Field("startSchedule", [](const graphql::Arguments& arguments,
                                 const RequestContext& context) { return ChangeSchedule(arguments, context, Start); })
      .Field("resetSchedule", [](const graphql::Arguments& arguments,
                                 const RequestContext& context) { return ChangeSchedule(arguments, context, Reset); })
      .Field("stopRunningSchedule", StopSchedule)
      .Field("startSensor", [](const graphql::Arguments& arguments,
                               const RequestContext& context) { return ChangeSensor(arguments, context, Start); })
      .Field("resetSensor", [](const graphql::Arguments& arguments,
                               const RequestContext& context) { return ChangeSensor(arguments, context, Reset); })
      .Field("stopSensor", StopSensor)
      .Field("setSensorCursor", [](const graphql::Arguments& arguments, const RequestContext& context) {
        return ChangeSensor(arguments, context, [&](const Sensor& sensor, const RequestContext&) {
          SetCursor(sensor, arguments.Get<std::optional<std::string>>("cursor"), context);
        });
      });
}

}  // namespace tidemill::api
