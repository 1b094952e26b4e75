// How long the questions take that every page of the UI asks about a workspace of 10,000 assets.
#include <filesystem>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <tidemill/api/api.h>
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

workspace::Location MakeLocation() {
  model::RepositorySnap snap;
  for (int i = 0; i < kAssets; ++i) snap.asset_nodes.push_back(NodeOf(i));
  workspace::Location location;
  location.name = "bench";
  location.load_status = workspace::LoadStatus::kLoaded;
  location.repositories.push_back(std::make_shared<const workspace::Repository>("bench", std::move(snap), nullptr));
  return location;
}

void Ask(benchmark::State& state, std::string_view query) {
  const auto home = std::filesystem::temp_directory_path() / fmt::format("tidemill-assets-bench-{}", ::getpid());
  std::filesystem::create_directories(home);
  const SystemClock clock;
  const instance::Instance instance = instance::Instance::Open(home);
  workspace::LiveWorkspace live;
  live.Publish(MakeLocation());
  const graphql::Engine engine(api::MakeSchema());
  const api::Services services{instance, live, clock, false};
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

BENCHMARK_CAPTURE(Ask, workspace_query, kWorkspaceQuery)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Ask, manifest, kManifestQuery)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Ask, status, kStatusQuery)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
