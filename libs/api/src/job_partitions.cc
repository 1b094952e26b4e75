#include "job_partitions.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "asset_partitions.h"

namespace tidemill::api {
namespace {

constexpr std::string_view kImplicitAssetJobPrefix = "__ASSET_JOB";
constexpr std::string_view kHiddenTagPrefix = ".dagster/";

std::optional<assets::PartitionsDefinition> SharedByAssets(const PartitionedJob& job) {
  std::vector<assets::PartitionsDefinition> definitions;
  for (const model::AssetNodeSnap* asset : job.repository->AssetsOfJob(job.name)) {
    if (!asset->partitions || (job.selected_assets && !job.selected_assets->contains(asset->asset_key))) continue;
    auto definition = assets::PartitionsDefinition::FromSnap(*asset->partitions);
    if (std::ranges::find(definitions, definition) == definitions.end()) definitions.push_back(std::move(definition));
  }
  if (definitions.empty()) return std::nullopt;
  if (definitions.size() == 1) return std::move(definitions.front());
  throw Error(Code::kFailedPrecondition,
              fmt::format("the assets of job {} have {} different sets of partitions: select assets that share one",
                          job.name, definitions.size()));
}

}  // namespace

std::optional<assets::PartitionsDefinition> PartitionsOfJob(const PartitionedJob& job) {
  const model::PartitionSetSnap* set = job.repository->PartitionSetOfJob(job.name);
  if (set == nullptr) return SharedByAssets(job);
  return set->partitions ? std::optional(assets::PartitionsDefinition::FromSnap(*set->partitions)) : std::nullopt;
}

std::vector<std::string> PartitionKeysOf(const PartitionedJob& job, const RequestContext& context) {
  if (const auto definition = PartitionsOfJob(job)) {
    return definition->Keys({context.now(), &context.Local<StoredDynamicPartitions>()});
  }
  if (job.repository->PartitionSetOfJob(job.name) == nullptr) return {};
  return job.repository->client().PartitionNames(job.repository->name(), job.name);
}

model::Tags PartitionTagsOf(const PartitionedJob& job, const std::string& partition) {
  model::Tags tags;
  if (job.name.starts_with(kImplicitAssetJobPrefix)) {
    const auto definition = SharedByAssets(job);
    if (!definition) {
      throw Error(Code::kFailedPrecondition, fmt::format("none of the selected assets of {} has partitions", job.name));
    }
    tags = definition->TagsForKey(partition);
  } else {
    tags = job.repository->client().PartitionTags(job.repository->name(), job.name, partition);
  }
  std::erase_if(tags, [](const auto& tag) { return tag.first.starts_with(kHiddenTagPrefix); });
  return tags;
}

}  // namespace tidemill::api
