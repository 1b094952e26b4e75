#include "instigators.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <tidemill/assets/cron.h>
#include <tidemill/base/hash.h>

#include "dry_run.h"
#include "python_repr.h"
#include "repository_origin.h"
#include "run.h"
#include "run_filter.h"
#include "ticks.h"

namespace tidemill::api {
namespace {

using model::InstigatorStatus;
using model::InstigatorType;
using storage::InstigatorRecord;

constexpr std::int64_t kDefaultSensorInterval = 30;
constexpr std::int64_t kDefaultRunLimit = 1000;
constexpr std::string_view kScheduleNameTag = "dagster/schedule_name";
constexpr std::string_view kSensorNameTag = "dagster/sensor_name";

struct InstigatorList {
  std::vector<Instigator> results;
};

const json::Object& RepositoryOriginOf(const Instigator& instigator) {
  return instigator.state().origin.AsObject().At("external_repository_origin").AsObject();
}

std::string IdOf(const Instigator& instigator) {
  return InstigatorId{instigator.record->origin_id, instigator.record->selector_id}.ToString();
}

std::string_view TypeName(InstigatorType type) {
  switch (type) {
    case InstigatorType::kSchedule:
      return "SCHEDULE";
    case InstigatorType::kSensor:
      return "SENSOR";
    case InstigatorType::kAutoMaterialize:
      return "AUTO_MATERIALIZE";
  }
  return "SCHEDULE";
}

std::string CronText(const model::ScheduleState& state) {
  if (state.cron_schedules.size() == 1) return state.cron_schedules.front();
  return PythonRepr(json::Array(state.cron_schedules.begin(), state.cron_schedules.end()));
}

using TypeSpecificData = std::variant<model::SensorState, model::ScheduleState>;

std::optional<TypeSpecificData> DataOf(const Instigator& instigator) {
  const auto& data = instigator.state().data;
  if (const auto* sensor = std::get_if<model::SensorState>(&data)) return *sensor;
  if (const auto* schedule = std::get_if<model::ScheduleState>(&data)) return *schedule;
  return std::nullopt;
}

/// The runs that the instigator launched, whatever repository it was in.
storage::RunFilter RunsOfName(const Instigator& instigator) {
  const bool is_sensor = instigator.state().type == InstigatorType::kSensor;
  storage::RunFilter filter;
  filter.tags.push_back({std::string(is_sensor ? kSensorNameTag : kScheduleNameTag), {instigator.name()}});
  return filter;
}

std::vector<Run> RunsOf(const Instigator& instigator, const graphql::Arguments& arguments,
                        const RequestContext& context) {
  storage::RunFilter filter = RunsOfName(instigator);
  filter.tags.push_back(
      RepositoryTag({std::string(instigator.location_name()), std::string(instigator.repository_name())}));
  storage::RunPage page;
  page.limit = arguments.Get<std::int64_t>("limit", kDefaultRunLimit);
  return ListRuns(context, filter, page);
}

bool MayEdit(const Instigator&, const RequestContext& context) { return !context.read_only(); }

std::variant<Instigator, NamedError> FindState(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto selector = arguments.Get<graphql::Input>("instigationSelector");
  const auto name = selector.Get<std::string>("name");
  if (const auto id = InstigatorId::Parse(arguments.Get<std::string>("id", ""))) {
    const auto stored = context.Local<StoredInstigators>().Find(id->selector);
    if (stored && stored->state.status != InstigatorStatus::kDeclaredInCode) return Instigator{stored};
  }
  const workspace::RepositoryHandle repository = RepositoryIn(selector);
  if (const auto sensor = FindSensor(context, repository, name)) return CurrentState(*sensor, context);
  if (const auto schedule = FindSchedule(context, repository, name)) return CurrentState(*schedule, context);
  return NamedError("InstigationStateNotFoundError", fmt::format("Could not find instigation state for `{}`", name))
      .With("name", name);
}

std::variant<InstigatorList, PythonError> StatesOfRepository(const graphql::Arguments& arguments,
                                                             const RequestContext& context) {
  const auto text = arguments.Get<std::string>("repositoryID");
  const auto id = InstigatorId::Parse(text);
  if (!id) {
    return ToPythonError(
        Error(Code::kInvalidArgument, fmt::format("\"{}\" is no repository id: <origin id>::<selector id>", text)));
  }
  return InstigatorList{context.Local<StoredInstigators>().OfRepository(id->selector)};
}

void BindData(graphql::Schema& schema) {
  schema.Object<model::SensorState>("SensorData")
      .Field("lastTickTimestamp", &model::SensorState::last_tick_timestamp)
      .Field("lastRunKey", &model::SensorState::last_run_key)
      .Field("lastCursor", &model::SensorState::cursor);
  schema.Object<model::ScheduleState>("ScheduleData")
      .Field("cronSchedule", CronText)
      .Field("startTimestamp", &model::ScheduleState::start_timestamp);
}

}  // namespace

bool DeclaredInstigator::RunsByDefault() const {
  const auto& status = schedule != nullptr ? schedule->default_status : sensor->default_status;
  return status == InstigatorStatus::kRunning;
}

std::string DeclaredInstigator::SelectorId() const {
  return model::InstigatorSelectorId(repository->location_name(), repository->name(), name());
}

std::int64_t DeclaredInstigator::MinIntervalSeconds() const {
  const std::int64_t declared = sensor->min_interval_seconds.value_or(0);
  return declared == 0 ? kDefaultSensorInterval : declared;
}

std::string DeclaredInstigator::SensorType() const { return sensor->sensor_type.value_or("UNKNOWN"); }

InstigatorRecord DeclaredInstigator::Declare(InstigatorStatus status, const RequestContext& context) const {
  const workspace::Location& location = *context.workspace().FindLocation(repository->location_name());
  InstigatorRecord record;
  record.state.origin = json::Object{
      {"__class__", "ExternalJobOrigin"},
      {"external_repository_origin", locations::RepositoryOrigin(location.origin, repository->name())},
      {"job_name", name()},
  };
  record.state.status = status;
  if (schedule != nullptr) {
    record.state.type = InstigatorType::kSchedule;
    record.state.data = model::ScheduleState{schedule->cron_schedules, std::nullopt, std::nullopt};
  } else {
    record.state.type = InstigatorType::kSensor;
    model::SensorState data;
    data.min_interval_seconds = MinIntervalSeconds();
    data.sensor_type = SensorType();
    record.state.data = std::move(data);
  }
  record.origin_id = Sha1Hex(json::Dump(record.state.origin, json::Order::kSorted));
  record.selector_id = SelectorId();
  record.repository_selector_id = model::RepositorySelectorId(repository->location_name(), repository->name());
  return record;
}

const std::string& Instigator::name() const { return state().origin.AsObject().At("job_name").AsString(); }

std::string_view Instigator::location_name() const {
  return RepositoryOriginOf(*this).At("repository_location_origin").AsObject().At("location_name").AsString();
}

std::string_view Instigator::repository_name() const {
  return RepositoryOriginOf(*this).At("repository_name").AsString();
}

std::shared_ptr<const InstigatorRecord> StoredInstigators::Find(const std::string& selector_id) {
  if (const auto known = records_.find(selector_id); known != records_.end()) return known->second;
  if (all_) return nullptr;
  if (!records_.empty()) {
    LoadAll();
    return Find(selector_id);
  }
  auto stored = schedules_.GetInstigator(selector_id);
  auto& record = records_[selector_id];
  if (stored) record = std::make_shared<const InstigatorRecord>(*std::move(stored));
  return record;
}

std::vector<Instigator> StoredInstigators::OfRepository(const std::string& repository_selector_id) {
  if (!all_) LoadAll();
  std::vector<Instigator> instigators;
  for (const std::string& selector_id : order_) {
    const auto& record = records_[selector_id];
    if (record && record->repository_selector_id == repository_selector_id) instigators.push_back({record});
  }
  return instigators;
}

Instigator StoredInstigators::Put(InstigatorRecord record) {
  schedules_.PutInstigator(record);
  auto& kept = records_[record.selector_id];
  kept = std::make_shared<const InstigatorRecord>(std::move(record));
  return {kept};
}

void StoredInstigators::Delete(const std::string& selector_id) {
  schedules_.DeleteInstigator(selector_id);
  records_[selector_id] = nullptr;
}

void StoredInstigators::LoadAll() {
  all_ = true;
  order_.clear();
  for (InstigatorRecord& record : schedules_.Instigators()) {
    order_.push_back(record.selector_id);
    auto& kept = records_[record.selector_id];
    kept = std::make_shared<const InstigatorRecord>(std::move(record));
  }
}

std::vector<Schedule> SchedulesOf(const workspace::Repository& repository) {
  std::vector<Schedule> schedules;
  for (const model::ScheduleSnap& snap : repository.snap().schedules) schedules.push_back({{&repository, &snap}});
  return schedules;
}

std::vector<Sensor> SensorsOf(const workspace::Repository& repository) {
  std::vector<Sensor> sensors;
  for (const model::SensorSnap& snap : repository.snap().sensors) sensors.push_back({{&repository, nullptr, &snap}});
  return sensors;
}

std::optional<Schedule> FindSchedule(const RequestContext& context, const workspace::RepositoryHandle& handle,
                                     std::string_view name) {
  const workspace::Repository* repository = context.workspace().FindRepository(handle);
  const model::ScheduleSnap* snap = repository == nullptr ? nullptr : repository->FindSchedule(name);
  return snap == nullptr ? std::nullopt : std::optional(Schedule{{repository, snap}});
}

std::optional<Sensor> FindSensor(const RequestContext& context, const workspace::RepositoryHandle& handle,
                                 std::string_view name) {
  const workspace::Repository* repository = context.workspace().FindRepository(handle);
  const model::SensorSnap* snap = repository == nullptr ? nullptr : repository->FindSensor(name);
  return snap == nullptr ? std::nullopt : std::optional(Sensor{{repository, nullptr, snap}});
}

std::optional<DeclaredInstigator> DeclarationOf(const Instigator& instigator, const RequestContext& context) {
  const workspace::RepositoryHandle repository{std::string(instigator.location_name()),
                                               std::string(instigator.repository_name())};
  if (instigator.state().type == InstigatorType::kSensor) return FindSensor(context, repository, instigator.name());
  return FindSchedule(context, repository, instigator.name());
}

Instigator CurrentState(const DeclaredInstigator& declared, const RequestContext& context) {
  const auto stored = context.Local<StoredInstigators>().Find(declared.SelectorId());
  const bool runs = declared.RunsByDefault();
  if (!stored) {
    const InstigatorStatus status = runs ? InstigatorStatus::kDeclaredInCode : InstigatorStatus::kStopped;
    return {std::make_shared<const InstigatorRecord>(declared.Declare(status, context))};
  }
  if (runs || stored->state.status != InstigatorStatus::kDeclaredInCode) return {stored};
  auto stopped = std::make_shared<InstigatorRecord>(*stored);
  stopped->state.status = InstigatorStatus::kStopped;
  return {std::move(stopped)};
}

bool CanReset(const DeclaredInstigator& declared, const RequestContext& context) {
  const auto stored = context.Local<StoredInstigators>().Find(declared.SelectorId());
  return stored && stored->state.status != InstigatorStatus::kDeclaredInCode;
}

std::optional<InstigatorId> InstigatorId::Parse(std::string_view text) {
  constexpr std::string_view kBetween = "::";
  const std::size_t end = text.find(kBetween);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view selector = text.substr(end + kBetween.size());
  if (selector.find(kBetween) != std::string_view::npos) return std::nullopt;
  return InstigatorId{std::string(text.substr(0, end)), std::string(selector)};
}

workspace::RepositoryHandle RepositoryIn(const graphql::Input& selector) {
  return {selector.Get<std::string>("repositoryLocationName"), selector.Get<std::string>("repositoryName")};
}

NamedError ScheduleNotFound(std::string_view name) {
  return NamedError("ScheduleNotFoundError", fmt::format("Schedule {} could not be found.", name))
      .With("scheduleName", name);
}

NamedError SensorNotFound(std::string_view name) {
  return NamedError("SensorNotFoundError", fmt::format("Could not find `{}` in the currently loaded repository.", name))
      .With("sensorName", name);
}

void BindInstigators(graphql::Schema& schema) {
  BindData(schema);
  schema.Object<InstigatorList>("InstigationStates").Field("results", &InstigatorList::results);
  schema.Object<Instigator>("InstigationState")
      .Field("id", IdOf)
      .Field("selectorId", [](const Instigator& instigator) { return instigator.record->selector_id; })
      .Field("name", &Instigator::name)
      .Field("instigationType", [](const Instigator& instigator) { return TypeName(instigator.state().type); })
      .Field("status", [](const Instigator& instigator) { return instigator.IsRunning() ? "RUNNING" : "STOPPED"; })
      .Field("repositoryName", &Instigator::repository_name)
      .Field("repositoryLocationName", &Instigator::location_name)
      .Field("repositoryOrigin",
             [](const Instigator& instigator) { return RepositoryOrigin{RepositoryOriginOf(instigator)}; })
      .Field("typeSpecificData", DataOf)
      .Field("runs", RunsOf)
      .Field("runsCount",
             [](const Instigator& instigator, const RequestContext& context) {
               return context.storage().runs().CountRuns(RunsOfName(instigator));
             })
      .Field("tick", FindTick)
      .Field("ticks",
             [](const Instigator& instigator, const graphql::Arguments& arguments, const RequestContext& context) {
               return TicksOf(instigator.record->selector_id, arguments, context);
             })
      .Field("nextTick", NextTickOf)
      .Field("runningCount", [](const Instigator& instigator) { return instigator.IsRunning() ? 1 : 0; })
      .Field("hasStartPermission", MayEdit)
      .Field("hasStopPermission", MayEdit);
  schema.Query().Field("instigationStateOrError", FindState).Field("instigationStatesOrError", StatesOfRepository);
}

}  // namespace tidemill::api
