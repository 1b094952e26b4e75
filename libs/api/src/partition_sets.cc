#include "partition_sets.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <tidemill/base/hash.h>
#include <tidemill/base/python_yaml.h>
#include <tidemill/locations/code_location_client.h>

#include "backfill.h"
#include "instigators.h"
#include "job_partitions.h"
#include "locations.h"
#include "repository_origin.h"
#include "run.h"
#include "run_filter.h"

namespace tidemill::api {
namespace {

using model::RunStatus;

constexpr std::int64_t kMostRuns = 1000;

struct PartitionSetList {
  std::vector<PartitionSet> results;
};
/// Partition and PartitionTagsAndConfig: one partition of a job.
struct Partition {
  PartitionSet set;
  std::string name;
};
struct JobPartition {
  PartitionedJob job;
  std::string name;
};
struct Partitions {
  std::vector<Partition> results;
};
struct RunConfigYaml {
  std::string yaml;
};
struct PartitionTags {
  model::Tags results;
};
/// PartitionRun.
struct RunOfPartition {
  std::string id;
  std::string partition;
  std::optional<Run> run;
};
/// PartitionKeys, of a job.
struct JobPartitionKeys {
  std::vector<std::string> keys;
};

PythonError ErrorOf(const Error& error) {
  const auto* from_location = dynamic_cast<const locations::LocationError*>(&error);
  return from_location != nullptr ? PythonError{from_location->info()} : ToPythonError(error);
}

/// What the location answers, or its error.
template <class T, class F>
std::variant<T, PythonError> Asked(F ask) {
  try {
    return ask();
  } catch (const Error& error) {
    return ErrorOf(error);
  }
}

std::vector<std::string> KeysOf(const PartitionSet& set, const RequestContext& context) {
  return PartitionKeysOf({set.repository, set.snap->job_name, std::nullopt}, context);
}

std::variant<RunConfigYaml, PythonError> ConfigFor(const PartitionedJob& job, const std::string& partition) {
  return Asked<RunConfigYaml>([&] {
    const json::Value config = job.repository->client().PartitionConfig(job.repository->name(), job.name, partition);
    return RunConfigYaml{ToPythonYaml(config, {.is_run_config = true})};
  });
}

std::variant<PartitionTags, PythonError> TagsFor(const PartitionedJob& job, const std::string& partition) {
  return Asked<PartitionTags>([&] { return PartitionTags{PartitionTagsOf(job, partition)}; });
}

PartitionedJob JobOf(const PartitionSet& set) { return {set.repository, set.snap->job_name, std::nullopt}; }

PartitionedJob SelectedJob(const Job& job, const graphql::Arguments& arguments) {
  PartitionedJob selected{job.repository, job.ref->name, std::nullopt};
  const auto keys = arguments.Get<std::optional<std::vector<graphql::Input>>>("selectedAssetKeys");
  if (!keys) return selected;
  selected.selected_assets.emplace();
  for (const graphql::Input& key : *keys) {
    selected.selected_assets->insert(model::AssetKey(key.Get<std::vector<std::string>>("path")));
  }
  return selected;
}

storage::RunFilter RunsOfSet(const PartitionSet& set) {
  storage::RunFilter filter;
  filter.tags.push_back({std::string(model::tag::kPartitionSet), {set.snap->name}});
  return filter;
}

std::vector<Run> RunsOf(const Partition& partition, const graphql::Arguments& arguments,
                        const RequestContext& context) {
  // Dagster takes these conditions of the filter only.
  const storage::RunFilter given = RunFilterOf(arguments);
  storage::RunFilter filter = RunsOfSet(partition.set);
  filter.tags.push_back({std::string(model::tag::kPartition), {partition.name}});
  filter.run_ids = given.run_ids;
  filter.job_name = given.job_name;
  filter.statuses = given.statuses;
  filter.tags.insert(filter.tags.end(), given.tags.begin(), given.tags.end());
  storage::RunPage page;
  page.cursor = arguments.Get<std::optional<std::string>>("cursor");
  page.limit = std::min(arguments.Get<std::int64_t>("limit", kMostRuns), kMostRuns);
  return ListRuns(context, filter, page);
}

std::variant<Partitions, PythonError> PartitionsOf(const PartitionSet& set, const graphql::Arguments& arguments,
                                                   const RequestContext& context) {
  return Asked<Partitions>([&] {
    Partitions partitions;
    for (std::string& key : PageOf(KeysOf(set, context), arguments))
      partitions.results.push_back({set, std::move(key)});
    return partitions;
  });
}

std::variant<PartitionRunStatuses, PythonError> SetStatuses(const PartitionSet& set, const RequestContext& context) {
  return Asked<PartitionRunStatuses>([&] {
    storage::RunFilter filter = RunsOfSet(set);
    filter.tags.push_back(RepositoryTag(set.repository->handle()));
    for (const RunStatus status :
         {RunStatus::kQueued, RunStatus::kNotStarted, RunStatus::kManaged, RunStatus::kStarting, RunStatus::kStarted,
          RunStatus::kSuspended, RunStatus::kSuccess, RunStatus::kFailure, RunStatus::kCanceling}) {
      filter.statuses.push_back(status);
    }
    return RunStatusesOf(set.snap->name, "", KeysOf(set, context),
                         context.storage().runs().LatestRunsByPartition(filter));
  });
}

std::vector<RunOfPartition> RunsByPartition(const PartitionSet& set, const RequestContext& context) {
  storage::RunPage page;
  page.limit = kMostRuns;
  std::unordered_map<std::string, Run> newest;
  for (Run& run : ListRuns(context, RunsOfSet(set), page)) {
    const std::string* partition = model::FindTag(run.run().tags, model::tag::kPartition);
    if (partition != nullptr && !partition->empty()) newest.emplace(*partition, std::move(run));
  }
  std::vector<RunOfPartition> result;
  for (const std::string& key : KeysOf(set, context)) {
    const auto found = newest.find(key);
    result.push_back(
        {set.snap->name + ":" + key, key, found == newest.end() ? std::nullopt : std::optional(found->second)});
  }
  return result;
}

std::vector<Backfill> BackfillsOf(const PartitionSet& set, const graphql::Arguments& arguments,
                                  const RequestContext& context) {
  storage::BackfillFilter filter;
  filter.selector_id = set.SelectorId();
  std::vector<Backfill> backfills;
  for (model::BackfillRecord& record :
       context.storage().runs().GetBackfills(filter, arguments.Get<std::optional<std::string>>("cursor"),
                                             arguments.Get<std::optional<std::int64_t>>("limit"))) {
    backfills.push_back({std::make_shared<const model::BackfillRecord>(std::move(record))});
  }
  return backfills;
}

std::vector<PartitionSet> SetsOf(const workspace::Repository& repository) {
  std::vector<PartitionSet> sets;
  for (const model::PartitionSetSnap& snap : repository.snap().partition_sets) sets.push_back({&repository, &snap});
  return sets;
}

std::variant<PartitionSetList, PythonError> ListSets(const graphql::Arguments& arguments,
                                                     const RequestContext& context) {
  const auto job_name = arguments.Get<std::string>("pipelineName");
  return Asked<PartitionSetList>([&] {
    PartitionSetList list{SetsOf(RequireRepository(arguments.Get<graphql::Input>("repositorySelector"), context))};
    std::erase_if(list.results, [&](const PartitionSet& set) { return set.snap->job_name != job_name; });
    return list;
  });
}

std::variant<PartitionSet, NamedError, PythonError> GetSet(const graphql::Arguments& arguments,
                                                           const RequestContext& context) {
  const auto name = arguments.Get<std::string>("partitionSetName", "");
  try {
    const auto set =
        FindPartitionSet(RequireRepository(arguments.Get<graphql::Input>("repositorySelector"), context), name);
    if (!set) return PartitionSetNotFound(name);
    return *set;
  } catch (const Error& error) {
    return ErrorOf(error);
  }
}

bool MayEdit(const PartitionSet&, const RequestContext& context) { return !context.read_only(); }

void BindSet(graphql::ObjectBinding<PartitionSet> binding) {
  binding
      .Field("id",
             [](const PartitionSet& set, const RequestContext& context) {
               return Sha1Hex(json::Dump(set.Origin(context), json::Order::kSorted));
             })
      .Field("name", [](const PartitionSet& set) { return set.snap->name; })
      .Field("pipelineName", [](const PartitionSet& set) { return set.snap->job_name; })
      .Field("solidSelection", [](const PartitionSet& set) { return set.snap->op_selection; })
      .Field("mode", [](const PartitionSet& set) { return set.snap->mode.value_or("default"); })
      .Field("partitionsOrError", PartitionsOf)
      .Field("partition",
             [](const PartitionSet& set, const graphql::Arguments& arguments) {
               return std::optional(Partition{set, arguments.Get<std::string>("partitionName")});
             })
      .Field("partitionStatusesOrError", SetStatuses)
      .Field("partitionRuns", RunsByPartition)
      .Field("repositoryOrigin",
             [](const PartitionSet& set, const RequestContext& context) {
               return RepositoryOrigin{set.Origin(context).AsObject().At("external_repository_origin")};
             })
      .Field("hasLaunchBackfillPermission", MayEdit)
      .Field("hasCancelBackfillPermission", MayEdit)
      .Field("backfills", BackfillsOf);
}

void BindPartition(graphql::Schema& schema) {
  schema.Object<Partition>("Partition")
      .Field("name", &Partition::name)
      .Field("partitionSetName", [](const Partition& partition) { return partition.set.snap->name; })
      .Field("solidSelection", [](const Partition& partition) { return partition.set.snap->op_selection; })
      .Field("mode", [](const Partition& partition) { return partition.set.snap->mode.value_or("default"); })
      .Field("runConfigOrError",
             [](const Partition& partition) { return ConfigFor(JobOf(partition.set), partition.name); })
      .Field("tagsOrError", [](const Partition& partition) { return TagsFor(JobOf(partition.set), partition.name); })
      .Field("runs", RunsOf)
      .Field("status", [] { return std::optional<std::string>(); });  // Dagster resolves it no more.
  schema.Object<JobPartition>("PartitionTagsAndConfig")
      .Field("name", &JobPartition::name)
      .Field("jobName", [](const JobPartition& partition) { return partition.job.name; })
      .Field("runConfigOrError", [](const JobPartition& partition) { return ConfigFor(partition.job, partition.name); })
      .Field("tagsOrError", [](const JobPartition& partition) { return TagsFor(partition.job, partition.name); });
}

void BindParts(graphql::Schema& schema) {
  schema.Object<PartitionSetList>("PartitionSets").Field("results", &PartitionSetList::results);
  schema.Object<Partitions>("Partitions").Field("results", &Partitions::results);
  schema.Object<RunConfigYaml>("PartitionRunConfig").Field("yaml", &RunConfigYaml::yaml);
  schema.Object<PartitionTags>("PartitionTags").Field("results", &PartitionTags::results);
  schema.Object<RunOfPartition>("PartitionRun")
      .Field("id", &RunOfPartition::id)
      .Field("partitionName", &RunOfPartition::partition)
      .Field("run", &RunOfPartition::run);
  schema.Object<PartitionRunStatuses>("PartitionStatuses").Field("results", &PartitionRunStatuses::results);
  schema.Object<PartitionRunStatus>("PartitionStatus")
      .Field("id", &PartitionRunStatus::id)
      .Field("partitionName", &PartitionRunStatus::partition)
      .Field("runId",
             [](const PartitionRunStatus& status) {
               return status.run ? std::optional(status.run->run_id) : std::nullopt;
             })
      .Field("runStatus",
             [](const PartitionRunStatus& status) {
               return status.run ? std::optional(model::RunStatusName(status.run->status)) : std::nullopt;
             })
      .Field("runDuration", [](const PartitionRunStatus& status) -> std::optional<double> {
        if (!status.run || !status.run->end_time || !status.run->start_time) return std::nullopt;
        return *status.run->end_time - *status.run->start_time;
      });
  schema.Object<JobPartitionKeys>("PartitionKeys").Field("partitionKeys", &JobPartitionKeys::keys);
}

}  // namespace

json::Value PartitionSet::Origin(const RequestContext& context) const {
  const workspace::Location& location = *context.workspace().FindLocation(repository->location_name());
  return json::Object{
      {"__class__", "ExternalPartitionSetOrigin"},
      {"external_repository_origin", locations::RepositoryOrigin(location.origin, repository->name())},
      {"partition_set_name", snap->name},
  };
}

std::string PartitionSet::SelectorId() const {
  const json::Value selector = json::Object{{"__class__", "PartitionSetSelector"},
                                            {"location_name", repository->location_name()},
                                            {"partition_set_name", snap->name},
                                            {"repository_name", repository->name()}};
  return Sha1Hex(json::Dump(selector, json::Order::kSorted));
}

PartitionRunStatuses RunStatusesOf(const std::string& set_name, const std::string& suffix,
                                   const std::vector<std::string>& partitions,
                                   const std::vector<storage::PartitionRun>& runs) {
  std::unordered_map<std::string_view, const storage::PartitionRun*> by_partition;
  for (const storage::PartitionRun& run : runs) by_partition.emplace(run.partition, &run);
  PartitionRunStatuses statuses;
  for (const std::string& partition : partitions) {
    const auto found = by_partition.find(partition);
    statuses.results.push_back({fmt::format("{}:{}{}", set_name, partition, suffix), partition,
                                found == by_partition.end() ? std::nullopt : std::optional(*found->second)});
  }
  return statuses;
}

std::vector<std::string> PageOf(std::vector<std::string> keys, const graphql::Arguments& arguments) {
  const auto cursor = arguments.Get<std::string>("cursor", "");
  const auto limit = arguments.Get<std::int64_t>("limit", 0);
  const bool reverse = arguments.Get<bool>("reverse", false);
  auto begin = keys.begin();
  auto end = keys.end();
  if (!cursor.empty()) {
    const auto found = std::find(begin, end, cursor);
    if (found == end)
      throw Error(Code::kInvalidArgument, fmt::format("there is no partition {} to go on from", cursor));
    (reverse ? end : begin) = reverse ? found : found + 1;
  }
  if (limit > 0 && limit < end - begin) {
    if (reverse) {
      begin = end - limit;
    } else {
      end = begin + limit;
    }
  }
  return {begin, end};
}

std::optional<PartitionSet> FindPartitionSet(const workspace::Repository& repository, std::string_view name) {
  const model::PartitionSetSnap* snap = repository.FindPartitionSet(name);
  return snap == nullptr ? std::nullopt : std::optional(PartitionSet{&repository, snap});
}

NamedError PartitionSetNotFound(std::string_view name) {
  return NamedError("PartitionSetNotFoundError", fmt::format("Partition set {} could not be found.", name))
      .With("partitionSetName", name);
}

void BindPartitionSets(graphql::Schema& schema) {
  BindSet(schema.Object<PartitionSet>("PartitionSet"));
  BindPartition(schema);
  BindParts(schema);
  schema.Object<workspace::Repository>("Repository").Field("partitionSets", SetsOf);
  schema.Object<Schedule>("Schedule").Field("partitionSet", [](const Schedule& schedule) {
    const auto& name = schedule.schedule->partition_set_name;
    return name ? FindPartitionSet(*schedule.repository, *name) : std::nullopt;
  });
  for (const char* type : {"Job", "Pipeline"}) {
    schema.Object<Job>(type)
        .Field("partition",
               [](const Job& job, const graphql::Arguments& arguments) {
                 return std::optional(
                     JobPartition{SelectedJob(job, arguments), arguments.Get<std::string>("partitionName")});
               })
        .Field("partitionKeysOrError",
               [](const Job& job, const graphql::Arguments& arguments, const RequestContext& context) {
                 return JobPartitionKeys{PageOf(PartitionKeysOf(SelectedJob(job, arguments), context), arguments)};
               });
  }
  schema.Query().Field("partitionSetsOrError", ListSets).Field("partitionSetOrError", GetSet);
}

}  // namespace tidemill::api
