#include "launch.h"

#include <fmt/format.h>
#include <malloc.h>

#include <tidemill/engine/run_creation.h>
#include <tidemill/launch/cancel.h>
#include <tidemill/launch/stored_partitions.h>
#include <tidemill/launch/worker_processes.h>
#include <tidemill/serdes/serdes.h>

#include "run_text.h"
#include "run_worker.h"
#include "text.h"

namespace tidemill::cli {
namespace {

/// What the location says of the part of the job that is to be run.
struct Snapshots {
  model::JobDataSnap job;
  model::PlanSnap plan;
};

Snapshots AskForSnapshots(LoadedLocation& location, const Home& home, const LaunchRequest& launch) {
  Snapshots snapshots;
  snapshots.job = AskLocation([&] { return location.client->JobSubset(launch.target, true); });
  locations::PlanRequest plan;
  plan.target = launch.target;
  plan.run_config = launch.run_config;
  plan.job_snapshot_id = serdes::SnapshotId(snapshots.job.job);
  plan.instance_ref = home.instance().Ref();
  if (launch.reexecution) {
    plan.step_keys_to_execute = launch.reexecution->step_keys_to_execute;
    if (launch.reexecution->known_state) plan.known_state = serdes::ToJson(*launch.reexecution->known_state);
  }
  snapshots.plan = AskLocation([&] { return location.client->ExecutionPlan(plan); });
  return snapshots;
}

/// The run as Dagster's `execute_job` would make it.
model::Run RunOf(const LoadedLocation& location, const LaunchRequest& launch, const Snapshots& snapshots) {
  const locations::JobTarget& target = launch.target;
  const model::JobSnap& job = snapshots.job.job;
  model::Run run;
  run.run_id = launch.run_id.value_or("");
  run.job_name = target.job_name;
  run.run_config = launch.run_config;
  run.tags = job.run_tags ? *job.run_tags : job.tags;
  for (const auto& [key, value] : launch.tags) model::SetTag(run.tags, key, value);
  run.op_selection = target.op_selection;
  if (target.op_selection && job.lineage) run.resolved_op_selection = job.lineage->resolved_op_selection;
  run.asset_selection = target.asset_selection;
  run.asset_check_selection = target.asset_check_selection;
  run.step_keys_to_execute = snapshots.plan.step_keys_to_execute;
  if (launch.reexecution) {
    run.root_run_id = launch.reexecution->root_run_id;
    run.parent_run_id = launch.reexecution->parent_run_id;
  }
  run.job_code_origin = locations::JobCodeOrigin(location.info, location.repository_name, target.job_name);
  return run;
}

model::Run CreateRun(const LoadedLocation& location, const Home& home, const LaunchRequest& request,
                     const Snapshots& snapshots, const Environment& environment) {
  const launch::StoredPartitions dynamic(home.storage());
  const std::optional<model::JobSnap>& parent_job = snapshots.job.parent_job;
  return engine::CreateRun(home.storage(),
                           {RunOf(location, request, snapshots), snapshots.job.job, parent_job ? &*parent_job : nullptr,
                            snapshots.plan, location.repository},
                           {environment.clock.Now(), &dynamic}, environment.clock);
}

/// The worker is started by the program that the user named: it may wrap the one that the run's origin names.
std::vector<std::string> WorkerCommand(const LoadedLocation& location, const Home& home, const model::Run& run) {
  std::vector<std::string> command = launch::WorkerCommand(home.instance(), run);
  command.front() = location.client->executable().string();
  return command;
}

/// What a worker wrote before it died, below the line that says so.
std::string LastWords(const std::string& text) {
  if (text.empty()) return "";
  std::string out = "; it wrote:\n  ";
  for (const char c : Printable(text, false)) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

/// A worker that did not end its run: the run is ended for it.
void EndForWorker(const Home& home, const model::Run& run, const WorkerEnd& end, Environment& environment) {
  const std::string cause = fmt::format("it {}", end.status.Describe());
  model::RunStatus status{};
  try {
    status = engine::EndAbandonedRun(home.storage(), run.run_id, cause, environment.clock);
  } catch (const Error& error) {
    throw CommandError(ExitCode::kStorage, error.code(),
                       fmt::format("the worker of run {} {}, and that could not be recorded: {}{}", run.run_id,
                                   end.status.Describe(), error.what(), LastWords(end.last_words)));
  }
  // What the user asked for is no error.
  if (status == model::RunStatus::kCanceled) return;
  environment.err.Write(fmt::format("error: the worker of run {} {}; the run is recorded as {}{}\n", run.run_id,
                                    end.status.Describe(), model::RunStatusName(status), LastWords(end.last_words)));
}

ExitCode ExitCodeOf(const model::RunRecord& record) {
  switch (record.run.status) {
    case model::RunStatus::kSuccess:
      return ExitCode::kOk;
    case model::RunStatus::kCanceled:
      return ExitCode::kCancelled;
    default:
      return ExitCode::kRunFailed;
  }
}

}  // namespace

LaunchResult Launch(LoadedLocation& location, const Home& home, const LaunchRequest& request, bool is_last,
                    ProgressOutput& output, Environment& environment) {
  std::optional<Snapshots> snapshots = AskForSnapshots(location, home, request);
  const model::Run run = CreateRun(location, home, request, *snapshots, environment);
  RunProgress progress(run.run_id, run.job_name, snapshots->plan.step_keys_to_execute);
  snapshots.reset();
  if (is_last) {
    location.client->Close();
    location.repository = {};
  }
  ::malloc_trim(0);  // The run may be long, and what described it large.

  const WorkerEnd end = RunWorker(WorkerCommand(location, home, run), progress, output, environment.clock, [&] {
    launch::ReportCanceling({home.instance(), environment.clock}, run);
  });
  model::RunRecord record = GetRun(home.storage(), run.run_id);
  const bool is_dead = !model::IsFinished(record.run.status);
  // The log knows more than the worker acknowledged, if it died.
  if (is_dead || !model::IsFinished(progress.status())) {
    if (is_dead) EndForWorker(home, run, end, environment);
    record = GetRun(home.storage(), run.run_id);
    RunProgress stored = ReadProgress(home.storage(), record.run);
    output.Finish(stored);
    return {record, std::move(stored), ExitCodeOf(record)};
  }
  output.Finish(progress);
  return {record, std::move(progress), ExitCodeOf(record)};
}

ExitCode LaunchAll(LoadedLocation& location, const Home& home, const std::vector<LaunchRequest>& requests, bool json,
                   Environment& environment) {
  json::Array results;
  ExitCode exit_code = ExitCode::kOk;
  for (const LaunchRequest& request : requests) {
    const auto output = MakeProgressOutput(environment, json);
    const bool is_last = &request == &requests.back();
    const LaunchResult result = Launch(location, home, request, is_last, *output, environment);
    exit_code = result.exit_code;
    if (exit_code == ExitCode::kOk && request.fails_on_checks) {
      for (const CheckOutcome& check : result.progress.checks()) {
        if (!check.passed && check.severity == model::CheckSeverity::kError) exit_code = ExitCode::kRunFailed;
      }
    }
    if (json) results.push_back(RunResultJson(result.record, result.progress));
    if (exit_code != ExitCode::kOk) break;
  }
  if (json) {
    const json::Value out = requests.size() == 1 ? results.at(0) : json::Value(std::move(results));
    environment.out.Write(json::DumpPretty(out) + "\n");
  }
  return exit_code;
}

}  // namespace tidemill::cli
