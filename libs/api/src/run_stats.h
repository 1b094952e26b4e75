#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/graphql/schema.h>
#include <tidemill/storage/event_storage.h>

namespace tidemill::api {

/// RunStepStats: how one step of a run went.
struct StepStats {
  std::string run_id;
  std::shared_ptr<const storage::StepStats> stats;
};

/// Of the given steps; of all if there are none.
std::vector<StepStats> StepStatsOf(const RequestContext& context, const std::string& run_id,
                                   const std::vector<std::string>& step_keys);

/// The counts and times of runs and steps, and `stats` and `stepStats` of Run.
void BindRunStats(graphql::Schema& schema);

}  // namespace tidemill::api
