#include "asset_mutations.h"

#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/model/plain_metadata.h>
#include <tidemill/serdes/serdes.h>

#include "asset_node.h"
#include "asset_partitions.h"
#include "mutation.h"

namespace tidemill::api {
namespace {

using model::EventType;

/// A first and a last key.
struct PartitionRange {
  std::string start;
  std::string end;
};
/// AssetPartitionRange: partitions of an asset, or all of it.
struct AssetPartitionRange {
  model::AssetKey key;
  std::optional<PartitionRange> range;
};
struct Wiped {
  std::vector<AssetPartitionRange> ranges;
};
/// The asset whose event was stored.
struct Reported {
  model::AssetKey key;
};
struct CheckReported {
  model::AssetKey key;
  std::string check_name;
};
struct PartitionAdded {
  std::string definition;
  std::string partition;
};
struct PartitionsDeleted {
  std::string definition;
};

/// Stores an event that belongs to no run.
void Report(const RequestContext& context, EventType type, model::EventData data) {
  model::EventLogEntry entry;
  entry.timestamp = ToUnixSeconds(context.services().clock.Now());
  entry.level = model::level::kInfo;
  model::DagsterEvent& event = entry.dagster_event.emplace();
  event.type = type;
  event.data = std::move(data);
  const storage::NewEvent stored(std::move(entry));
  context.storage().events().Append({&stored, 1});
}

std::vector<AssetPartitionRange> RangesOf(const graphql::Arguments& arguments) {
  std::vector<AssetPartitionRange> ranges;
  for (const graphql::Input& input : arguments.Get<std::vector<graphql::Input>>("assetPartitionRanges")) {
    AssetPartitionRange range{AssetKeyOf(input.Get<graphql::Input>("assetKey")), std::nullopt};
    if (const auto partitions = input.Get<std::optional<graphql::Input>>("partitions")) {
      const auto bounds = partitions->Get<graphql::Input>("range");
      range.range = PartitionRange{bounds.Get<std::string>("start"), bounds.Get<std::string>("end")};
    }
    ranges.push_back(std::move(range));
  }
  return ranges;
}

std::variant<Wiped, NamedError> Wipe(const graphql::Arguments& arguments, const RequestContext& context) {
  if (context.read_only()) return Unauthorized();
  Wiped wiped{RangesOf(arguments)};
  for (const AssetPartitionRange& range : wiped.ranges) {
    if (!range.range) continue;
    if (!FindAssetNode(context, range.key)) {
      return NamedError("AssetNotFoundError", fmt::format("Asset key {} not found.", range.key.ToColumn()));
    }
    // Dagster's own SQL storages refuse it too: what was made of a partition stays in the history.
    return NamedError("UnsupportedOperationError", "Partitioned asset wipe is not supported yet.");
  }
  for (const AssetPartitionRange& range : wiped.ranges) {
    context.storage().events().WipeAsset(range.key);
    const json::Object data{
        {"__class__", "AssetWipedData"}, {"asset_key", serdes::ToJson(range.key)}, {"partition_keys", nullptr}};
    Report(context, EventType::kAssetWiped, model::event::Unknown{data});
  }
  return wiped;
}

/// One key for each event to store; no key where the asset as a whole is meant.
std::vector<std::optional<std::string>> PartitionKeysOf(const graphql::Input& params) {
  auto keys = params.Get<std::optional<std::vector<std::optional<std::string>>>>("partitionKeys");
  return keys ? *std::move(keys) : std::vector<std::optional<std::string>>(1);
}

std::variant<Reported, NamedError> ReportRunless(const graphql::Arguments& arguments, const RequestContext& context) {
  if (context.read_only()) return Unauthorized();
  const auto params = arguments.Get<graphql::Input>("eventParams");
  const model::AssetKey key = AssetKeyOf(params.Get<graphql::Input>("assetKey"));
  const auto description = params.Get<std::optional<std::string>>("description");
  const bool is_observation = params.Get<std::string_view>("eventType") == "ASSET_OBSERVATION";
  for (const std::optional<std::string>& partition : PartitionKeysOf(params)) {
    if (is_observation) {
      Report(context, EventType::kAssetObservation, model::event::AssetObserved{{key, description, {}, partition, {}}});
    } else {
      Report(context, EventType::kAssetMaterialization,
             model::event::StepMaterialization{{key, description, {}, partition, {}}, {}});
    }
  }
  return Reported{key};
}

std::variant<CheckReported, NamedError> ReportCheck(const graphql::Arguments& arguments,
                                                    const RequestContext& context) {
  if (context.read_only()) return Unauthorized();
  const auto params = arguments.Get<graphql::Input>("eventParams");
  model::event::CheckEvaluation evaluation;
  evaluation.asset_key = AssetKeyOf(params.Get<graphql::Input>("assetKey"));
  evaluation.check_name = params.Get<std::string>("checkName");
  evaluation.passed = params.Get<bool>("passed");
  evaluation.description = params.Get<std::optional<std::string>>("description");
  if (params.Get<std::string>("severity", "ERROR") == "WARN") evaluation.severity = model::CheckSeverity::kWarn;
  if (const auto text = params.Get<std::optional<std::string>>("serializedMetadata"); text && !text->empty()) {
    for (const auto& [label, value] : json::Parse(*text).AsObject()) {
      evaluation.metadata.emplace_back(label, model::PlainMetadata(value));
    }
  }
  for (const std::optional<std::string>& partition : PartitionKeysOf(params)) {
    evaluation.partition = partition;
    Report(context, EventType::kAssetCheckEvaluation, evaluation);
  }
  return CheckReported{evaluation.asset_key, evaluation.check_name};
}

bool Uses(const model::PartitionsSnap& snap, const std::string& definition) {
  if (const auto* dynamic = std::get_if<model::DynamicPartitionsSnap>(&snap)) return dynamic->name == definition;
  const auto* multi = std::get_if<model::MultiPartitionsSnap>(&snap);
  return multi != nullptr && std::ranges::any_of(multi->dimensions, [&](const auto& dimension) {
           return Uses(dimension.second, definition);
         });
}

/// The assets of the repository whose partitions this dynamic definition makes, alone or as a dimension.
std::vector<const model::AssetNodeSnap*> UsersOf(const std::string& definition, const graphql::Arguments& arguments,
                                                 const RequestContext& context) {
  const auto selector = arguments.Get<graphql::Input>("repositorySelector");
  const workspace::Repository* repository = context.workspace().FindRepository(
      {selector.Get<std::string>("repositoryLocationName"), selector.Get<std::string>("repositoryName")});
  std::vector<const model::AssetNodeSnap*> users;
  if (repository == nullptr) return users;
  for (const model::AssetNodeSnap& node : repository->snap().asset_nodes) {
    if (node.partitions && Uses(*node.partitions, definition)) users.push_back(&node);
  }
  return users;
}

NamedError NoSuchDefinition() {
  return Unauthorized("The repository does not contain a dynamic partitions definition with the given name.");
}

std::variant<PartitionAdded, NamedError> AddPartition(const graphql::Arguments& arguments,
                                                      const RequestContext& context) {
  if (context.read_only()) return Unauthorized();
  PartitionAdded added{arguments.Get<std::string>("partitionsDefName"), arguments.Get<std::string>("partitionKey")};
  if (UsersOf(added.definition, arguments, context).empty()) return NoSuchDefinition();
  if (context.Local<StoredDynamicPartitions>().Has(added.definition, added.partition)) {
    return NamedError("DuplicateDynamicPartitionError",
                      fmt::format("Partition {} already exists in dynamic partitions definition {}.", added.partition,
                                  added.definition))
        .With("partitionsDefName", added.definition)
        .With("partitionName", added.partition);
  }
  context.storage().events().AddDynamicPartitions(added.definition, {added.partition});
  return added;
}

std::variant<PartitionsDeleted, NamedError> DeletePartitions(const graphql::Arguments& arguments,
                                                             const RequestContext& context) {
  if (context.read_only()) return Unauthorized();
  PartitionsDeleted deleted{arguments.Get<std::string>("partitionsDefName")};
  if (UsersOf(deleted.definition, arguments, context).empty()) return NoSuchDefinition();
  if (arguments.Get<bool>("wipeMaterializations", false)) {
    return NamedError("UnsupportedOperationError",
                      "Partitioned asset wipe is not supported by this event log storage. The partitions were not "
                      "deleted.");
  }
  for (const auto& partition : arguments.Get<std::vector<std::string>>("partitionKeys")) {
    context.storage().events().DeleteDynamicPartition(deleted.definition, partition);
  }
  return deleted;
}

bool SetPaused(const graphql::Arguments& arguments, const RequestContext& context) {
  if (context.read_only()) throw Error(Code::kPermissionDenied, "the server is read-only");
  const bool paused = arguments.Get<bool>("paused");
  context.storage().runs().SetValue(kAutomationPausedKey, paused ? "true" : "false");
  return paused;
}

void BindResults(graphql::Schema& schema) {
  schema.Object<PartitionRange>("PartitionRange")
      .Field("start", &PartitionRange::start)
      .Field("end", &PartitionRange::end);
  schema.Object<AssetPartitionRange>("AssetPartitionRange")
      .Field("assetKey", &AssetPartitionRange::key)
      .Field("partitionRange", &AssetPartitionRange::range);
  schema.Object<Wiped>("AssetWipeSuccess").Field("assetPartitionRanges", &Wiped::ranges);
  schema.Object<Reported>("ReportRunlessAssetEventsSuccess").Field("assetKey", &Reported::key);
  schema.Object<CheckReported>("ReportAssetCheckEvaluationsSuccess")
      .Field("assetKey", &CheckReported::key)
      .Field("checkName", &CheckReported::check_name);
  schema.Object<PartitionAdded>("AddDynamicPartitionSuccess")
      .Field("partitionsDefName", &PartitionAdded::definition)
      .Field("partitionKey", &PartitionAdded::partition);
  schema.Object<PartitionsDeleted>("DeleteDynamicPartitionsSuccess")
      .Field("partitionsDefName", &PartitionsDeleted::definition);
}

}  // namespace

void BindAssetMutations(graphql::Schema& schema) {
  BindResults(schema);
  schema.Mutation()
      .Field("wipeAssets", Wipe)
      .Field("reportRunlessAssetEvents", ReportRunless)
      .Field("reportAssetCheckEvaluations", ReportCheck)
      .Field("addDynamicPartition", AddPartition)
      .Field("deleteDynamicPartitions", DeletePartitions)
      .Field("setAutoMaterializePaused", SetPaused);
}

}  // namespace tidemill::api
