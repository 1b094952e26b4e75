#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tidemill/assets/partitions.h>
#include <tidemill/engine/definitions.h>
#include <tidemill/engine/step_context.h>
#include <tidemill/model/runs.h>
#include <tidemill/plan/execution_plan.h>

namespace tidemill::engine {

/// Which partitions one step of a run reads and makes.
class StepPartitions final {
 public:
  /// Throws Error(kInvalidArgument) that names the partition if the step's assets do not have it.
  StepPartitions(const JobDefinition& job, const plan::PlanStep& step, const model::Tags& run_tags,
                 const assets::PartitionsContext& context);

  /// Of the run; nothing if it has no partition, or the step knows none.
  const std::optional<PartitionScope>& scope() const { return scope_; }
  /// The partitions of the asset that the output makes; none if it is not partitioned.
  const std::vector<std::string>& OutputKeys(const AssetOutput& asset) const;
  /// The partitions of the asset that the input reads; none if it is not partitioned.
  std::vector<std::string> InputKeys(const AssetInput& input) const;
  /// The partition of a check's evaluation, if the check has partitions and the run has exactly one.
  std::optional<std::string> CheckPartition(const CheckOutput& check) const;
  /// The run's only partition.
  std::optional<std::string> SingleKey() const;

 private:
  const assets::PartitionsContext& context_;
  std::optional<assets::PartitionsDefinition> definition_;
  std::optional<PartitionScope> scope_;
};

}  // namespace tidemill::engine
