#include <fmt/format.h>

#include "commands.h"
#include "home.h"
#include "paint.h"
#include "run_text.h"
#include "text.h"

namespace tidemill::cli {
namespace {

storage::RunFilter FilterOf(const RunList& command) {
  storage::RunFilter filter;
  filter.job_name = command.job;
  for (const std::string& name : command.statuses) {
    const auto status = model::ParseRunStatus(name);
    if (!status) ThrowUsage(fmt::format("--status: no status is called {}", name));
    filter.statuses.push_back(*status);
  }
  for (const std::string& text : command.tags) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) ThrowUsage(fmt::format("--tag '{}': key=value", text));
    filter.tags.push_back({text.substr(0, equals), {text.substr(equals + 1)}});
  }
  return filter;
}

}  // namespace

ExitCode Run(const RunList& command, Environment& environment) {
  Home home = Home::Open(command.home, Home::Use::kRead, environment);
  storage::RunPage page;
  if (command.limit > 0) page.limit = command.limit;
  const std::vector<model::RunRecord> records = home.storage().runs().GetRuns(FilterOf(command), page);
  if (command.json) {
    json::Array runs;
    for (const model::RunRecord& record : records) runs.push_back(RunJson(record));
    environment.out.Write(json::DumpPretty(runs) + "\n");
    return ExitCode::kOk;
  }
  const Paint paint(environment.out, environment);
  std::vector<std::vector<std::string>> rows;
  for (const model::RunRecord& record : records) rows.push_back(RunRow(record, paint));
  environment.out.Write(Table({"RUN", "STATUS     ", "STARTED", "   TIME", "PARTITION", "JOB"}, rows));
  return ExitCode::kOk;
}

ExitCode Run(const RunShow& command, Environment& environment) {
  Home home = Home::Open(command.home, Home::Use::kRead, environment);
  const model::RunRecord record = GetRun(home.storage(), command.run_id);
  const RunProgress progress = ReadProgress(home.storage(), record.run);
  environment.out.Write(command.json ? json::DumpPretty(RunResultJson(record, progress)) + "\n"
                                     : RunText(record, progress, Paint(environment.out, environment)));
  return ExitCode::kOk;
}

ExitCode Run(const RunDelete& command, Environment& environment) {
  Home home = Home::Open(command.home, Home::Use::kRead, environment);
  const model::RunRecord record = GetRun(home.storage(), command.run_id);
  if (!command.force) {
    if (!model::IsFinished(record.run.status)) {
      ThrowUsage(fmt::format("run {} is {}: cancel it first, or delete it with --force", command.run_id,
                             model::RunStatusName(record.run.status)));
    }
    const auto answer = environment.ask(
        fmt::format("Delete run {} of {} and its events? It cannot be undone. Type DELETE: ", command.run_id,
                    Printable(record.run.job_name)));
    if (answer != "DELETE") ThrowUsage("nothing was deleted");
  }
  // Events first: a run without events can be deleted again, events without a run are never seen.
  home.storage().events().DeleteRunEvents(command.run_id);
  home.storage().runs().DeleteRun(command.run_id);
  environment.out.Write(fmt::format("deleted run {} and its events\n", command.run_id));
  return ExitCode::kOk;
}

}  // namespace tidemill::cli
