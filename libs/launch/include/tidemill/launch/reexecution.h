#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tidemill/engine/run_creation.h>
#include <tidemill/launch/create_run.h>

namespace tidemill::launch {

struct ReexecutionOptions {
  engine::ReexecutionStrategy strategy = engine::ReexecutionStrategy::kAllSteps;
  std::vector<std::string> chosen_steps;  ///< Of kChosenSteps.
  model::Tags extra_tags;                 ///< Laid over the parent's.
  bool with_parent_tags = true;
  std::optional<json::Value> run_config;  ///< Nothing: the parent's.
};

/// The request that executes `parent` again, of the same part of its job with the same configuration. Tags that tell of
/// the parent's own fate are left out; those of its backfill stay only while that goes on. Throws Error:
/// kFailedPrecondition if there is no failure to go on from or the parent has not ended, or if its row does not say
/// where it came from.
Request Reexecute(const Context& context, const model::Run& parent, const ReexecutionOptions& options);

/// The request that executes again what `parent` planned and did not make: assets without a materialization or with a
/// blocking check that failed, checks without an evaluation, and all that their steps must make with them. Takes
/// strategy and steps of `options` for nothing. Throws as Reexecute; kFailedPrecondition also if nothing is left.
Request ReexecuteMissingAssets(const Context& context, const model::Run& parent, const ReexecutionOptions& options);

}  // namespace tidemill::launch
