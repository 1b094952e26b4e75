#include "schedules.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tidemill/assets/cron.h>
#include <tidemill/instance/instance.h>

#include "asset_selections.h"
#include "dry_run.h"
#include "instigators.h"
#include "jobs.h"
#include "locations.h"
#include "metadata.h"
#include "owners.h"
#include "python_repr.h"

namespace tidemill::api {
namespace {

using model::InstigatorStatus;

struct ScheduleList {
  std::vector<Schedule> results;
};
struct Scheduler {
  std::string scheduler_class;
};
/// DryRunInstigationTicks.
struct DryRunTicks {
  std::vector<DryRunTick> results;
  double cursor = 0;
};

std::string CronText(const Schedule& schedule) {
  const auto& texts = schedule.schedule->cron_schedules;
  return texts.size() == 1 ? texts.front() : PythonRepr(json::Array(texts.begin(), texts.end()));
}

std::string ZoneName(const Schedule& schedule) {
  const std::string name = schedule.schedule->execution_timezone.value_or("");
  return name.empty() ? "UTC" : name;
}

assets::CronSchedule::Iterator TicksFrom(const Schedule& schedule, double from, bool ascending) {
  const auto cron = assets::CronSchedule::Parse(schedule.schedule->cron_schedules);
  const auto zone = assets::TimeZone::Find(ZoneName(schedule));
  return ascending ? cron.Forward(FromUnixSeconds(from), zone) : cron.Backward(FromUnixSeconds(from), zone);
}

/// Ticks from `cursor` (default: now) to before `until`, at most `limit`; without `until` the limit is 10 by default.
DryRunTicks FutureTicks(const Schedule& schedule, const graphql::Arguments& arguments, const RequestContext& context) {
  const double now = ToUnixSeconds(context.now());
  const double given = arguments.Get<double>("cursor", 0);
  const double from = given == 0 ? now : given;
  const auto until = arguments.Get<double>("until", 0);
  auto limit = arguments.Get<std::optional<std::int64_t>>("limit");
  if (until == 0 && limit.value_or(0) == 0) limit = 10;
  auto ticks = TicksFrom(schedule, from, true);
  DryRunTicks result{{}, from};
  while (!limit || static_cast<std::int64_t>(result.results.size()) < *limit) {
    const auto tick = ticks.Next();
    if (!tick) break;
    const double time = ToUnixSeconds(tick->time);
    if (until != 0 && time >= until) break;
    result.results.push_back(DryRunOf(schedule, time));
    result.cursor = time + 1;
  }
  return result;
}

/// Ticks around a time, ascending: `lowerLimit` before it and `upperLimit` from it on.
std::vector<double> PotentialTicks(const Schedule& schedule, const graphql::Arguments& arguments,
                                   const RequestContext& context) {
  constexpr std::int64_t kDefaultLimit = 10;
  const double given = arguments.Get<double>("startTimestamp", 0);
  const double start = given == 0 ? ToUnixSeconds(context.now()) : given;
  const auto limit_of = [&](std::string_view name) {
    const auto limit = arguments.Get<std::int64_t>(name, 0);
    return limit == 0 ? kDefaultLimit : limit;
  };
  std::vector<double> times;
  auto past = TicksFrom(schedule, start, false);
  for (std::int64_t left = limit_of("lowerLimit"); left > 0;) {
    const auto tick = past.Next();
    if (!tick) break;
    const double time = ToUnixSeconds(tick->time);
    if (time >= start) continue;
    times.push_back(time);
    --left;
  }
  std::ranges::reverse(times);
  auto future = TicksFrom(schedule, start, true);
  for (std::int64_t left = limit_of("upperLimit"); left > 0; --left) {
    const auto tick = future.Next();
    if (!tick) break;
    times.push_back(ToUnixSeconds(tick->time));
  }
  return times;
}

std::variant<ScheduleList, PythonError> ListSchedules(const graphql::Arguments& arguments,
                                                      const RequestContext& context) {
  const auto status = arguments.Get<std::string>("scheduleStatus", "");
  try {
    ScheduleList list{SchedulesOf(RequireRepository(arguments.Get<graphql::Input>("repositorySelector"), context))};
    std::erase_if(list.results, [&](const Schedule& schedule) {
      return !status.empty() && CurrentState(schedule, context).IsRunning() != (status == "RUNNING");
    });
    return list;
  } catch (const Error& error) {
    return ToPythonError(error);
  }
}

std::variant<Schedule, NamedError> GetSchedule(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto selector = arguments.Get<graphql::Input>("scheduleSelector");
  const auto name = selector.Get<std::string>("scheduleName");
  const auto schedule = FindSchedule(context, RepositoryIn(selector), name);
  if (!schedule) return ScheduleNotFound(name);
  return *schedule;
}

std::vector<Schedule> SchedulesOfJob(const workspace::Repository* repository, const std::string& job_name) {
  if (repository == nullptr) return {};
  std::vector<Schedule> schedules = SchedulesOf(*repository);
  std::erase_if(schedules, [&](const Schedule& schedule) { return schedule.schedule->job_name != job_name; });
  return schedules;
}

void BindSchedule(graphql::ObjectBinding<Schedule> binding) {
  binding
      .Field("id",
             [](const Schedule& schedule, const RequestContext& context) {
               return InstigatorId{schedule.Declare(InstigatorStatus::kStopped, context).origin_id,
                                   schedule.SelectorId()}
                   .ToString();
             })
      .Field("name", [](const Schedule& schedule) { return schedule.name(); })
      .Field("cronSchedule", CronText)
      .Field("pipelineName", [](const Schedule& schedule) { return schedule.schedule->job_name; })
      .Field("solidSelection", [](const Schedule& schedule) { return schedule.schedule->op_selection; })
      .Field("mode", [](const Schedule& schedule) { return schedule.schedule->mode.value_or("default"); })
      .Field("executionTimezone", ZoneName)
      .Field("description", [](const Schedule& schedule) { return schedule.schedule->description; })
      .Field("defaultStatus", [](const Schedule& schedule) { return schedule.RunsByDefault() ? "RUNNING" : "STOPPED"; })
      .Field("canReset",
             [](const Schedule& schedule, const RequestContext& context) { return CanReset(schedule, context); })
      .Field("scheduleState",
             [](const Schedule& schedule, const RequestContext& context) { return CurrentState(schedule, context); })
      .Field("futureTicks", FutureTicks)
      .Field("futureTick",
             [](const Schedule& schedule, const graphql::Arguments& arguments) {
               return DryRunOf(schedule, static_cast<double>(arguments.Get<std::int64_t>("tickTimestamp")));
             })
      .Field("potentialTickTimestamps", PotentialTicks)
      .Field("owners",
             [](const Schedule& schedule) {
               return OwnersOf(schedule.schedule->owners.value_or(std::vector<std::string>()));
             })
      .Field("assetSelection",
             [](const Schedule& schedule) {
               return TargetedAssetsOf(schedule.schedule->asset_selection, *schedule.repository);
             })
      .Field("tags", [](const Schedule& schedule) { return schedule.schedule->tags; })
      .Field("metadataEntries", [](const Schedule& schedule) { return MetadataEntries(schedule.schedule->metadata); });
}

}  // namespace

void BindSchedules(graphql::Schema& schema) {
  BindSchedule(schema.Object<Schedule>("Schedule"));
  schema.Object<ScheduleList>("Schedules").Field("results", &ScheduleList::results);
  schema.Object<Scheduler>("Scheduler").Field("schedulerClass", &Scheduler::scheduler_class);
  schema.Object<DryRunTicks>("DryRunInstigationTicks")
      .Field("results", &DryRunTicks::results)
      .Field("cursor", &DryRunTicks::cursor);
  schema.Object<workspace::Repository>("Repository").Field("schedules", [](const workspace::Repository& repository) {
    std::vector<Schedule> schedules = SchedulesOf(repository);
    std::ranges::sort(schedules, {}, [](const Schedule& schedule) -> const std::string& { return schedule.name(); });
    return schedules;
  });
  for (const char* type : {"Job", "Pipeline"}) {
    schema.Object<Job>(type).Field("schedules",
                                   [](const Job& job) { return SchedulesOfJob(job.repository, job.ref->name); });
  }
  schema.Object<JobSnapshot>("PipelineSnapshot").Field("schedules", [](const JobSnapshot& snapshot) {
    return SchedulesOfJob(snapshot.repository, snapshot.structure->job().name);
  });
  schema.Query()
      .Field("scheduler", [] { return Scheduler{"DagsterDaemonScheduler"}; })
      .Field("scheduleOrError", GetSchedule)
      .Field("schedulesOrError", ListSchedules);
}

}  // namespace tidemill::api
