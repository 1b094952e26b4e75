#include "run.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

#include <tidemill/base/python_yaml.h>

#include "job_structure.h"
#include "repository_origin.h"

namespace tidemill::api {
namespace {

using model::RunStatus;

std::string_view GraphqlName(RunStatus status) { return model::RunStatusName(status); }

bool IsOneOf(RunStatus status, std::initializer_list<RunStatus> statuses) {
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

bool HasStarted(RunStatus status) {
  return IsOneOf(status, {RunStatus::kStarted, RunStatus::kSuspended, RunStatus::kSuccess, RunStatus::kFailure,
                          RunStatus::kCanceled});
}

/// Rows of Dagster before 0.13.15 have no times: they are taken from the run's events.
std::optional<double> StartTimeOf(const Run& run, const RequestContext& context) {
  const model::RunRecord& record = *run.record;
  if (record.start_time || !HasStarted(record.run.status)) return record.start_time;
  if (record.end_time) return record.end_time;  // It failed before it began.
  const storage::RunStats stats = context.storage().events().GetRunStats(record.run.run_id);
  return stats.start_time ? stats.start_time : stats.end_time;
}

std::optional<double> EndTimeOf(const Run& run, const RequestContext& context) {
  const model::RunRecord& record = *run.record;
  if (record.end_time || !model::IsFinished(record.run.status)) return record.end_time;
  return context.storage().events().GetRunStats(record.run.run_id).end_time;
}

std::optional<RepositoryOrigin> OriginOf(const Run& run) {
  const json::Value* origin = run.run().remote_job_origin.Find("external_repository_origin");
  return origin == nullptr || origin->is_null() ? std::nullopt : std::optional(RepositoryOrigin{*origin});
}

/// `limit` keys in order, or all as they are.
template <class Key>
std::optional<std::vector<Key>> Limited(const std::optional<std::vector<Key>>& keys,
                                        const graphql::Arguments& arguments) {
  const auto limit = arguments.Get<std::optional<std::int64_t>>("limit");
  std::optional<std::vector<Key>> result = keys;
  if (!result || !limit) return result;
  std::sort(result->begin(), result->end());
  // As Python's slice [:limit]: a negative limit leaves out that many.
  const auto size = static_cast<std::int64_t>(result->size());
  const std::int64_t kept = *limit < 0 ? std::max<std::int64_t>(0, size + *limit) : std::min(*limit, size);
  result->resize(static_cast<std::size_t>(kept));
  return result;
}

model::Tags VisibleTagsOf(const Run& run) {
  model::Tags tags = run.run().tags;
  std::erase_if(tags, [](const auto& tag) { return !IsVisibleTag(tag.first); });
  return tags;
}

std::optional<std::string> ExternalJobSourceOf(const Run& run) {
  const std::string* source = model::FindTag(run.run().tags, "dagster/external_job_source");
  if (source == nullptr || source->empty()) return std::nullopt;
  std::string lower = *source;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

bool HasMetricsEnabled(const Run& run) {
  if (IsOneOf(run.run().status, {RunStatus::kQueued, RunStatus::kNotStarted, RunStatus::kStarting})) return false;
  for (const std::string_view key : {".dagster/run_metrics", "dagster/run_metrics"}) {
    const std::string* value = model::FindTag(run.run().tags, key);
    if (value == nullptr) continue;
    std::string lower = *value;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    if (lower != "false" && lower != "none" && lower != "0" && !lower.empty()) return true;
  }
  return false;
}

/// A pool once for each slot that the run's first steps want of it.
std::optional<std::vector<std::string>> RootPoolsOf(const Run& run) {
  if (!run.run().run_op_concurrency) return std::nullopt;
  std::vector<std::string> pools;
  for (const auto& [pool, count] : run.run().run_op_concurrency->root_key_counts) {
    pools.insert(pools.end(), static_cast<std::size_t>(std::max<std::int64_t>(count, 0)), pool);
  }
  return pools;
}

std::vector<bool> HoldOrWaitForSlots(std::span<const Run* const> runs, const RequestContext& context) {
  std::vector<std::string> ids;
  for (const storage::PoolInfo& pool : context.storage().events().Pools()) {
    for (const storage::PoolInfo::Claim& claim : pool.claims) ids.push_back(claim.run_id);
  }
  std::vector<bool> result;
  for (const Run* run : runs) result.push_back(std::find(ids.begin(), ids.end(), run->run().run_id) != ids.end());
  return result;
}

std::optional<std::string> ParentSnapshotOf(const Run& run, const RequestContext& context) {
  const std::optional<std::string>& id = run.run().job_snapshot_id;
  if (!id) return std::nullopt;
  const JobStructure* structure = context.Local<JobStructures>().Historical(*id);
  if (structure == nullptr || !structure->job().lineage) return std::nullopt;
  return structure->job().lineage->parent_snapshot_id;
}

void BindIdentity(graphql::ObjectBinding<Run> type) {
  const auto id = [](const Run& run) -> const std::string& { return run.run().run_id; };
  const auto job_name = [](const Run& run) -> const std::string& { return run.run().job_name; };
  type.Field("id", id)
      .Field("runId", id)
      .Field("pipelineName", job_name)
      .Field("jobName", job_name)
      .Field("mode", [] { return "default"; })
      .Field("pipelineSnapshotId", [](const Run& run) { return run.run().job_snapshot_id; })
      .Field("parentPipelineSnapshotId", ParentSnapshotOf)
      .Field("repositoryOrigin", OriginOf)
      .Field("rootRunId", [](const Run& run) { return run.run().root_run_id; })
      .Field("parentRunId", [](const Run& run) { return run.run().parent_run_id; })
      .Field("tags", VisibleTagsOf)
      .Field("externalJobSource", ExternalJobSourceOf);
}

void BindState(graphql::ObjectBinding<Run> type) {
  const auto status = [](const Run& run) { return GraphqlName(run.run().status); };
  type.Field("status", status)
      .Field("runStatus", status)
      .Field("canTerminate",
             [](const Run& run) {
               return IsOneOf(run.run().status, {RunStatus::kQueued, RunStatus::kStarted});
             })
      .Field("creationTime", [](const Run& run) { return ToUnixSeconds(run.record->create_timestamp); })
      .Field("updateTime", [](const Run& run) { return ToUnixSeconds(run.record->update_timestamp); })
      .Field("startTime", StartTimeOf)
      .Field("endTime", EndTimeOf)
      .Batch("hasConcurrencyKeySlots", HoldOrWaitForSlots)
      .Field("hasUnconstrainedRootNodes",
             [](const Run& run) {
               const auto& concurrency = run.run().run_op_concurrency;
               return !concurrency || concurrency->has_unconstrained_root_nodes;
             })
      .Field("rootConcurrencyKeys", RootPoolsOf)
      .Field("allPools",
             [](const Run& run) {
               const auto& concurrency = run.run().run_op_concurrency;
               return concurrency ? std::optional(concurrency->all_pools) : std::nullopt;
             })
      .Field("hasRunMetricsEnabled", HasMetricsEnabled);
  for (const char* permission : {"hasReExecutePermission", "hasTerminatePermission", "hasDeletePermission"}) {
    type.Field(permission, [](const RequestContext& context) { return !context.read_only(); });
  }
}

void BindSelection(graphql::ObjectBinding<Run> type) {
  type.Field("solidSelection", [](const Run& run) { return run.run().op_selection; })
      .Field("resolvedOpSelection", [](const Run& run) { return run.run().resolved_op_selection; })
      .Field("stepKeysToExecute", [](const Run& run) { return run.run().step_keys_to_execute; })
      .Field("assetSelection",
             [](const Run& run, const graphql::Arguments& arguments) {
               return Limited(run.run().asset_selection, arguments);
             })
      .Field("assetSelectionCount",
             [](const Run& run) { return run.run().asset_selection ? run.run().asset_selection->size() : 0; })
      .Field("assetCheckSelection",
             [](const Run& run, const graphql::Arguments& arguments) {
               return Limited(run.run().asset_check_selection, arguments);
             })
      .Field(
          "assetCheckSelectionCount",
          [](const Run& run) { return run.run().asset_check_selection ? run.run().asset_check_selection->size() : 0; })
      .Field("runConfig", [](const Run& run) -> const json::Value& { return run.run().run_config; })
      .Field("runConfigYaml", [](const Run& run) {
        return ToPythonYaml(run.run().run_config, {.allow_unicode = true, .is_run_config = true});
      });
}

}  // namespace

bool IsVisibleTag(std::string_view key) { return !key.starts_with(".dagster/"); }

std::unordered_map<std::string, Run> RunsById(const RequestContext& context, std::vector<std::string> run_ids) {
  std::unordered_map<std::string, Run> runs;
  std::sort(run_ids.begin(), run_ids.end());
  run_ids.erase(std::unique(run_ids.begin(), run_ids.end()), run_ids.end());
  if (run_ids.empty()) return runs;
  storage::RunFilter filter;
  filter.run_ids = std::move(run_ids);
  for (model::RunRecord& record : context.storage().runs().GetRuns(filter, {})) {
    const std::string id = record.run.run_id;
    runs.emplace(id, Run{std::make_shared<const model::RunRecord>(std::move(record))});
  }
  return runs;
}

std::vector<Run> ListRuns(const RequestContext& context, const storage::RunFilter& filter,
                          const storage::RunPage& page) {
  std::vector<Run> runs;
  for (model::RunRecord& record : context.storage().runs().GetRuns(filter, page)) {
    runs.push_back({std::make_shared<const model::RunRecord>(std::move(record))});
  }
  return runs;
}

std::optional<Run> FindRun(const RequestContext& context, std::string_view run_id) {
  std::optional<model::RunRecord> record = context.storage().runs().GetRun(run_id);
  if (!record) return std::nullopt;
  return Run{std::make_shared<const model::RunRecord>(std::move(*record))};
}

RunOrError RunOrNotFound(std::optional<Run> run, std::string_view run_id) {
  if (run) return *std::move(run);
  return RunNotFound(run_id);
}

NamedError RunNotFound(std::string_view run_id) {
  const std::string id(run_id);
  return NamedError("RunNotFoundError", "Pipeline run " + id + " could not be found.").With("runId", id);
}

void BindRun(graphql::Schema& schema) {
  const auto type = schema.Object<Run>("Run");
  BindIdentity(type);
  BindState(type);
  BindSelection(type);
}

}  // namespace tidemill::api
