#include <memory>
#include <utility>

#include <tidemill/base/error.h>

#include "asset_partitions.h"
#include "asset_staleness.h"

namespace tidemill::api {
namespace {

std::vector<AssetNode> CopyOf(std::span<const AssetNode* const> nodes) {
  std::vector<AssetNode> copies;
  for (const AssetNode* node : nodes) copies.push_back(*node);
  return copies;
}

void RequirePartitions(const AssetNode& node) {
  if (node.snap->partitions) return;
  throw Error(Code::kInvalidArgument, "Asset node has no partitions definition");
}

/// Answers a field with the argument `partition` for all assets together.
template <class F>
auto EachWithPartition(F answer) {
  return [answer](std::span<const AssetNode* const> nodes, const graphql::Arguments& arguments,
                  const RequestContext& context) {
    auto partition = arguments.Get<std::optional<std::string>>("partition");
    if (partition && partition->empty()) partition.reset();
    Staleness staleness(context, CopyOf(nodes));
    std::vector<decltype(answer(staleness, AssetPartition()))> values;
    for (const AssetNode* node : nodes) {
      if (partition) RequirePartitions(*node);
      values.push_back(answer(staleness, AssetPartition{node->key(), partition}));
    }
    return values;
  };
}

/// Answers a field with the argument `partitions`, or for all partitions, with one value for each.
template <class F>
auto ForEachPartition(F answer) {
  return [answer](const AssetNode& node, const graphql::Arguments& arguments, const RequestContext& context) {
    RequirePartitions(node);
    auto partitions = arguments.Get<std::optional<std::vector<std::string>>>("partitions");
    if (!partitions) {
      const auto& dynamic = context.Local<StoredDynamicPartitions>();
      partitions = PartitionsOf(node)->Keys({context.now(), &dynamic});
    }
    Staleness staleness(context, {node});
    std::vector<decltype(answer(staleness, AssetPartition()))> values;
    for (const std::string& partition : *partitions) values.push_back(answer(staleness, {node.key(), partition}));
    return values;
  };
}

}  // namespace

void BindAssetStaleness(graphql::Schema& schema) {
  const auto status = [](Staleness& staleness, const AssetPartition& subject) { return staleness.StatusOf(subject); };
  const auto causes = [](Staleness& staleness, const AssetPartition& subject) {
    return staleness.RootCausesOf(subject);
  };
  const auto version = [](Staleness& staleness, const AssetPartition& subject) {
    return staleness.DataVersionOf(subject);
  };
  schema.Object<AssetNode>("AssetNode")
      .Batch("staleStatus", EachWithPartition(status))
      .Batch("staleCauses", EachWithPartition(causes))
      .Batch("dataVersion", EachWithPartition(version))
      .Field("staleStatusByPartition", ForEachPartition(status))
      .Field("staleCausesByPartition", ForEachPartition(causes))
      .Field("dataVersionByPartition", ForEachPartition(version));
  schema.Object<StaleCause>("StaleCause")
      .Field("key", [](const StaleCause& cause) -> const model::AssetKey& { return cause.subject.key; })
      .Field(
          "partitionKey", [](const StaleCause& cause) -> const auto& { return cause.subject.partition; })
      .Field("category", &StaleCause::category)
      .Field("reason", &StaleCause::reason)
      .Field("dependency",
             [](const StaleCause& cause) {
               return cause.dependency ? std::optional(cause.dependency->key) : std::nullopt;
             })
      .Field("dependencyPartitionKey",
             [](const StaleCause& cause) { return cause.dependency ? cause.dependency->partition : std::nullopt; });
}

}  // namespace tidemill::api
