#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <tidemill/graphql/schema.h>
#include <tidemill/model/plan_snap.h>

#include "run.h"

namespace tidemill::api {

/// ExecutionPlan: the steps that a run takes.
struct ExecutionPlan {
  std::shared_ptr<const model::PlanSnap> plan;
};

/// The stored plan of a run; nothing if it has none.
std::optional<ExecutionPlan> PlanOf(const Run& run, const RequestContext& context);

/// What the steps to execute make and check, each once, in the order of the plan's steps.
std::vector<model::AssetKey> AssetKeysOf(const model::PlanSnap& plan);
std::vector<model::AssetCheckKey> CheckKeysOf(const model::PlanSnap& plan);

void BindExecutionPlan(graphql::Schema& schema);

}  // namespace tidemill::api
