#include <map>
#include <set>

#include <fmt/format.h>

#include "commands.h"
#include "exit_code.h"
#include "job_text.h"
#include "load_location.h"
#include "text.h"

namespace tidemill::cli {

ExitCode Run(const JobList& command, Environment& environment) {
  json::Array all;
  std::vector<std::vector<std::string>> rows;
  for (auto& started : StartLocations(command.location, environment)) {
    const LoadedLocation location = Load(std::move(started), command.location);
    for (const std::string& name : JobNames(location.repository)) {
      const JobSummary summary = SummarizeJob(location.repository, name);
      rows.push_back({name, summary.partitions.value_or("-"), summary.schedules.empty() ? "-" : Join(summary.schedules),
                      summary.sensors.empty() ? "-" : Join(summary.sensors)});
      all.push_back(json::Object{{"name", name},
                                 {"location", location.client->name()},
                                 {"repository", location.repository_name},
                                 {"partitions", summary.partitions ? json::Value(*summary.partitions) : json::Value()},
                                 {"schedules", json::Array(summary.schedules.begin(), summary.schedules.end())},
                                 {"sensors", json::Array(summary.sensors.begin(), summary.sensors.end())}});
    }
  }
  environment.out.Write(command.json ? json::DumpPretty(all) + "\n"
                                     : Table({"JOB", "PARTITIONS", "SCHEDULES", "SENSORS"}, rows));
  return ExitCode::kOk;
}

ExitCode Run(const JobPrint& command, Environment& environment) {
  const LoadedLocation location = Load(StartLocation(command.location, environment), command.location);
  const std::string name = ChooseJob(location.repository, command.job);
  const model::JobDataSnap data = AskLocation([&] { return location.client->Job(location.repository_name, name); });
  environment.out.Write(command.json ? json::DumpPretty(JobJson(data.job)) + "\n" : JobText(data.job));
  return ExitCode::kOk;
}

}  // namespace tidemill::cli
