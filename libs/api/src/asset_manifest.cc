#include "asset_manifest.h"

#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tidemill/base/json.h>

#include "asset_node.h"
#include "asset_partitions.h"
#include "asset_policies.h"
#include "automation.h"

namespace tidemill::api {
namespace {

// Of a description; lists show no more.
constexpr std::int64_t kDescriptionCharacters = 240;

json::Value MaybeText(const std::optional<std::string>& text) { return text ? json::Value(*text) : json::Value(); }

json::Array TextsOf(const auto& texts) {
  json::Array array;
  for (const auto& text : texts) array.emplace_back(text);
  return array;
}

json::Object KeyOf(const model::AssetKey& key) { return {{"__typename", "AssetKey"}, {"path", TextsOf(key.path)}}; }

json::Object DimensionOf(const model::PartitionsSnap& snap) {
  const auto* dynamic = std::get_if<model::DynamicPartitionsSnap>(&snap);
  return {{"__typename", "DimensionDefinitionType"},
          {"type", PartitionTypeOf(snap)},
          {"dynamicPartitionsDefinitionName", dynamic == nullptr ? json::Value() : MaybeText(dynamic->name)}};
}

json::Value PartitionsOf(const std::optional<model::PartitionsSnap>& snap) {
  if (!snap) return nullptr;
  json::Array dimensions;
  if (const auto* multi = std::get_if<model::MultiPartitionsSnap>(&*snap)) {
    for (const auto& [name, dimension] : multi->dimensions) dimensions.emplace_back(DimensionOf(dimension));
  } else {
    dimensions.emplace_back(DimensionOf(*snap));
  }
  return json::Object{{"__typename", "PartitionDefinition"}, {"dimensionTypes", std::move(dimensions)}};
}

json::Value FreshnessOf(const json::Value& policy) {
  if (policy.is_null()) return nullptr;
  const InternalFreshness freshness = ReadFreshnessPolicy(policy);
  if (const auto* window = std::get_if<TimeWindowFreshness>(&freshness)) {
    return json::Object{
        {"__typename", "TimeWindowFreshnessPolicy"},
        {"failWindowSeconds", window->fail_window_seconds},
        {"warnWindowSeconds", window->warn_window_seconds ? json::Value(*window->warn_window_seconds) : json::Value()}};
  }
  const auto& cron = std::get<CronFreshness>(freshness);
  return json::Object{{"__typename", "CronFreshnessPolicy"},
                      {"deadlineCron", cron.deadline_cron},
                      {"lowerBoundDeltaSeconds", cron.lower_bound_delta_seconds},
                      {"timezone", cron.timezone}};
}

json::Value OwnerOf(const std::string& text) {
  const AssetOwner owner = ReadOwner(text);
  if (const auto* user = std::get_if<UserOwner>(&owner)) {
    return json::Object{{"__typename", "UserAssetOwner"}, {"email", user->email}};
  }
  return json::Object{{"__typename", "TeamAssetOwner"}, {"team", std::get<TeamOwner>(owner).team}};
}

json::Value AddressOf(const model::Metadata& metadata) {
  const std::optional<StorageAddress> address = StorageAddressOf(metadata);
  if (!address) return nullptr;
  return json::Object{{"__typename", "StorageAddress"},
                      {"storageKind", MaybeText(address->storage_kind)},
                      {"tableName", address->table_name}};
}

json::Array TagsOf(const model::Tags& tags) {
  json::Array array;
  for (const auto& [key, value] : tags) {
    array.emplace_back(json::Object{{"__typename", "DefinitionTag"}, {"key", key}, {"value", value}});
  }
  return array;
}

void AddDefinition(const AssetNode& node, json::Object& entry) {
  const model::AssetNodeSnap& snap = *node.snap;
  json::Array dependencies;
  for (const auto& dependency : snap.dependencies) dependencies.emplace_back(KeyOf(dependency.upstream_asset_key));
  json::Array owners;
  for (const std::string& owner : snap.owners) owners.push_back(OwnerOf(owner));
  entry.Append("assetKey", KeyOf(snap.asset_key));
  entry.Append("graphName", MaybeText(snap.graph_name));
  entry.Append("dependencyKeys", std::move(dependencies));
  entry.Append("changedReasons", json::Array());
  entry.Append("groupName", MaybeText(snap.group_name));
  entry.Append("opNames", TextsOf(snap.op_names));
  entry.Append("computeKind", MaybeText(snap.compute_kind));
  entry.Append("internalFreshnessPolicy", FreshnessOf(snap.freshness_policy));
  entry.Append("partitionDefinition", PartitionsOf(snap.partitions));
  entry.Append("automationCondition",
               HasAutomation(snap) ? json::Value(json::Object{{"__typename", "AutomationCondition"}}) : json::Value());
  entry.Append("description",
               snap.description ? json::Value(Truncate(*snap.description, kDescriptionCharacters)) : json::Value());
  entry.Append("owners", std::move(owners));
  entry.Append("tags", TagsOf(snap.tags));
  entry.Append("jobNames", TextsOf(snap.job_names));
  entry.Append("kinds", TextsOf(KindsOf(node)));
  entry.Append("storageAddress", AddressOf(snap.metadata));
}

json::Value EntryOf(const AssetNode& node, const RequestContext& context) {
  using Type = model::AssetExecutionType;
  const Type type = node.snap->execution_type;
  json::Object entry;
  entry.Append("__typename", "AssetNode");
  entry.Append("id", AssetNodeId(node));
  AddDefinition(node, entry);
  entry.Append("isMaterializable", type == Type::kMaterialization);
  entry.Append("isObservable", type == Type::kObservation);
  entry.Append("isExecutable", type != Type::kUnexecutable);
  entry.Append("isPartitioned", node.snap->partitions.has_value());
  entry.Append("isAutoCreatedStub", IsStub(node));
  entry.Append("hasAssetChecks", HasChecks(node, context));
  for (const char* permission :
       {"hasMaterializePermission", "hasWipePermission", "hasReportRunlessAssetEventPermission"}) {
    entry.Append(permission, !context.read_only());
  }
  return entry;
}

}  // namespace

void BindAssetManifest(graphql::Schema& schema) {
  schema.Object<workspace::Repository>("Repository")
      .Field("assetManifest", [](const workspace::Repository& repository, const RequestContext& context) {
        json::Array manifest;
        for (const AssetNode& node : AssetNodesOf(repository, context)) manifest.push_back(EntryOf(node, context));
        return json::Value(std::move(manifest));
      });
}

}  // namespace tidemill::api
