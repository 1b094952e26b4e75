// How long the questions take that the pages of the UI ask about a workspace of 10,000 assets, and about the partitions
// of one asset with and without a history.
#include <filesystem>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <tidemill/api/api.h>
#include <tidemill/assets/partitions.h>
#include <tidemill/graphql/engine.h>

namespace {

using namespace tidemill;

constexpr int kAssets = 10'000;

// The fields of the UI's LocationWorkspaceAssetsQuery.
constexpr std::string_view kWorkspaceQuery = R"(query($name: String!) { workspaceLocationEntryOrError(name: $name) {
  ... on WorkspaceLocationEntry { id name loadStatus updatedTimestamp versionKey locationOrLoadError {
    ... on RepositoryLocation { id name repositories { id name __typename assetGroups { id groupName __typename }
      assetNodes { id changedReasons groupName opNames isMaterializable isObservable isExecutable isPartitioned
        isAutoCreatedStub hasAssetChecks computeKind hasMaterializePermission hasWipePermission
        hasReportRunlessAssetEventPermission assetKey { path __typename }
        internalFreshnessPolicy { ... on TimeWindowFreshnessPolicy { failWindowSeconds warnWindowSeconds __typename }
          ... on CronFreshnessPolicy { deadlineCron lowerBoundDeltaSeconds timezone __typename } __typename }
        partitionDefinition { dimensionTypes { type dynamicPartitionsDefinitionName __typename } __typename }
        automationCondition { __typename } description(characterLimit: 240)
        owners { ... on UserAssetOwner { email __typename } ... on TeamAssetOwner { team __typename } __typename }
        tags { key value __typename } storageAddress { storageKind tableName __typename } jobNames kinds graphName
        dependencyKeys { path __typename } __typename } } __typename } } __typename } } })";
constexpr std::string_view kManifestQuery = R"(query($name: String!) { workspaceLocationEntryOrError(name: $name) {
  ... on WorkspaceLocationEntry { locationOrLoadError { ... on RepositoryLocation { repositories { assetManifest } } } }
  } })";
// The UI's questions about a partitioned asset, without its keys.
constexpr std::string_view kPartitionsQuery =
    R"({ assetNodeOrError(assetKey: { path: ["minutes"] }) { ... on AssetNode {
  id partitionStats { numMaterialized numMaterializing numPartitions numFailed }
  assetPartitionStatuses { ... on TimePartitionStatuses { ranges { status startTime endTime startKey endKey } } } } } })";
constexpr std::string_view kStatusQuery = "{ assetNodes { id staleStatus dataVersion dependedByKeys { path } } }";

model::AssetKey KeyOf(int i) { return model::AssetKey({fmt::format("group_{}", i / 100), fmt::format("asset_{}", i)}); }

model::AssetNodeSnap NodeOf(int i) {
  model::AssetNodeSnap node;
  node.asset_key = KeyOf(i);
  if (i >= 100) {
    node.dependencies.emplace_back().upstream_asset_key = KeyOf(i - 100);
    node.dependencies.emplace_back().upstream_asset_key = KeyOf((i - 100) / 2);
  }
  node.op_name = fmt::format("asset_{}", i);
  node.op_names = {*node.op_name};
  node.description = fmt::format("What asset {} holds, in a sentence of usual length.", i);
  node.job_names = {"__ASSET_JOB", fmt::format("job_{}", i % 50)};
  node.tags = {{"dagster/kind/python", ""}, {"tier", i % 2 == 0 ? "gold" : "silver"}};
  node.group_name = fmt::format("group_{}", i / 100);
  node.owners = {"team:data", "someone@company.com"};
  if (i % 10 == 0) {
    node.partitions = model::TimeWindowPartitionsSnap{1704067200, std::nullopt, "UTC", "%Y-%m-%d", 0, "0 0 * * *", {}};
  }
  return node;
}

workspace::Location LocationOf(std::vector<model::AssetNodeSnap> nodes) {
  model::RepositorySnap snap;
  snap.asset_nodes = std::move(nodes);
  workspace::Location location;
  location.name = "bench";
  location.load_status = workspace::LoadStatus::kLoaded;
  location.repositories.push_back(std::make_shared<const workspace::Repository>("bench", std::move(snap), nullptr));
  return location;
}

/// An asset with 100,000 partitions and more.
model::AssetNodeSnap Minutes() {
  model::AssetNodeSnap node;
  node.asset_key = model::AssetKey({"minutes"});
  node.partitions =
      model::TimeWindowPartitionsSnap{1704067200, std::nullopt, "UTC", "%Y-%m-%d-%H:%M", 0, "* * * * *", {}};
  return node;
}

void MakeMinutes(storage::EventStorage& events, int count) {
  const auto definition = assets::PartitionsDefinition::FromSnap(*Minutes().partitions);
  std::vector<storage::NewEvent> group;
  for (int i = 0; i < count; ++i) {
    model::EventLogEntry entry;
    entry.run_id = fmt::format("run-{}", i / 10'000);
    entry.timestamp = 1704067200;
    auto& event = entry.dagster_event.emplace();
    event.type = model::EventType::kAssetMaterialization;
    const Timestamp start = FromUnixSeconds(1704067200) + std::chrono::minutes(i);
    event.data = model::event::StepMaterialization{
        {Minutes().asset_key, {}, {}, definition.time_windows()->KeyAt(start), {}}, {}};
    group.emplace_back(std::move(entry));
  }
  if (!group.empty()) events.Append(group);
}

void Ask(benchmark::State& state, std::string_view query, workspace::Location location, int minutes = 0) {
  const auto home = std::filesystem::temp_directory_path() / fmt::format("tidemill-assets-bench-{}", ::getpid());
  std::filesystem::create_directories(home);
  const SystemClock clock;
  const instance::Instance instance = instance::Instance::Open(home);
  MakeMinutes(instance.storage().events(), minutes);
  workspace::LiveWorkspace live;
  live.Publish(std::move(location));
  const graphql::Engine engine(api::MakeSchema());
  const api::Services services{.instance = instance, .workspace = live, .clock = clock};
  const json::Object variables{{"name", "bench"}};
  std::string body;
  for (auto _ : state) {
    body.clear();
    api::RequestContext context(services);
    const graphql::Outcome outcome = engine.Execute({query, "", variables}, context, body);
    if (outcome.request_error || outcome.error_count > 0) state.SkipWithError(body.substr(0, 300).c_str());
  }
  state.counters["bytes"] = static_cast<double>(body.size());
  std::filesystem::remove_all(home);
}

std::vector<model::AssetNodeSnap> ManyNodes() {
  std::vector<model::AssetNodeSnap> nodes;
  for (int i = 0; i < kAssets; ++i) nodes.push_back(NodeOf(i));
  return nodes;
}

void AskAll(benchmark::State& state, std::string_view query) { Ask(state, query, LocationOf(ManyNodes())); }
void AskPartitions(benchmark::State& state) {
  Ask(state, kPartitionsQuery, LocationOf({Minutes()}), static_cast<int>(state.range(0)));
}

BENCHMARK_CAPTURE(AskAll, workspace_query, kWorkspaceQuery)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(AskAll, manifest, kManifestQuery)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(AskAll, status, kStatusQuery)->Unit(benchmark::kMillisecond);
BENCHMARK(AskPartitions)->Arg(0)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
