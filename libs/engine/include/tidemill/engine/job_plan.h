#pragma once

#include <set>
#include <string>
#include <vector>

#include <tidemill/engine/definitions.h>
#include <tidemill/engine/run_config.h>
#include <tidemill/plan/execution_plan.h>

namespace tidemill::engine {

/// The job's execution plan. Inputs that `config` gives a value to take it from there. Throws Error as
/// plan::BuildExecutionPlan.
plan::ExecutionPlan PlanJob(const JobDefinition& job, const RunConfig& config);

/// Keys of the resources that these steps need, with those that they need themselves.
std::set<std::string> RequiredResources(const JobDefinition& job, const plan::ExecutionPlan& plan,
                                        const std::vector<plan::StepId>& steps);

/// The op of a step. Throws Error(kInternal) if the job's structure names an op that has no code.
const OpDefinition& OpOf(const JobDefinition& job, const plan::PlanStep& step);
const InputDefinition& InputOf(const OpDefinition& op, std::string_view name);
const OutputDefinition& OutputOf(const OpDefinition& op, std::string_view name);
/// The IO manager that stores the output. Throws Error(kInternal) if the plan has no such step.
const std::string& IoManagerOf(const JobDefinition& job, const plan::ExecutionPlan& plan,
                               const model::StepOutputHandle& handle);
/// The policy of a step: its node's, its op's, or the job's; null if it has none.
const RetryPolicy* RetryPolicyOf(const JobDefinition& job, const plan::PlanStep& step);

/// Whether values of this type are not stored and not loaded.
bool IsNothing(const ValueType* type);
/// Dagster's name of the type in messages.
std::string DisplayName(const ValueType* type);

}  // namespace tidemill::engine
