#include "asset_freshness.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string>

#include <fmt/format.h>

#include <tidemill/assets/cron.h>
#include <tidemill/base/error.h>

#include "asset_data_time.h"
#include "asset_node.h"
#include "asset_status.h"
#include "assets.h"

namespace tidemill::api {
namespace {

/// FreshnessPolicy: at each tick, or at any time, the data is to be no older than so many minutes.
struct LegacyPolicy {
  double maximum_lag_minutes = 0;
  std::optional<std::string> cron_schedule;
  std::optional<std::string> timezone;

  static LegacyPolicy Read(const json::Value& policy) {
    const auto text = [&](std::string_view name) {
      const json::Value* value = policy.Find(name);
      return value == nullptr || value->is_null() ? std::nullopt : std::optional(value->AsString());
    };
    return {policy.AsObject().At("maximum_lag_minutes").AsDouble(), text("cron_schedule"),
            text("cron_schedule_timezone")};
  }

  /// The last moment at which the data was to be fresh.
  std::optional<Timestamp> LastTick(Timestamp now) const {
    if (!cron_schedule || cron_schedule->empty()) return now;
    const auto zone = assets::TimeZone::Find(timezone.value_or("UTC"));
    const auto tick = assets::CronSchedule::Parse(*cron_schedule).Backward(now, zone).Next();
    return tick ? std::optional(tick->time) : std::nullopt;
  }
};

struct FreshnessInfo {
  std::optional<double> lag_minutes;
  std::optional<double> minutes_late;
};
struct FreshnessStatus {
  std::string_view status;
  bool has_data = false;
  std::optional<double> last_materialized;
};
struct LastMaterialized {
  std::optional<double> timestamp;
};
/// MaterializationUpstreamDataVersion.
struct UsedData {
  model::AssetKey key;
  model::AssetKey downstream;
  std::int64_t milliseconds;
};
/// What the last event of a policy says.
struct FreshnessState {
  std::string state;
  double changed_at = 0;
};

std::int64_t MillisecondsOf(Timestamp time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

/// Dagster's switch for installations that have left these policies behind.
bool AreLegacyPoliciesOff() {
  const char* text = std::getenv("DAGSTER_LEGACY_FRESHNESS_POLICY_KILLSWITCH");  // NOLINT(concurrency-mt-unsafe)
  std::string value = text == nullptr ? "" : text;
  std::ranges::transform(value, value.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return value == "1" || value == "true";
}

std::optional<LegacyPolicy> LegacyPolicyOf(const AssetNode& node, const RequestContext& context) {
  if (AreLegacyPoliciesOff()) return std::nullopt;
  if (!node.snap->legacy_freshness_policy.is_null()) return LegacyPolicy::Read(node.snap->legacy_freshness_policy);
  if (node.scope == AssetNode::Scope::kRepository) return std::nullopt;
  for (const workspace::AssetRef& declaration : context.workspace().DeclarationsOf(node.key())) {
    const json::Value& policy = declaration.node->legacy_freshness_policy;
    if (!policy.is_null()) return LegacyPolicy::Read(policy);
  }
  return std::nullopt;
}

/// When the data that was seen at an external asset was made, as its observer says.
std::optional<std::int64_t> SourceDataTime(const model::AssetKey& key, const RequestContext& context) {
  const auto latest = LatestEvent(context, key, model::EventType::kAssetObservation);
  if (!latest) return std::nullopt;
  const auto& observation = std::get<model::event::AssetObserved>(latest->entry.dagster_event->data).asset_observation;
  for (const auto& [label, value] : observation.metadata) {
    const auto* number = std::get_if<model::metadata::Float>(&value);
    if (label == "dagster/data_time" && number != nullptr) {
      return static_cast<std::int64_t>(number->value * 1000);
    }
  }
  return std::nullopt;
}

std::optional<FreshnessInfo> InfoOf(const AssetNode& node, const RequestContext& context) {
  const std::optional<LegacyPolicy> policy = LegacyPolicyOf(node, context);
  if (!policy) return std::nullopt;
  const bool is_observed = node.snap->execution_type == model::AssetExecutionType::kObservation;
  const auto data_time = is_observed ? SourceDataTime(node.key(), context) : DataTimes(context).Current(node.key());
  const std::optional<Timestamp> tick = policy->LastTick(context.now());
  if (!data_time || !tick) return FreshnessInfo{};
  const double lag = static_cast<double>(MillisecondsOf(*tick) - *data_time) / 60'000;
  return FreshnessInfo{std::max(0.0, lag), std::max(0.0, lag - policy->maximum_lag_minutes)};
}

std::optional<FreshnessState> StateOf(const model::AssetKey& key, const RequestContext& context) {
  const auto latest = LatestEvent(context, key, model::EventType::kFreshnessStateChange);
  if (!latest) return std::nullopt;
  const json::Object& data = std::get<model::event::Unknown>(latest->entry.dagster_event->data).data.AsObject();
  const std::string& state = data.At("new_state").AsObject().At("__enum__").AsString();
  return FreshnessState{state.substr(state.find('.') + 1), data.At("state_change_timestamp").AsDouble()};
}

std::string_view HealthOf(std::string_view state) {
  if (state == "PASS") return "HEALTHY";
  if (state == "WARN") return "WARNING";
  if (state == "FAIL") return "DEGRADED";
  return state == "NOT_APPLICABLE" ? "NOT_APPLICABLE" : "UNKNOWN";
}

std::vector<std::optional<FreshnessStatus>> StatusesOf(std::span<const AssetNode* const> nodes,
                                                       const RequestContext& context) {
  std::vector<model::AssetKey> keys;
  for (const AssetNode* node : nodes) {
    if (FreshnessPolicyOf(*node, context) != nullptr) keys.push_back(node->key());
  }
  const AssetStatus records(context, std::move(keys));
  std::vector<std::optional<FreshnessStatus>> statuses(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (FreshnessPolicyOf(*nodes[i], context) == nullptr) continue;
    const std::optional<FreshnessState> state = StateOf(nodes[i]->key(), context);
    FreshnessStatus status{HealthOf(state ? state->state : "UNKNOWN"), false, std::nullopt};
    status.has_data = status.status != "UNKNOWN" && status.status != "NOT_APPLICABLE";
    if (const auto* last = records.LastMaterialization(nodes[i]->key()))
      status.last_materialized = last->entry.timestamp;
    statuses[i] = status;
  }
  return statuses;
}

std::vector<UsedData> UsedDataOf(const AssetNode& node, const graphql::Arguments& arguments,
                                 const RequestContext& context) {
  std::vector<UsedData> used;
  const auto text = arguments.Get<std::string>("timestampMillis");
  if (text.empty() || !HasMaterializableParents(context.workspace().asset_graph(), node.id)) return used;
  std::int64_t milliseconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  if (read.ec != std::errc())
    throw Error(Code::kInvalidArgument, fmt::format("\"{}\" is no time in milliseconds", text));
  storage::EventQuery query;
  query.asset_key = node.key();
  query.before = Timestamp(std::chrono::milliseconds(milliseconds + 1000));
  query.after = Timestamp(std::chrono::milliseconds(milliseconds - 1000));
  query.limit = 1;
  const std::vector<storage::StoredEvent> events = context.storage().events().Events(query);
  if (events.empty()) return used;
  DataTimes times(context);
  for (const auto& [source, time] : times.Of(node.key(), events[0])) {
    if (time) used.push_back({source, node.key(), *time});
  }
  return used;
}

void BindLegacyPolicies(graphql::Schema& schema) {
  schema.Object<AssetNode>("AssetNode").Field("freshnessPolicy", LegacyPolicyOf).Field("freshnessInfo", InfoOf);
  schema.Object<LegacyPolicy>("FreshnessPolicy")
      .Field("maximumLagMinutes", &LegacyPolicy::maximum_lag_minutes)
      .Field("cronSchedule", &LegacyPolicy::cron_schedule)
      .Field("cronScheduleTimezone", &LegacyPolicy::timezone)
      .Field("lastEvaluationTimestamp", [](const LegacyPolicy& policy, const RequestContext& context) {
        const auto tick = policy.LastTick(context.now());
        return tick ? std::optional(std::to_string(MillisecondsOf(*tick))) : std::nullopt;
      });
  schema.Object<AssetNode>("AssetNode").Field("assetMaterializationUsedData", UsedDataOf);
  schema.Object<UsedData>("MaterializationUpstreamDataVersion")
      .Field("assetKey", &UsedData::key)
      .Field("downstreamAssetKey", &UsedData::downstream)
      .Field("timestamp", [](const UsedData& used) { return std::to_string(used.milliseconds); });
  schema.Object<FreshnessInfo>("AssetFreshnessInfo")
      .Field("currentLagMinutes", &FreshnessInfo::lag_minutes)
      .Field("currentMinutesLate", &FreshnessInfo::minutes_late)
      // Dagster no longer computes it.
      .Field("latestMaterializationMinutesLate", [] { return std::optional<double>(); });
}

}  // namespace

void BindAssetFreshness(graphql::Schema& schema) {
  BindLegacyPolicies(schema);
  schema.Object<AssetNode>("AssetNode").Batch("freshnessStatusInfo", StatusesOf);
  schema.Object<FreshnessStatus>("FreshnessStatusInfo")
      .Field("freshnessStatus", &FreshnessStatus::status)
      .Field("freshnessStatusMetadata", [](const FreshnessStatus& status) {
        return status.has_data ? std::optional(LastMaterialized{status.last_materialized}) : std::nullopt;
      });
  schema.Object<LastMaterialized>("AssetHealthFreshnessMeta")
      .Field("lastMaterializedTimestamp", &LastMaterialized::timestamp);
  schema.Object<Asset>("Asset")
      .Field("freshnessStatusChangedTimestamp",
             [](const Asset& asset, const RequestContext& context) {
               const auto state = StateOf(asset.key, context);
               return state ? std::optional(state->changed_at * 1000) : std::nullopt;
             })
      // Only Dagster's commercial product has it.
      .Field("assetHealth", [] { return graphql::AnyObject(); });
}

}  // namespace tidemill::api
