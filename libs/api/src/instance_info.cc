#include "instance_info.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/base/python_yaml.h>

#include "asset_mutations.h"
#include "errors.h"
#include "instance_config.h"

namespace tidemill::api {
namespace {

using instance::Config;

/// After so many seconds without a heartbeat a daemon counts as dead: Dagster's interval and its tolerance.
constexpr double kHeartbeatTolerance = 30 + 1800;
/// Dagster's bound on the slots of a pool.
constexpr int kMaxPoolLimit = 1000;

struct InstanceView {};

struct DaemonHealth {};

struct DaemonStatus {
  std::string type;
  bool required = false;
  std::optional<bool> healthy;
  std::optional<model::DaemonHeartbeat> heartbeat;
};

struct Pool {
  std::string name;
  std::optional<storage::PoolInfo> info;
};

std::vector<std::string> RequiredDaemons(const Config& config) {
  std::vector<std::string> types{"SENSOR", "BACKFILL"};
  if (!config.scheduler_class || config.scheduler_class->class_name == "DagsterDaemonScheduler") {
    types.emplace_back("SCHEDULER");
  }
  if (config.run_coordinator_kind == instance::RunCoordinatorKind::kQueued)
    types.emplace_back("QUEUED_RUN_COORDINATOR");
  if (config.run_monitoring.enabled) types.emplace_back("MONITORING");
  if (config.run_retries.enabled) types.emplace_back("EVENT_LOG_CONSUMER");
  if (config.auto_materialize.enabled || config.auto_materialize.use_sensors) types.emplace_back("ASSET");
  if (config.freshness_enabled) types.emplace_back("FRESHNESS_DAEMON");
  return types;
}

std::vector<DaemonStatus> StatusesOf(const std::vector<std::string>& types, const RequestContext& context) {
  const std::vector<std::string> required = RequiredDaemons(context.instance().config());
  const std::vector<model::DaemonHeartbeat> heartbeats = context.storage().runs().Heartbeats();
  std::vector<DaemonStatus> statuses;
  for (const std::string& type : types) {
    DaemonStatus& status = statuses.emplace_back(DaemonStatus{type, false, std::nullopt, std::nullopt});
    if (std::find(required.begin(), required.end(), type) == required.end()) continue;
    status.required = true;
    status.healthy = false;
    const auto found = std::find_if(heartbeats.begin(), heartbeats.end(), [&](const model::DaemonHeartbeat& heartbeat) {
      return heartbeat.daemon_type == type;
    });
    if (found == heartbeats.end()) continue;
    status.heartbeat = *found;
    status.healthy = ToUnixSeconds(context.now()) <= found->timestamp + kHeartbeatTolerance;
  }
  return statuses;
}

std::vector<PythonError> ErrorsOf(const DaemonStatus& status) {
  std::vector<PythonError> errors;
  if (!status.heartbeat) return errors;
  for (const model::ErrorInfo& error : status.heartbeat->errors) errors.push_back({error});
  return errors;
}

void BindDaemons(graphql::Schema& schema) {
  schema.Object<DaemonStatus>("DaemonStatus")
      .Field("id", &DaemonStatus::type)
      .Field("daemonType", &DaemonStatus::type)
      .Field("required", &DaemonStatus::required)
      .Field("healthy", &DaemonStatus::healthy)
      .Field("lastHeartbeatTime",
             [](const DaemonStatus& status) {
               return status.heartbeat ? std::optional(status.heartbeat->timestamp) : std::nullopt;
             })
      .Field("lastHeartbeatErrors", ErrorsOf);
  schema.Object<DaemonHealth>("DaemonHealth")
      .Field("id", [] { return "daemonHealth"; })
      .Field("allDaemonStatuses",
             [](const RequestContext& context) {
               return StatusesOf(RequiredDaemons(context.instance().config()), context);
             })
      .Field("daemonStatus", [](const graphql::Arguments& arguments, const RequestContext& context) {
        return StatusesOf({arguments.Get<std::string>("daemonType")}, context).front();
      });
}

using Claim = storage::PoolInfo::Claim;

std::vector<Claim> ClaimsOf(const Pool& pool, bool that_hold) {
  std::vector<Claim> claims;
  if (!pool.info) return claims;
  for (const Claim& claim : pool.info->claims) {
    if (claim.holds_slot == that_hold) claims.push_back(claim);
  }
  return claims;
}

std::vector<std::string> RunIdsOf(const std::vector<Claim>& claims) {
  std::set<std::string> ids;
  for (const Claim& claim : claims) ids.insert(claim.run_id);
  return {ids.begin(), ids.end()};
}

/// A step that waits for a slot. A class of its own: an object type has one.
struct WaitingStep {
  Claim claim;
};

void BindPool(graphql::ObjectBinding<Pool> type) {
  type.Field("concurrencyKey", &Pool::name)
      .Field("slotCount", [](const Pool& pool) { return pool.info ? pool.info->limit : 0; })
      .Field("limit",
             [](const Pool& pool, const RequestContext& context) {
               return pool.info ? std::optional(pool.info->limit) : context.instance().config().pools.default_limit;
             })
      .Field("usingDefaultLimit",
             [](const Pool& pool) { return std::optional(!pool.info || pool.info->using_default_limit); })
      .Field("claimedSlots", [](const Pool& pool) { return ClaimsOf(pool, true); })
      .Field("activeSlotCount", [](const Pool& pool) { return ClaimsOf(pool, true).size(); })
      .Field("activeRunIds", [](const Pool& pool) { return RunIdsOf(ClaimsOf(pool, true)); })
      .Field("pendingSteps",
             [](const Pool& pool) {
               std::vector<WaitingStep> steps;
               for (Claim& claim : ClaimsOf(pool, false)) steps.push_back({std::move(claim)});
               return steps;
             })
      .Field("pendingStepCount", [](const Pool& pool) { return ClaimsOf(pool, false).size(); })
      .Field("pendingStepRunIds", [](const Pool& pool) { return RunIdsOf(ClaimsOf(pool, false)); })
      .Field("assignedStepCount", [](const Pool& pool) { return ClaimsOf(pool, true).size(); })
      .Field("assignedStepRunIds", [](const Pool& pool) { return RunIdsOf(ClaimsOf(pool, true)); });
}

std::vector<Pool> PoolsOf(const RequestContext& context) {
  std::vector<Pool> pools;
  for (storage::PoolInfo& info : context.storage().events().Pools()) {
    std::string name = info.pool;
    pools.push_back({std::move(name), std::move(info)});
  }
  return pools;
}

Pool FindPool(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto name = arguments.Get<std::string>("concurrencyKey");
  for (Pool& pool : PoolsOf(context)) {
    if (pool.name == name) return std::move(pool);
  }
  return {name, std::nullopt};
}

void BindPools(graphql::Schema& schema) {
  schema.Object<Claim>("ClaimedConcurrencySlot").Field("runId", &Claim::run_id).Field("stepKey", &Claim::step_key);
  schema.Object<WaitingStep>("PendingConcurrencyStep")
      .Field("runId", [](const WaitingStep& step) -> const std::string& { return step.claim.run_id; })
      .Field("stepKey", [](const WaitingStep& step) -> const std::string& { return step.claim.step_key; })
      .Field("priority", [](const WaitingStep& step) { return step.claim.priority; })
      .Field("enqueuedTimestamp", [](const WaitingStep& step) { return ToUnixSeconds(step.claim.enqueued); })
      // It waits still, so it was assigned none.
      .Field("assignedTimestamp", [] { return std::optional<double>(); });
  BindPool(schema.Object<Pool>("ConcurrencyKeyInfo"));
  using Settings = instance::PoolConfig;
  schema.Object<Settings>("PoolConfig")
      .Field("poolGranularity",
             [](const Settings& pools) -> std::optional<std::string> {
               if (!pools.granularity) return std::nullopt;
               return *pools.granularity == instance::PoolGranularity::kOp ? "op" : "run";
             })
      .Field("defaultPoolLimit", &Settings::default_limit)
      .Field("opGranularityRunBuffer", &Settings::op_granularity_run_buffer);
}

std::optional<std::string> TagLimitsYaml(const instance::RunQueueConfig& queue) {
  if (queue.tag_concurrency_limits.empty()) return std::nullopt;
  json::Array limits;
  for (const instance::TagConcurrencyLimit& limit : queue.tag_concurrency_limits) {
    json::Object item{{"key", limit.key}, {"limit", limit.limit}};
    if (limit.per_unique_value) item.Set("value", json::Object{{"applyLimitPerUniqueValue", true}});
    if (limit.value) item.Set("value", *limit.value);
    limits.push_back(std::move(item));
  }
  return ToPythonYaml(limits, {.allow_unicode = true});
}

void BindQueue(graphql::Schema& schema) {
  using Queue = instance::RunQueueConfig;
  schema.Object<Queue>("RunQueueConfig")
      .Field("maxConcurrentRuns", &Queue::max_concurrent_runs)
      .Field("tagConcurrencyLimitsYaml", TagLimitsYaml)
      .Field("isOpConcurrencyAware", &Queue::block_op_concurrency_limited_runs)
      // Of Dagster's cloud only.
      .Field("maxConcurrentRunsAllBranchDeployments", [] { return std::optional<int>(); });
  struct Launcher {
    std::string name;
  };
  schema.Object<Launcher>("RunLauncher").Field("name", &Launcher::name);
  schema.Object<InstanceView>("Instance")
      .Field("autoMaterializePaused",
             [](const RequestContext& context) {
               return context.storage().runs().GetValue(kAutomationPausedKey) != "false";
             })
      .Field("runLauncher",
             [](const RequestContext& context) {
               const auto& launcher = context.instance().config().run_launcher;
               return Launcher{launcher ? launcher->class_name : "DefaultRunLauncher"};
             })
      .Field("runQueuingSupported",
             [](const RequestContext& context) {
               return context.instance().config().run_coordinator_kind == instance::RunCoordinatorKind::kQueued;
             })
      .Field("runQueueConfig", [](const RequestContext& context) -> const Queue* {
        const Config& config = context.instance().config();
        return config.run_coordinator_kind == instance::RunCoordinatorKind::kQueued ? &config.run_queue : nullptr;
      });
}

bool SetPoolLimit(const graphql::Arguments& arguments, const RequestContext& context) {
  if (context.read_only()) throw Error(Code::kPermissionDenied, "this server is read-only: pools cannot be edited");
  context.storage().events().SetPoolLimit(arguments.Get<std::string>("concurrencyKey"),
                                          arguments.Get<std::int64_t>("limit"));
  return true;
}

bool DeletePool(const graphql::Arguments& arguments, const RequestContext& context) {
  if (context.read_only()) throw Error(Code::kPermissionDenied, "this server is read-only: pools cannot be edited");
  context.storage().events().DeletePool(arguments.Get<std::string>("concurrencyKey"));
  return true;
}

bool FreeSlots(const graphql::Arguments& arguments, const RequestContext& context) {
  if (context.read_only()) throw Error(Code::kPermissionDenied, "this server is read-only: slots cannot be freed");
  const auto step_key = arguments.Has("stepKey") ? arguments.Get<std::optional<std::string>>("stepKey") : std::nullopt;
  context.storage().events().FreeSlots(arguments.Get<std::string>("runId"), step_key);
  return true;
}

}  // namespace

void BindInstance(graphql::Schema& schema) {
  BindDaemons(schema);
  BindPools(schema);
  BindQueue(schema);
  schema.Object<InstanceView>("Instance")
      .Field("id", [] { return "Instance"; })
      .Field("hasInfo", [] { return true; })
      .Field("info",
             [](const RequestContext& context) { return std::optional(InstanceConfigYaml(context.instance())); })
      .Field("daemonHealth", [] { return DaemonHealth{}; })
      .Field("supportsConcurrencyLimits", [] { return true; })
      .Field("minConcurrencyLimitValue", [] { return 0; })
      .Field("maxConcurrencyLimitValue", [] { return kMaxPoolLimit; })
      .Field("concurrencyLimits", PoolsOf)
      .Field("concurrencyLimit", FindPool)
      .Field("useAutoMaterializeSensors",
             [](const RequestContext& context) { return context.instance().config().auto_materialize.use_sensors; })
      .Field("poolConfig", [](const RequestContext& context) { return &context.instance().config().pools; })
      .Field("freshnessEvaluationEnabled",
             [](const RequestContext& context) { return context.instance().config().freshness_enabled; });
  schema.Query().Field("instance", [] { return InstanceView{}; });
  schema.Mutation()
      .Field("setConcurrencyLimit", SetPoolLimit)
      .Field("deleteConcurrencyLimit", DeletePool)
      .Field("freeConcurrencySlots", FreeSlots)
      .Field("freeConcurrencySlotsForRun", FreeSlots);
}

}  // namespace tidemill::api
