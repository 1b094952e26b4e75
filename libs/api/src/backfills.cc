#include "backfills.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <tidemill/api/api.h>
#include <tidemill/serdes/serdes.h>

#include "asset_partitions.h"
#include "backfill.h"
#include "backfill_data.h"
#include "errors.h"
#include "job_partitions.h"
#include "partition_sets.h"
#include "run.h"
#include "ticks.h"

namespace tidemill::api {
namespace {

using model::RunStatus;

constexpr std::int64_t kMostRuns = 1000;
constexpr std::string_view kUserTag = "user";

struct BackfillList {
  std::vector<Backfill> results;
};
struct StatusCount {
  std::string_view status;
  std::int64_t count = 0;
};

const json::Value* Member(const Backfill& backfill, std::string_view name) {
  const json::Value* value = backfill.record->body.Find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<std::string> TextOf(const Backfill& backfill, std::string_view name) {
  const json::Value* value = Member(backfill, name);
  return value == nullptr ? std::nullopt : std::optional(value->AsString());
}

std::optional<std::vector<std::string>> TextsOf(const Backfill& backfill, std::string_view name) {
  const json::Value* value = Member(backfill, name);
  if (value == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const json::Value& text : value->AsArray()) texts.push_back(text.AsString());
  return texts;
}

std::optional<std::string> SetNameOf(const Backfill& backfill) {
  const json::Value* origin = Member(backfill, "partition_set_origin");
  return origin == nullptr ? std::nullopt : std::optional(origin->AsObject().At("partition_set_name").AsString());
}

/// If the code still declares it.
std::optional<PartitionSet> SetOf(const Backfill& backfill, const RequestContext& context) {
  const json::Value* origin = Member(backfill, "partition_set_origin");
  if (origin == nullptr) return std::nullopt;
  const json::Object& repository = origin->AsObject().At("external_repository_origin").AsObject();
  const json::Object& location = repository.At("repository_location_origin").AsObject();
  const workspace::Repository* found = context.workspace().FindRepository(
      {location.At("location_name").AsString(), repository.At("repository_name").AsString()});
  return found == nullptr ? std::nullopt : FindPartitionSet(*found, *SetNameOf(backfill));
}

/// The partitions that a job's backfill runs.
std::vector<std::string> JobPartitions(const Backfill& backfill) {
  auto names = TextsOf(backfill, "partition_names");
  if (names) return *std::move(names);
  throw Error(Code::kDataLoss, fmt::format("backfill {} of a job names no partitions", backfill.record->backfill_id));
}

std::optional<std::vector<std::string>> PartitionNames(const Backfill& backfill) {
  if (!IsAssetBackfill(backfill)) return JobPartitions(backfill);
  const auto data = AssetBackfillData::Of(backfill);
  return data ? data->PartitionNames() : std::vector<std::string>();
}

std::optional<std::int64_t> NumPartitions(const Backfill& backfill) {
  if (!IsAssetBackfill(backfill)) return static_cast<std::int64_t>(JobPartitions(backfill).size());
  const auto data = AssetBackfillData::Of(backfill);
  return data ? data->NumPartitions() : 0;
}

/// How many partitions of a job's backfill are still to be requested.
std::int64_t NumCancelable(const Backfill& backfill) {
  if (IsAssetBackfill(backfill) || backfill.record->status != "REQUESTED") return 0;
  const std::vector<std::string> names = JobPartitions(backfill);
  const auto last = TextOf(backfill, "last_submitted_partition_name");
  const auto found = last ? std::ranges::find(names, *last) : names.end();
  return found == names.end() ? static_cast<std::int64_t>(names.size()) : names.end() - found - 1;
}

storage::RunFilter RunsOfBackfill(const Backfill& backfill) {
  storage::RunFilter filter;
  filter.tags.push_back({std::string(model::tag::kBackfill), {backfill.record->backfill_id}});
  return filter;
}

std::vector<Run> RunsOf(const Backfill& backfill, std::vector<RunStatus> statuses, std::optional<std::int64_t> limit,
                        const RequestContext& context) {
  storage::RunFilter filter = RunsOfBackfill(backfill);
  filter.statuses = std::move(statuses);
  storage::RunPage page;
  page.limit = limit;
  return ListRuns(context, filter, page);
}

std::optional<std::int64_t> LimitIn(const graphql::Arguments& arguments) {
  return arguments.Get<std::optional<std::int64_t>>("limit");
}

std::vector<storage::PartitionRun> RunsOfRanges(const PartitionSet& set, const std::vector<Run>& runs,
                                                const RequestContext& context) {
  std::vector<storage::PartitionRun> result;
  const auto definition = PartitionsOfJob({set.repository, set.snap->job_name, std::nullopt});
  if (!definition) return result;
  const assets::PartitionsContext now{context.now(), &context.Local<StoredDynamicPartitions>()};
  for (const Run& run : runs) {
    const std::string* first = model::FindTag(run.run().tags, "dagster/asset_partition_range_start");
    const std::string* last = model::FindTag(run.run().tags, "dagster/asset_partition_range_end");
    if (first == nullptr || last == nullptr) continue;
    for (std::string& key : definition->KeysInRange(*first, *last, now)) {
      result.push_back(
          {std::move(key), run.run().run_id, run.run().status, run.record->start_time, run.record->end_time});
    }
  }
  return result;
}

/// The newest run of each partition. A run of a range of partitions counts for each of them.
std::vector<storage::PartitionRun> PartitionRuns(const Backfill& backfill, const RequestContext& context) {
  const auto set = SetOf(backfill, context);
  const bool has_ranges = set && set->snap->backfill_policy && set->snap->backfill_policy->max_partitions_per_run != 1;
  if (!has_ranges) return context.storage().runs().LatestRunsByPartition(RunsOfBackfill(backfill));
  return RunsOfRanges(*set, RunsOf(backfill, {}, std::nullopt, context), context);
}

std::optional<PartitionRunStatuses> Statuses(const Backfill& backfill, const RequestContext& context) {
  if (IsAssetBackfill(backfill)) return std::nullopt;
  return RunStatusesOf(SetNameOf(backfill).value_or("__NO_PARTITION_SET__"), ":" + backfill.record->backfill_id,
                       JobPartitions(backfill), PartitionRuns(backfill, context));
}

/// How many partitions have a newest run of each status, in the order of the first partition of each.
std::vector<StatusCount> StatusCounts(const Backfill& backfill, const RequestContext& context) {
  std::vector<StatusCount> counts;
  const auto statuses = Statuses(backfill, context);
  if (!statuses) return counts;
  for (const PartitionRunStatus& partition : statuses->results) {
    const std::string_view status = partition.run ? model::RunStatusName(partition.run->status) : "NOT_STARTED";
    auto found = std::ranges::find(counts, status, &StatusCount::status);
    if (found == counts.end()) found = counts.insert(found, {status, 0});
    ++found->count;
  }
  return counts;
}

std::optional<PythonError> ErrorOf(const Backfill& backfill) {
  const json::Value* error = Member(backfill, "error");
  return error == nullptr ? std::nullopt : std::optional(PythonError{serdes::FromJson<model::ErrorInfo>(*error)});
}

bool MayEdit(const Backfill&, const RequestContext& context) { return !context.read_only(); }

void BindRunsOf(graphql::ObjectBinding<Backfill> binding) {
  binding
      .Field("runs",
             [](const Backfill& backfill, const graphql::Arguments& arguments, const RequestContext& context) {
               return RunsOf(backfill, {}, LimitIn(arguments).value_or(kMostRuns), context);
             })
      .Field("unfinishedRuns",
             [](const Backfill& backfill, const graphql::Arguments& arguments, const RequestContext& context) {
               return RunsOf(backfill,
                             {RunStatus::kQueued, RunStatus::kNotStarted, RunStatus::kStarting, RunStatus::kStarted,
                              RunStatus::kSuspended, RunStatus::kCanceling},
                             LimitIn(arguments), context);
             })
      .Field("cancelableRuns",
             [](const Backfill& backfill, const graphql::Arguments& arguments, const RequestContext& context) {
               return RunsOf(backfill, {RunStatus::kStarted, RunStatus::kQueued}, LimitIn(arguments), context);
             })
      .Field("partitionStatuses", Statuses)
      .Field("partitionStatusCounts", StatusCounts);
}

void BindBackfill(graphql::ObjectBinding<Backfill> binding) {
  binding.Field("status", [](const Backfill& backfill) { return backfill.record->status; })
      .Field("partitionNames", PartitionNames)
      .Field("isValidSerialization",
             [](const Backfill& backfill) {
               return !IsAssetBackfill(backfill) || AssetBackfillData::Of(backfill).has_value();
             })
      .Field("numPartitions", NumPartitions)
      .Field("numCancelable", NumCancelable)
      .Field("fromFailure",
             [](const Backfill& backfill) {
               const json::Value* value = Member(backfill, "from_failure");
               return value != nullptr && value->AsBool();
             })
      .Field("reexecutionSteps", [](const Backfill& backfill) { return TextsOf(backfill, "reexecution_steps"); })
      .Field("partitionSetName", SetNameOf)
      .Field("timestamp",
             [](const Backfill& backfill) {
               const json::Value* begin = Member(backfill, "backfill_timestamp");
               return begin == nullptr ? ToUnixSeconds(backfill.record->timestamp) : begin->AsDouble();
             })
      .Field("endTimestamp",
             [](const Backfill& backfill) {
               const json::Value* end = Member(backfill, "backfill_end_timestamp");
               return end == nullptr ? std::nullopt : std::optional(end->AsDouble());
             })
      .Field("partitionSet", SetOf)
      .Field("error", ErrorOf)
      .Field("isAssetBackfill", IsAssetBackfill)
      .Field("hasCancelPermission", MayEdit)
      .Field("hasResumePermission", MayEdit)
      .Field("user",
             [](const Backfill& backfill) -> std::optional<std::string> {
               const std::string* user = model::FindTag(backfill.record->tags, kUserTag);
               return user == nullptr ? std::nullopt : std::optional(*user);
             })
      .Field("title", [](const Backfill& backfill) { return TextOf(backfill, "title"); })
      .Field("description", [](const Backfill& backfill) { return TextOf(backfill, "description"); })
      .Field("logEvents", [] { return InstigationLog(); });  // Only Dagster's cloud keeps logs of backfills.
}

storage::BackfillFilter FilterOf(const graphql::Arguments& arguments) {
  storage::BackfillFilter filter;
  if (const auto status = arguments.Get<std::optional<std::string>>("status")) filter.statuses = {*status};
  const auto given = arguments.Get<std::optional<graphql::Input>>("filters");
  if (!given) return filter;
  if (const auto statuses = given->Get<std::optional<std::vector<std::string>>>("statuses")) {
    filter.statuses = *statuses;
  }
  filter.selector_id = given->Get<std::optional<std::string>>("selectorId");
  const auto time = [&](std::string_view name) -> std::optional<Timestamp> {
    const auto seconds = given->Get<std::optional<double>>(name);
    return seconds ? std::optional(FromUnixSeconds(*seconds)) : std::nullopt;
  };
  filter.created_before = time("createdBefore");
  filter.created_after = time("createdAfter");
  return filter;
}

BackfillList ListBackfills(const graphql::Arguments& arguments, const RequestContext& context) {
  BackfillList list;
  for (model::BackfillRecord& record : context.storage().runs().GetBackfills(
           FilterOf(arguments), arguments.Get<std::optional<std::string>>("cursor"), LimitIn(arguments))) {
    list.results.push_back({std::make_shared<const model::BackfillRecord>(std::move(record))});
  }
  return list;
}

std::variant<Backfill, NamedError> GetBackfill(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto id = arguments.Get<std::string>("backfillId");
  auto record = context.storage().runs().GetBackfill(id);
  if (record) return Backfill{std::make_shared<const model::BackfillRecord>(*std::move(record))};
  return NamedError("BackfillNotFoundError", fmt::format("Backfill {} could not be found.", id)).With("backfillId", id);
}

}  // namespace

void BindBackfills(graphql::Schema& schema) {
  BindBackfill(schema.Object<Backfill>("PartitionBackfill"));
  BindRunsOf(schema.Object<Backfill>("PartitionBackfill"));
  BindBackfillData(schema);
  schema.Object<StatusCount>("PartitionStatusCounts")
      .Field("runStatus", &StatusCount::status)
      .Field("count", &StatusCount::count);
  schema.Object<BackfillList>("PartitionBackfills").Field("results", &BackfillList::results);
  schema.Query().Field("partitionBackfillsOrError", ListBackfills).Field("partitionBackfillOrError", GetBackfill);
}

}  // namespace tidemill::api
