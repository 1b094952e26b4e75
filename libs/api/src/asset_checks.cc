#include "asset_checks.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>
#include <set>
#include <unordered_map>
#include <variant>

#include <fmt/format.h>

#include <tidemill/graphql/input.h>

#include "asset_node.h"
#include "asset_partitions.h"
#include "asset_status.h"
#include "automation.h"
#include "errors.h"
#include "event.h"
#include "partition_statuses.h"
#include "run.h"

namespace tidemill::api {
namespace {

using storage::CheckExecutionStatus;

struct AssetChecks {
  std::vector<AssetCheck> checks;
};

const model::event::CheckEvaluation* EvaluationOf(const storage::CheckExecution& execution) {
  if (!execution.event || !execution.event->dagster_event) return nullptr;
  return std::get_if<model::event::CheckEvaluation>(&execution.event->dagster_event->data);
}

std::string_view StatusOf(const storage::CheckExecution& execution, const std::unordered_map<std::string, Run>& runs) {
  if (execution.status == CheckExecutionStatus::kSucceeded) return "SUCCEEDED";
  if (execution.status == CheckExecutionStatus::kFailed) return "FAILED";
  const auto run = runs.find(execution.run_id);
  if (run == runs.end()) return "SKIPPED";
  const model::RunStatus status = run->second.run().status;
  if (IsPending(status)) return "IN_PROGRESS";
  return status == model::RunStatus::kFailure ? "EXECUTION_FAILED" : "SKIPPED";
}

/// Whether what the execution looked at is the asset's data of now.
bool TargetsLatest(const CheckExecution& execution, const std::optional<storage::StoredEvent>& latest,
                   const RequestContext& context) {
  const storage::CheckExecution& stored = execution.stored;
  if (execution.status == "IN_PROGRESS" || !latest || latest->entry.run_id == stored.run_id) return true;
  if (const auto* evaluation = EvaluationOf(stored)) {
    if (evaluation->target_materialization) return evaluation->target_materialization->storage_id == latest->storage_id;
    return latest->entry.timestamp < ToUnixSeconds(stored.create_timestamp);
  }
  const auto runs = RunsById(context, {latest->entry.run_id, stored.run_id});
  const auto made = runs.find(latest->entry.run_id);
  const auto checked = runs.find(stored.run_id);
  return made != runs.end() && checked != runs.end() &&
         checked->second.record->create_timestamp > made->second.record->create_timestamp;
}

std::vector<std::optional<CheckExecution>> LatestExecutions(std::span<const AssetCheck* const> checks,
                                                            const RequestContext& context) {
  std::vector<storage::CheckExecution> stored;
  std::vector<model::AssetKey> keys;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (auto execution = context.storage().events().LatestCheckExecution(checks[i]->key())) {
      stored.push_back(std::move(*execution));
      keys.push_back(checks[i]->snap->asset_key);
      places.push_back(i);
    }
  }
  const AssetStatus status(context, keys);
  std::vector<CheckExecution> executions = ResolveStatuses(std::move(stored), context);
  std::vector<std::optional<CheckExecution>> latest(checks.size());
  for (std::size_t i = 0; i < executions.size(); ++i) {
    const auto& partition = executions[i].stored.partition;
    const storage::StoredEvent* last = status.LastMaterialization(keys[i]);
    const auto made = partition ? LatestEvent(context, keys[i], model::EventType::kAssetMaterialization, partition)
                      : last == nullptr ? std::nullopt
                                        : std::optional(*last);
    if (TargetsLatest(executions[i], made, context)) latest[places[i]] = std::move(executions[i]);
  }
  return latest;
}

/// The last execution of each partition.
std::vector<storage::CheckExecution> LastOfPartitions(const model::AssetCheckKey& key, const RequestContext& context) {
  std::vector<storage::CheckExecution> last;
  std::set<std::string> seen;
  for (storage::CheckExecution& execution :
       context.storage().events().CheckExecutions(key, std::numeric_limits<std::int64_t>::max(), std::nullopt)) {
    if (execution.partition && seen.insert(*execution.partition).second) last.push_back(std::move(execution));
  }
  return last;
}

std::optional<PartitionStatuses<StatusSubject::kCheck>> PartitionStatusesOf(const AssetCheck& check,
                                                                            const RequestContext& context) {
  if (!check.snap->partitions) return std::nullopt;
  const auto definition = assets::PartitionsDefinition::FromSnap(*check.snap->partitions);
  const auto& dynamic = context.Local<StoredDynamicPartitions>();
  const assets::PartitionsContext partitions{context.now(), &dynamic};
  std::unordered_map<std::string, std::int64_t> made;
  for (auto& [partition, id] : context.storage().events().LatestStorageIdByPartition(
           check.snap->asset_key, model::EventType::kAssetMaterialization)) {
    made.emplace(std::move(partition), id);
  }
  std::map<std::string_view, std::vector<std::string>> keys;
  for (const CheckExecution& execution : ResolveStatuses(LastOfPartitions(check.key(), context), context)) {
    const std::string& partition = *execution.stored.partition;
    if (!definition.HasKey(partition, partitions)) continue;
    const auto* evaluation = EvaluationOf(execution.stored);
    const auto latest = made.find(partition);
    const bool is_current =
        evaluation == nullptr || latest == made.end() ||
        (evaluation->target_materialization && evaluation->target_materialization->storage_id == latest->second);
    if (is_current) keys[execution.status].push_back(partition);
  }
  SubsetsByStatus subsets;
  for (const std::string_view status : {"IN_PROGRESS", "SUCCEEDED", "FAILED", "EXECUTION_FAILED", "SKIPPED"}) {
    subsets.emplace_back(status, assets::PartitionsSubset::OfKeys(definition, keys[status], partitions));
  }
  return StatusesOf<StatusSubject::kCheck>(subsets, definition, partitions);
}

bool RunsAlone(const AssetCheck& check, const RequestContext& context) {
  const auto& id = check.snap->atomic_execution_unit_id;
  if (!id) return true;
  std::size_t members = 0;
  for (const workspace::Repository* repository : context.workspace().repositories()) {
    const model::RepositorySnap& snap = repository->snap();
    const auto* first = snap.asset_checks.data();
    if (check.snap < first || check.snap >= first + snap.asset_checks.size()) continue;
    for (const auto& node : snap.asset_nodes) members += node.atomic_execution_unit_id == id ? 1 : 0;
    for (const auto& other : snap.asset_checks) members += other.atomic_execution_unit_id == id ? 1 : 0;
  }
  return members <= 1;
}

AssetChecks ChecksOfNode(const AssetNode& node, const graphql::Arguments& arguments, const RequestContext& context) {
  const auto pipeline = arguments.Get<std::optional<graphql::Input>>("pipeline");
  const auto limit = arguments.Get<std::int64_t>("limit", 0);
  const workspace::Repository* repository =
      pipeline ? context.workspace().FindRepository({pipeline->Get<std::string>("repositoryLocationName"),
                                                     pipeline->Get<std::string>("repositoryName")})
               : nullptr;
  AssetChecks checks;
  for (const model::AssetCheckSnap* snap : context.workspace().asset_graph().checks(node.id)) {
    if (pipeline) {
      const auto& declared =
          repository == nullptr ? std::vector<model::AssetCheckSnap>() : repository->snap().asset_checks;
      const bool is_of = std::ranges::any_of(declared, [&](const auto& it) { return &it == snap; });
      if (!is_of || std::ranges::count(snap->job_names, pipeline->Get<std::string>("pipelineName")) == 0) continue;
    }
    checks.checks.push_back({snap});
    if (limit > 0 && checks.checks.size() == static_cast<std::size_t>(limit)) break;
  }
  return checks;
}

std::variant<AssetCheck, NamedError> CheckOfNode(const AssetNode& node, const graphql::Arguments& arguments,
                                                 const RequestContext& context) {
  const auto name = arguments.Get<std::string>("checkName");
  if (const auto* snap = context.workspace().asset_graph().FindCheck({node.key(), name})) return AssetCheck{snap};
  return NamedError("AssetCheckNotFoundError",
                    fmt::format("Asset check '{}' not found for asset '{}'", name, node.key().ToUserString()));
}

std::vector<CheckExecution> Executions(const graphql::Arguments& arguments, const RequestContext& context) {
  const model::AssetCheckKey key{AssetKeyOf(arguments.Get<graphql::Input>("assetKey")),
                                 arguments.Get<std::string>("checkName")};
  const auto limit = arguments.Get<std::int64_t>("limit");
  const auto partition = arguments.Get<std::optional<std::string>>("partition");
  std::optional<std::int64_t> before;
  if (const auto cursor = arguments.Get<std::optional<std::string>>("cursor"); cursor && !cursor->empty()) {
    std::int64_t id = 0;
    std::from_chars(cursor->data(), cursor->data() + cursor->size(), id);
    before = id;
  }
  std::vector<storage::CheckExecution> found;
  while (found.size() < static_cast<std::size_t>(limit)) {
    auto page = context.storage().events().CheckExecutions(key, limit, before);
    const bool is_last = page.size() < static_cast<std::size_t>(limit);
    if (!page.empty()) before = page.back().storage_id;
    for (storage::CheckExecution& execution : page) {
      const bool wanted = !partition || execution.partition.value_or("") == *partition;
      if (wanted && found.size() < static_cast<std::size_t>(limit)) found.push_back(std::move(execution));
    }
    if (is_last) break;
  }
  return ResolveStatuses(std::move(found), context);
}

std::vector<std::optional<Run>> RunsOf(std::span<const CheckExecution* const> executions,
                                       const RequestContext& context) {
  std::vector<std::string> ids;
  for (const CheckExecution* execution : executions) {
    if (!execution->stored.run_id.empty()) ids.push_back(execution->stored.run_id);
  }
  const auto runs = RunsById(context, std::move(ids));
  std::vector<std::optional<Run>> found;
  for (const CheckExecution* execution : executions) {
    const auto run = runs.find(execution->stored.run_id);
    found.push_back(run == runs.end() ? std::nullopt : std::optional(run->second));
  }
  return found;
}

void BindExecution(graphql::Schema& schema) {
  schema.Object<CheckExecution>("AssetCheckExecution")
      .Field("id", [](const CheckExecution& execution) { return std::to_string(execution.stored.storage_id); })
      .Field("runId", [](const CheckExecution& execution) { return execution.stored.run_id; })
      .Field("status", &CheckExecution::status)
      .Field("evaluation",
             [](const CheckExecution& execution) {
               return EvaluationOf(execution.stored) == nullptr
                          ? std::nullopt
                          : std::optional(
                                CheckEvaluation{std::make_shared<const model::EventLogEntry>(*execution.stored.event)});
             })
      .Field("timestamp",
             [](const CheckExecution& execution) { return ToUnixSeconds(execution.stored.create_timestamp); })
      .Field("partition", [](const CheckExecution& execution) { return execution.stored.partition; })
      .Field("stepKey",
             [](const CheckExecution& execution) {
               return execution.stored.event ? execution.stored.event->step_key : std::nullopt;
             })
      .Batch("run", RunsOf);
}

void BindDefinition(graphql::Schema& schema) {
  schema.Object<AssetCheck>("AssetCheck")
      .Field(
          "name", [](const AssetCheck& check) -> const auto& { return check.snap->name; })
      .Field(
          "assetKey", [](const AssetCheck& check) -> const auto& { return check.snap->asset_key; })
      .Field(
          "description", [](const AssetCheck& check) -> const auto& { return check.snap->description; })
      .Field(
          "jobNames", [](const AssetCheck& check) -> const auto& { return check.snap->job_names; })
      .Batch("executionForLatestMaterialization", LatestExecutions)
      .Field("canExecuteIndividually",
             [](const AssetCheck& check, const RequestContext& context) {
               return RunsAlone(check, context) ? "CAN_EXECUTE" : "REQUIRES_MATERIALIZATION";
             })
      .Field("blocking", [](const AssetCheck& check) { return check.snap->blocking; })
      .Field(
          "additionalAssetKeys",
          [](const AssetCheck& check) -> const auto& { return check.snap->additional_asset_keys; })
      .Field("automationCondition",
             [](const AssetCheck& check) {
               return AutomationOf(check.snap->automation_condition_snapshot, check.snap->automation_condition);
             })
      .Field("partitionDefinition",
             [](const AssetCheck& check) {
               return check.snap->partitions ? std::optional(PartitionDefinition{&*check.snap->partitions})
                                             : std::nullopt;
             })
      .Field("partitionKeysByDimension",
             [](const AssetCheck& check, const graphql::Arguments& arguments, const RequestContext& context) {
               return KeysByDimension(check.snap->partitions, arguments, context);
             })
      .Field("partitionStatuses", PartitionStatusesOf);
}

}  // namespace

std::vector<CheckExecution> ResolveStatuses(std::vector<storage::CheckExecution> executions,
                                            const RequestContext& context) {
  std::vector<std::string> planned;
  for (const storage::CheckExecution& execution : executions) {
    if (execution.status == CheckExecutionStatus::kPlanned) planned.push_back(execution.run_id);
  }
  const auto runs = RunsById(context, std::move(planned));
  std::vector<CheckExecution> resolved;
  for (storage::CheckExecution& execution : executions) {
    const std::string_view status = StatusOf(execution, runs);
    resolved.push_back({std::move(execution), status});
  }
  return resolved;
}

void BindAssetChecks(graphql::Schema& schema) {
  BindDefinition(schema);
  BindExecution(schema);
  schema.Object<AssetChecks>("AssetChecks").Field("checks", &AssetChecks::checks);
  schema.Object<AssetNode>("AssetNode")
      .Field("assetChecksOrError", ChecksOfNode)
      .Field("assetCheckOrError", CheckOfNode);
  schema.Query().Field("assetCheckExecutions", Executions);
}

}  // namespace tidemill::api
