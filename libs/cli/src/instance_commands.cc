#include <fmt/format.h>

#include "commands.h"
#include "home.h"
#include "text.h"

namespace tidemill::cli {

ExitCode Run(const InstanceInfo& command, Environment& environment) {
  const Home home = Home::Open(command.home, Home::Use::kRead, environment);
  const instance::Instance& instance = home.instance();
  const std::vector<storage::Storage::Revision> revisions = home.storage().Revisions();
  if (command.json) {
    json::Array parts;
    for (const auto& revision : revisions) {
      parts.push_back(
          json::Object{{"part", revision.part}, {"revision", revision.current}, {"latest", revision.latest}});
    }
    environment.out.Write(json::DumpPretty(json::Object{{"home", instance.home().string()},
                                                        {"artifacts", instance.ArtifactFolder().string()},
                                                        {"compute_logs", instance.ComputeLogFolder().string()},
                                                        {"settings", instance.config().document},
                                                        {"storage", std::move(parts)}}) +
                          "\n");
    return ExitCode::kOk;
  }
  std::string out = fmt::format("Home:         {}\nValues:       {}\nCompute logs: {}\n", instance.home().string(),
                                instance.ArtifactFolder().string(), instance.ComputeLogFolder().string());
  if (!instance.config().document.empty()) {
    out += fmt::format("dagster.yaml: {}\n", json::Dump(instance.config().document));
  }
  std::vector<std::vector<std::string>> rows;
  bool behind = false;
  for (const auto& revision : revisions) {
    const bool is_latest = revision.current == revision.latest;
    behind = behind || !is_latest;
    rows.push_back({revision.part, revision.current, is_latest ? "newest" : "newest is " + revision.latest});
  }
  out += "\n" + Table({"STORAGE", "SCHEMA", ""}, rows);
  if (behind) out += "`tidemill instance migrate` brings it up to date; make a copy of the folder first\n";
  environment.out.Write(out);
  return ExitCode::kOk;
}

ExitCode Run(const InstanceMigrate& command, Environment& environment) {
  const Home home = Home::Open(command.home, Home::Use::kRead, environment);
  const std::vector<std::string> done = home.storage().Migrate();
  if (done.empty()) environment.out.Write("nothing to do: every part has the newest schema\n");
  for (const std::string& line : done) environment.out.Write(line + "\n");
  return ExitCode::kOk;
}

}  // namespace tidemill::cli
