#include "step_partitions.h"

#include <tidemill/assets/partition_mapping.h>
#include <tidemill/assets/partitions_subset.h>

namespace tidemill::engine {
namespace {

const std::vector<std::string> kNoKeys;

/// The definition by which the run's partition is to be read: that of the first partitioned asset or check of the step,
/// or the job's.
std::optional<assets::PartitionsDefinition> DefinitionOf(const JobDefinition& job, const plan::PlanStep& step) {
  for (const model::StepOutputSnap& output : step.snap.outputs) {
    const Port port(step.snap.key, output.name);
    if (const auto asset = job.asset_outputs.find(port); asset != job.asset_outputs.end() && asset->second.partitions) {
      return asset->second.partitions;
    }
    if (const auto check = job.check_outputs.find(port); check != job.check_outputs.end() && check->second.partitions) {
      return check->second.partitions;
    }
  }
  return job.partitions;
}

}  // namespace

StepPartitions::StepPartitions(const JobDefinition& job, const plan::PlanStep& step, const model::Tags& run_tags,
                               const assets::PartitionsContext& context)
    : context_(context) {
  const std::string* key = model::FindTag(run_tags, model::tag::kPartition);
  const std::string* first = model::FindTag(run_tags, model::tag::kPartitionRangeStart);
  const std::string* last = model::FindTag(run_tags, model::tag::kPartitionRangeEnd);
  if (key == nullptr && (first == nullptr || last == nullptr)) return;
  definition_ = DefinitionOf(job, step);
  if (!definition_) return;
  scope_.emplace();
  if (key != nullptr) {
    definition_->CheckKey(*key, context);
    scope_->keys = {*key};
  } else {
    scope_->keys = definition_->KeysInRange(*first, *last, context);
  }
  if (scope_->keys.empty()) return;
  const auto start = definition_->WindowOf(scope_->keys.front());
  const auto end = definition_->WindowOf(scope_->keys.back());
  if (start && end) scope_->time_window.emplace(start->start, end->end);
}

const std::vector<std::string>& StepPartitions::OutputKeys(const AssetOutput& asset) const {
  return scope_ && asset.partitions ? scope_->keys : kNoKeys;
}

std::vector<std::string> StepPartitions::InputKeys(const AssetInput& input) const {
  if (!input.partitions) return {};
  const assets::PartitionsDefinition* downstream = scope_ && definition_ ? &*definition_ : nullptr;
  const assets::PartitionMapping mapping =
      input.mapping ? *input.mapping : assets::PartitionMapping::Default(downstream, &*input.partitions);
  std::optional<assets::PartitionsSubset> keys;
  if (downstream != nullptr) keys = assets::PartitionsSubset::OfKeys(*downstream, scope_->keys, context_);
  return mapping.Upstream(keys ? &*keys : nullptr, *input.partitions, context_).subset.KeysInOrder(context_);
}

std::optional<std::string> StepPartitions::CheckPartition(const CheckOutput& check) const {
  return check.partitions ? SingleKey() : std::nullopt;
}

std::optional<std::string> StepPartitions::SingleKey() const {
  if (!scope_ || scope_->keys.size() != 1) return std::nullopt;
  return scope_->keys.front();
}

}  // namespace tidemill::engine
