#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/model/plan_snap.h>
#include <tidemill/model/runs.h>
#include <tidemill/storage/storage.h>

#include "paint.h"
#include "run_progress.h"

namespace tidemill::cli {

/// The run, or CommandError(kUsage) with the remedy.
model::RunRecord GetRun(storage::Storage& storage, const std::string& run_id);

/// Where a stored run stands, by its plan and events.
RunProgress ReadProgress(storage::Storage& storage, const model::Run& run);

/// The plan that the run was created with; nothing if it has none.
std::optional<model::PlanSnap> ReadPlan(storage::Storage& storage, const model::Run& run);

/// A line of `run list`.
std::vector<std::string> RunRow(const model::RunRecord& record, const Paint& paint);

/// `run show` for people.
std::string RunText(const model::RunRecord& record, const RunProgress& progress, const Paint& paint);

/// docs/cli.md, "run" (of a list) and "run result" (with steps, materializations and checks).
json::Object RunJson(const model::RunRecord& record);
json::Object RunResultJson(const model::RunRecord& record, const RunProgress& progress);

/// What a run selected, in words: assets, ops, or "all".
std::string SelectionText(const model::Run& run);

}  // namespace tidemill::cli
