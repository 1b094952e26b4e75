// Prints, as one JSON text, all snapshots of the definitions that tests/compat/snapshot_defs.py has in Python.
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <tidemill/base/json.h>
#include <tidemill/serdes/serdes.h>

#include "snapshot_twins.h"

namespace tidemill::sdk::testing {
namespace {

json::Value Snapshot(const engine::JobDefinition& part, const engine::JobDefinition& whole) {
  model::JobSnap snap = FullSnapshot(part, serdes::SnapshotId(FullSnapshot(whole)));
  return json::Object{{"id", serdes::SnapshotId(snap)}, {"snapshot", serdes::ToJson(snap)}};
}

json::Value OpSubsets(const std::map<std::string, engine::JobDefinition>& jobs) {
  auto cut = [&](const std::string& job, const std::vector<std::string>& selection) {
    return Snapshot(SubsetByOps(jobs.at(job), selection), jobs.at(job));
  };
  return json::Object{{"simple:*add", cut("simple", {"*add"})},
                      {"simple:two", cut("simple", {"two", "one"})},
                      {"everything:fetch+", cut("everything", {"fetch+", "report"})},
                      {"everything:nested", cut("everything", {"twice.increment", "fetch"})},
                      {"simple:all", cut("simple", {"*"})}};
}

json::Value AssetSubsets(const std::map<std::string, engine::JobDefinition>& jobs,
                         const std::map<std::string, AssetJobSpec>& specs) {
  using Checks = std::optional<std::set<model::AssetCheckKey>>;
  auto cut = [&](const std::string& job, const std::set<model::AssetKey>& assets, const Checks& checks) {
    return Snapshot(SubsetByAssets(jobs.at(job), specs.at(job), assets, checks), jobs.at(job));
  };
  model::AssetKey sums({"mart", "daily_sums"});
  return json::Object{{"rows:clean", cut("rows", {"clean"}, {})},
                      {"rows:no_checks", cut("rows", {"raw"}, Checks(std::in_place))},
                      {"unpartitioned:left", cut("unpartitioned", {"left"}, {})},
                      {"implicit:sums", cut("__ASSET_JOB", {sums, "clean"}, {})},
                      {"implicit:check", cut("__ASSET_JOB", {}, Checks({model::AssetCheckKey{"raw", "sorted_rows"}}))}};
}

json::Value Answer() {
  std::map<std::string, engine::JobDefinition> jobs = MakeOpJobs();
  std::map<std::string, AssetJobSpec> specs = MakeAssetJobSpecs();
  for (const auto& [name, spec] : specs) jobs.emplace(name, BuildAssetJob(spec));

  RepositoryDescription repository;
  for (const auto& [name, job] : jobs) repository.jobs.push_back(&job);
  repository.ops = MakeAssetOps();
  repository.assets = DescribeAssets();
  repository.checks = DescribeChecks();
  for (auto& [key, definition] : MakeResources()) {
    repository.resources.emplace(key, ResourceDescription{definition, json::Object{}, "snapshot_defs." + key});
  }
  repository.metadata = {{"version", model::metadata::Text{"1"}}};
  return json::Object{{"repository", serdes::ToJson(BuildRepositorySnap(repository, false))},
                      {"deferred", serdes::ToJson(BuildRepositorySnap(repository, true))},
                      {"op_subsets", OpSubsets(jobs)},
                      {"asset_subsets", AssetSubsets(jobs, specs)}};
}

}  // namespace
}  // namespace tidemill::sdk::testing

int main() {
  try {
    std::cout << tidemill::json::Dump(tidemill::sdk::testing::Answer()) << std::endl;
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
}
