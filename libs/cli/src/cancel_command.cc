#include <fmt/format.h>
#include <poll.h>
#include <signal.h>

#include <tidemill/launch/cancel.h>
#include <tidemill/launch/worker_processes.h>

#include "commands.h"
#include "home.h"
#include "run_text.h"

namespace tidemill::cli {
namespace {

constexpr int kPollMillis = 20;
constexpr int kPatienceMillis = 10'000;

/// The run as it stands when it has ended, or when patience has.
model::RunRecord WaitForEnd(storage::Storage& storage, const std::string& run_id) {
  model::RunRecord record = GetRun(storage, run_id);
  for (int waited = 0; waited < kPatienceMillis && !model::IsFinished(record.run.status); waited += kPollMillis) {
    ::poll(nullptr, 0, kPollMillis);
    record = GetRun(storage, run_id);
  }
  return record;
}

bool HasNotStarted(model::RunStatus status) {
  return status == model::RunStatus::kQueued || status == model::RunStatus::kNotStarted ||
         status == model::RunStatus::kManaged;
}

void Cancel(const launch::Context& context, const model::Run& run, bool force) {
  const std::vector<pid_t> workers = launch::FindWorkers(run.run_id);
  if (workers.empty() && !HasNotStarted(run.status) && !force) {
    ThrowUsage(
        fmt::format("run {} is {}, but no process on this machine executes it: cancel it where it runs, or, if it "
                    "runs nowhere any more, record it as canceled with --force",
                    run.run_id, model::RunStatusName(run.status)));
  }
  if (run.status != model::RunStatus::kCanceling) launch::ReportCanceling(context, run);
  for (const pid_t worker : workers) ::kill(worker, SIGTERM);
  if (workers.empty()) launch::ReportCanceled(context, run, "The run is marked as canceled, without its worker.");
}

}  // namespace

ExitCode Run(const RunCancel& command, Environment& environment) {
  const Home home = Home::Open(command.home, Home::Use::kRead, environment);
  storage::Storage& storage = home.storage();
  const model::Run run = GetRun(storage, command.run_id).run;
  if (model::IsFinished(run.status)) {
    ThrowUsage(fmt::format("run {} has ended already: {}", run.run_id, model::RunStatusName(run.status)));
  }
  Cancel({home.instance(), environment.clock}, run, command.force);
  const model::RunRecord record = WaitForEnd(storage, run.run_id);
  if (command.json) {
    environment.out.Write(json::DumpPretty(RunResultJson(record, ReadProgress(storage, record.run))) + "\n");
  } else if (model::IsFinished(record.run.status)) {
    environment.out.Write(fmt::format("run {} is {}\n", run.run_id, model::RunStatusName(record.run.status)));
  } else {
    environment.out.Write(
        fmt::format("run {} is {}: its steps have not returned yet; `tidemill run show {}` tells when\n", run.run_id,
                    model::RunStatusName(record.run.status), run.run_id));
  }
  return ExitCode::kOk;
}

}  // namespace tidemill::cli
