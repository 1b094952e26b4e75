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

}  // namespace tidemill::launch
