#include <array>

#include <fmt/format.h>

#include <tidemill/launch/reexecution.h>

namespace tidemill::launch {
namespace {

constexpr auto kBackfillTags =
    std::to_array<std::string_view>({model::tag::kBackfill, "dagster/parent_backfill_id", "dagster/root_backfill_id"});

/// A backfill that is still going on counts the run that repeats one of its own.
void KeepBackfillTags(const Context& context, const model::Run& parent, model::Tags& tags) {
  const std::string* backfill_id = model::FindTag(parent.tags, model::tag::kBackfill);
  if (backfill_id == nullptr) return;
  const auto backfill = context.storage().runs().GetBackfill(*backfill_id);
  if (!backfill || backfill->status != "REQUESTED") return;
  for (const std::string_view key : kBackfillTags) {
    if (const std::string* value = model::FindTag(parent.tags, key)) model::SetTag(tags, key, *value);
  }
}

bool TiesToParent(std::string_view key) {
  return key == model::tag::kParentRunId || key == model::tag::kRootRunId || key == model::tag::kResumeRetry;
}

}  // namespace

Request Reexecute(const Context& context, const model::Run& parent, const ReexecutionOptions& options) {
  const auto repository = RepositoryOf(parent);
  if (!repository) {
    throw Error(Code::kFailedPrecondition,
                fmt::format("run {} does not say which code location its job {} comes from: launch the job instead",
                            parent.run_id, parent.job_name));
  }
  engine::Reexecution again =
      engine::PlanReexecution(context.storage(), parent, options.strategy, options.chosen_steps);
  Request request;
  request.target = {repository->repository_name, parent.job_name, parent.op_selection, parent.asset_selection,
                    parent.asset_check_selection};
  request.run_config = options.run_config.value_or(parent.run_config);
  if (options.with_parent_tags) {
    for (const auto& [key, value] : again.tags) {
      if (!TiesToParent(key)) request.tags.emplace_back(key, value);
    }
    KeepBackfillTags(context, parent, request.tags);
  }
  for (const auto& [key, value] : options.extra_tags) model::SetTag(request.tags, key, value);
  for (const auto& [key, value] : again.tags) {
    if (TiesToParent(key)) model::SetTag(request.tags, key, value);
  }
  request.reexecution = std::move(again);
  request.lists_all_steps = false;
  return request;
}

}  // namespace tidemill::launch
