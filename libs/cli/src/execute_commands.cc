#include <cctype>

#include <fmt/format.h>

#include <tidemill/assets/asset_graph.h>
#include <tidemill/launch/stored_partitions.h>

#include "asset_run.h"
#include "commands.h"
#include "home.h"
#include "launch.h"
#include "load_location.h"
#include "run_config.h"
#include "run_text.h"
#include "text.h"

namespace tidemill::cli {
namespace {

/// Dagster's job over all assets of a repository, from which runs of selected assets are cut.
constexpr std::string_view kAssetJob = "__ASSET_JOB";

bool IsUuid(const std::string& text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

void AddTags(model::Tags& tags, const model::Tags& more) {
  for (const auto& [key, value] : more) model::SetTag(tags, key, value);
}

/// What the options say once, for each of the partitions' runs.
std::vector<LaunchRequest> Requests(const locations::JobTarget& target, const RunOptions& options,
                                    const std::vector<PartitionTags>& partitions) {
  if (options.run_id && partitions.size() > 1) {
    ThrowUsage(fmt::format("--run-id names one run, but the range is {} runs", partitions.size()));
  }
  if (options.run_id && !IsUuid(*options.run_id)) ThrowUsage(fmt::format("--run-id {}: not a UUID", *options.run_id));
  LaunchRequest request;
  request.target = target;
  request.run_config = ReadRunConfig(options);
  request.run_id = options.run_id;
  std::vector<LaunchRequest> requests;
  for (const PartitionTags& partition : partitions) {
    request.tags = ReadTags(options.tags);
    AddTags(request.tags, partition);
    requests.push_back(request);
  }
  return requests;
}

/// Partitions of a job's own, with the configuration that its code has for one.
std::vector<LaunchRequest> JobRequests(LoadedLocation& location, const locations::JobTarget& target,
                                       const RunOptions& options, const assets::PartitionsContext& context) {
  const std::string& job = target.job_name;
  const assets::AssetGraph graph(location.repository);
  std::vector<assets::AssetId> made;
  for (assets::AssetId id = 0; id < graph.size(); ++id) {
    const std::vector<std::string>& jobs = graph.node(id).job_names;
    if (graph.IsExecutable(id) && std::find(jobs.begin(), jobs.end(), job) != jobs.end()) made.push_back(id);
  }
  if (!options.partition) {
    if (options.partition_range) return Requests(target, options, PlanPartitions(graph, made, options, context));
    return Requests(target, options, {{}});
  }
  if (options.partition_range) ThrowUsage("--partition and --partition-range exclude each other");
  const std::string& key = *options.partition;
  std::vector<LaunchRequest> requests = AskLocation([&] {
    const PartitionTags tags = location.client->PartitionTags(location.repository_name, job, key);
    return Requests(target, options, {tags});
  });
  if (options.config.empty() && !options.config_json) {
    requests.front().run_config =
        AskLocation([&] { return location.client->PartitionConfig(location.repository_name, job, key); });
  }
  return requests;
}

/// A parent that cannot be gone on with is the user's mistake.
engine::Reexecution PlanReexecution(storage::Storage& storage, const model::Run& parent, const RunReexecute& command) {
  const auto strategy = command.from_failure ? engine::ReexecutionStrategy::kFromFailure
                        : command.steps      ? engine::ReexecutionStrategy::kChosenSteps
                                             : engine::ReexecutionStrategy::kAllSteps;
  try {
    return engine::PlanReexecution(storage, parent, strategy, SplitList(command.steps.value_or("")));
  } catch (const Error& error) {
    if (error.code() == Code::kFailedPrecondition) ThrowUsage(error.what());
    throw;
  }
}

}  // namespace

ExitCode Run(const AssetMaterialize& command, Environment& environment) {
  auto started = StartLocation(command.location, environment);
  const Home home = Home::Open(command.home, Home::Use::kExecute, environment);
  LoadedLocation location = Load(std::move(started), command.location);
  const assets::AssetGraph graph(location.repository);
  const launch::StoredPartitions dynamic(home.storage());
  const std::vector<assets::AssetId> selected = SelectAssets(graph, command.select);
  locations::JobTarget target{location.repository_name, std::string(kAssetJob), {}, {}, {}};
  target.asset_selection.emplace();
  for (const assets::AssetId id : selected) target.asset_selection->push_back(graph.key(id));
  const auto partitions = PlanPartitions(graph, selected, command.run, {environment.clock.Now(), &dynamic});
  return LaunchAll(location, home, Requests(target, command.run, partitions), command.json, environment);
}

ExitCode Run(const AssetCheck& command, Environment& environment) {
  auto started = StartLocation(command.location, environment);
  const Home home = Home::Open(command.home, Home::Use::kExecute, environment);
  LoadedLocation location = Load(std::move(started), command.location);
  const assets::AssetGraph graph(location.repository);
  const launch::StoredPartitions dynamic(home.storage());
  locations::JobTarget target{location.repository_name, std::string(kAssetJob), {}, {}, {}};
  target.asset_selection.emplace();
  target.asset_check_selection = SelectChecks(graph, command.select, command.checks);
  std::vector<PartitionTags> partitions = {{}};
  if (command.run.partition || command.run.partition_range) {
    std::vector<assets::AssetId> checked;
    for (const model::AssetCheckKey& key : *target.asset_check_selection) checked.push_back(graph.Get(key.asset_key));
    partitions = PlanPartitions(graph, checked, command.run, {environment.clock.Now(), &dynamic});
  }
  std::vector<LaunchRequest> requests = Requests(target, command.run, partitions);
  for (LaunchRequest& request : requests) request.fails_on_checks = true;
  return LaunchAll(location, home, requests, command.json, environment);
}

ExitCode Run(const JobExecute& command, Environment& environment) {
  auto started = StartLocation(command.location, environment);
  const Home home = Home::Open(command.home, Home::Use::kExecute, environment);
  LoadedLocation location = Load(std::move(started), command.location);
  const launch::StoredPartitions dynamic(home.storage());
  locations::JobTarget target{location.repository_name, ChooseJob(location.repository, command.job), {}, {}, {}};
  if (command.op_selection) target.op_selection = SplitList(*command.op_selection);
  const auto requests = JobRequests(location, target, command.run, {environment.clock.Now(), &dynamic});
  return LaunchAll(location, home, requests, command.json, environment);
}

ExitCode Run(const RunReexecute& command, Environment& environment) {
  if (command.from_failure && command.steps) ThrowUsage("--from-failure and --steps exclude each other");
  auto started = StartLocation(command.location, environment);
  const Home home = Home::Open(command.home, Home::Use::kRead, environment);
  const model::Run parent = GetRun(home.storage(), command.run_id).run;
  engine::Reexecution reexecution = PlanReexecution(home.storage(), parent, command);
  LoadedLocation location = Load(std::move(started), command.location);
  LaunchRequest request;
  request.target = {location.repository_name, parent.job_name, parent.op_selection, parent.asset_selection,
                    parent.asset_check_selection};
  request.run_config = parent.run_config;
  request.tags = reexecution.tags;
  AddTags(request.tags, ReadTags(command.tags));
  request.reexecution = std::move(reexecution);
  return LaunchAll(location, home, {request}, command.json, environment);
}

}  // namespace tidemill::cli
