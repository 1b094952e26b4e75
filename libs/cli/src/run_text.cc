#include "run_text.h"

#include <fmt/format.h>

#include <tidemill/serdes/serdes.h>

#include "event_text.h"
#include "exit_code.h"
#include "progress_view.h"
#include "text.h"

namespace tidemill::cli {
namespace {

/// Dagster's step states, and two for steps that have not ended.
std::string_view StepStatusName(StepState state) {
  switch (state) {
    case StepState::kWaiting:
      return "WAITING";
    case StepState::kRunning:
      return "IN_PROGRESS";
    case StepState::kRetrying:
      return "RETRYING";
    case StepState::kSucceeded:
      return "SUCCESS";
    case StepState::kFailed:
      return "FAILURE";
    case StepState::kSkipped:
      return "SKIPPED";
  }
  return "";
}

json::Value StringList(const std::optional<std::vector<std::string>>& list) {
  return list ? json::Value(json::Array(list->begin(), list->end())) : json::Value();
}

std::string DurationText(const model::RunRecord& record) {
  if (!record.start_time || !record.end_time) return "-";
  return Duration(std::max(*record.end_time - *record.start_time, 0.0));
}

json::Value StepJson(const StepProgress& step) {
  return json::Object{{"key", step.key},
                      {"status", StepStatusName(step.state)},
                      {"start_time", TimeJson(step.start)},
                      {"end_time", TimeJson(step.end)},
                      {"attempts", static_cast<std::int64_t>(step.attempts)},
                      {"error", ErrorJson(step.error ? &*step.error : nullptr)}};
}

json::Value CheckJson(const CheckOutcome& check) {
  return json::Object{{"asset_key", AssetKeyJson(check.key.asset_key)},
                      {"name", check.key.name},
                      {"partition", OptionalJson(check.partition)},
                      {"passed", check.passed},
                      {"severity", check.severity == model::CheckSeverity::kError ? "ERROR" : "WARN"}};
}

}  // namespace

model::RunRecord GetRun(storage::Storage& storage, const std::string& run_id) {
  std::optional<model::RunRecord> record = storage.runs().GetRun(run_id);
  if (!record) {
    throw CommandError(ExitCode::kUsage, Code::kNotFound,
                       fmt::format("no run {} in this instance; `tidemill run list` shows the runs", run_id));
  }
  return *std::move(record);
}

std::optional<model::PlanSnap> ReadPlan(storage::Storage& storage, const model::Run& run) {
  if (!run.execution_plan_snapshot_id) return std::nullopt;
  const std::optional<std::string> text = storage.runs().SnapshotText(*run.execution_plan_snapshot_id);
  if (!text) return std::nullopt;
  return serdes::Decode<model::PlanSnap>(*text);
}

RunProgress ReadProgress(storage::Storage& storage, const model::Run& run) {
  using model::EventType;
  std::vector<std::string> steps;
  if (const auto plan = ReadPlan(storage, run)) steps = plan->step_keys_to_execute;
  RunProgress progress(run.run_id, run.job_name, steps);
  storage::RunEventQuery query;
  query.types = {EventType::kRunStart,
                 EventType::kRunSuccess,
                 EventType::kRunFailure,
                 EventType::kRunCanceled,
                 EventType::kRunCanceling,
                 EventType::kRunEnqueued,
                 EventType::kRunStarting,
                 EventType::kStepStart,
                 EventType::kStepRestarted,
                 EventType::kStepSuccess,
                 EventType::kStepFailure,
                 EventType::kStepSkipped,
                 EventType::kStepUpForRetry,
                 EventType::kAssetMaterialization,
                 EventType::kAssetCheckEvaluation};
  for (const storage::StoredEvent& event : storage.events().RunEvents(run.run_id, query)) progress.Apply(event.entry);
  return progress;
}

std::vector<std::string> RunRow(const model::RunRecord& record, const Paint& paint) {
  const model::Run& run = record.run;
  const std::string* partition = model::FindTag(run.tags, model::tag::kPartition);
  const double created = record.start_time.value_or(ToUnixSeconds(record.create_timestamp));
  // Padded before it is painted: colours take no columns.
  return {run.run_id,
          paint(ColorOf(run.status), PadRight(model::RunStatusName(run.status), 11)),
          LocalTime(created),
          PadLeft(DurationText(record), 7),
          partition ? Printable(*partition) : "-",
          Printable(run.job_name)};
}

std::string SelectionText(const model::Run& run) {
  std::vector<std::string> parts;
  if (run.asset_selection) {
    for (const model::AssetKey& key : *run.asset_selection) parts.push_back(Printable(key.ToUserString()));
  }
  if (run.asset_check_selection) {
    for (const model::AssetCheckKey& key : *run.asset_check_selection) parts.push_back(Printable(key.ToUserString()));
  }
  if (run.op_selection) parts.insert(parts.end(), run.op_selection->begin(), run.op_selection->end());
  if (parts.empty() && run.step_keys_to_execute) parts = *run.step_keys_to_execute;
  return parts.empty() ? "all" : Join(parts);
}

std::string RunText(const model::RunRecord& record, const RunProgress& progress, const Paint& paint) {
  const model::Run& run = record.run;
  std::string out = fmt::format("Run:       {}\nJob:       {}\nStatus:    {}\n", run.run_id, Printable(run.job_name),
                                paint(ColorOf(run.status), model::RunStatusName(run.status)));
  out += fmt::format("Selection: {}\nCreated:   {}\n", SelectionText(run),
                     LocalTime(ToUnixSeconds(record.create_timestamp)));
  if (record.start_time) out += fmt::format("Started:   {}\n", LocalTime(*record.start_time));
  if (record.end_time) out += fmt::format("Ended:     {} ({})\n", LocalTime(*record.end_time), DurationText(record));
  if (run.parent_run_id) out += fmt::format("Parent:    {}\n", *run.parent_run_id);
  for (const auto& [key, value] : run.tags)
    out += fmt::format("Tag:       {} = {}\n", Printable(key), Printable(value));
  if (run.run_config.is_object() && !run.run_config.AsObject().empty()) {
    out += fmt::format("Config:    {}\n", json::Dump(run.run_config));
  }
  std::vector<std::vector<std::string>> rows;
  for (const StepProgress& step : progress.steps()) {
    rows.push_back({Printable(step.key), std::string(StepStateName(step.state)),
                    step.start != 0 && step.end != 0 ? Duration(step.end - step.start) : "-",
                    step.attempts > 1 ? fmt::format("{} attempts", step.attempts) : ""});
  }
  if (!rows.empty()) out += "\n" + Table({"STEP", "STATE", "TIME", ""}, rows);
  if (!progress.materialized().empty()) out += "\nMaterialized:\n";
  for (const Materialized& made : progress.materialized()) {
    out += fmt::format("  {}{}\n", Printable(made.key.ToUserString()),
                       made.partition ? fmt::format(" [{}]", Printable(*made.partition)) : "");
  }
  if (model::IsFinished(run.status)) out += "\n" + RenderSummary(progress, paint);
  return out;
}

json::Object RunJson(const model::RunRecord& record) {
  const model::Run& run = record.run;
  json::Object tags;
  for (const auto& [key, value] : run.tags) tags.Set(key, value);
  json::Value assets;
  if (run.asset_selection) {
    json::Array keys;
    for (const model::AssetKey& key : *run.asset_selection) keys.push_back(AssetKeyJson(key));
    assets = std::move(keys);
  }
  return json::Object{{"run_id", run.run_id},
                      {"job", run.job_name},
                      {"status", model::RunStatusName(run.status)},
                      {"create_time", ToUnixSeconds(record.create_timestamp)},
                      {"start_time", TimeJson(record.start_time.value_or(0))},
                      {"end_time", TimeJson(record.end_time.value_or(0))},
                      {"tags", std::move(tags)},
                      {"root_run_id", OptionalJson(run.root_run_id)},
                      {"parent_run_id", OptionalJson(run.parent_run_id)},
                      {"asset_selection", std::move(assets)},
                      {"op_selection", StringList(run.op_selection)}};
}

json::Object RunResultJson(const model::RunRecord& record, const RunProgress& progress) {
  json::Object out = RunJson(record);
  json::Array steps;
  for (const StepProgress& step : progress.steps()) steps.push_back(StepJson(step));
  json::Array made;
  for (const Materialized& one : progress.materialized()) {
    made.push_back(json::Object{{"asset_key", AssetKeyJson(one.key)}, {"partition", OptionalJson(one.partition)}});
  }
  json::Array checks;
  for (const CheckOutcome& check : progress.checks()) checks.push_back(CheckJson(check));
  out.Set("steps", std::move(steps));
  out.Set("materializations", std::move(made));
  out.Set("checks", std::move(checks));
  out.Set("error", ErrorJson(progress.error() ? &*progress.error() : nullptr));
  return out;
}

}  // namespace tidemill::cli
