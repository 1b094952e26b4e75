#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/workspace/workspace.h>

#include "testing/fake_location.h"

namespace tidemill::workspace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const ManualClock kClock(FromUnixSeconds(1'700'000'000));

model::AssetNodeSnap Node(const std::string& key, std::vector<std::string> upstream = {}, bool is_executable = true) {
  model::AssetNodeSnap node;
  node.asset_key = model::AssetKey({key});
  for (const std::string& each : upstream)
    node.dependencies.emplace_back().upstream_asset_key = model::AssetKey({each});
  if (!is_executable) node.execution_type = model::AssetExecutionType::kUnexecutable;
  return node;
}

std::shared_ptr<FakeLocation> MakeLocation(const std::string& name, std::vector<model::AssetNodeSnap> nodes) {
  model::RepositorySnap snap;
  snap.asset_nodes = std::move(nodes);
  model::JobRefSnap& job = snap.job_refs.emplace().emplace_back();
  job.name = "daily";
  job.snapshot_id = name + "-daily";
  return std::make_shared<FakeLocation>(name, std::move(snap));
}

Workspace MakeWorkspace(const std::vector<std::shared_ptr<FakeLocation>>& clients) {
  std::vector<std::shared_ptr<const Location>> locations;
  for (const auto& client : clients) {
    locations.push_back(std::make_shared<const Location>(LoadLocation(client, kClock)));
  }
  return Workspace(std::move(locations));
}

TEST(WorkspaceTest, AnAssetThatOneLocationMakesAndAnotherReadsIsOneNode) {
  const Workspace workspace = MakeWorkspace({MakeLocation("reader", {Node("raw", {}, false), Node("report", {"raw"})}),
                                             MakeLocation("maker", {Node("raw")})});
  const assets::AssetGraph& graph = workspace.asset_graph();
  ASSERT_EQ(graph.size(), 2u);
  const assets::AssetId raw = graph.Get(model::AssetKey({"raw"}));
  EXPECT_EQ(workspace.RepositoryOf(raw)->location_name(), "maker");
  EXPECT_THAT(graph.children(raw), ElementsAre(graph.Get(model::AssetKey({"report"}))));
  const std::vector<AssetRef> declarations = workspace.DeclarationsOf(model::AssetKey({"raw"}));
  ASSERT_EQ(declarations.size(), 2u);
  EXPECT_EQ(declarations[0].repository->location_name(), "maker");
  EXPECT_THAT(workspace.DeclarationsOf(model::AssetKey({"nothing"})), IsEmpty());
}

TEST(WorkspaceTest, AnAssetThatNobodyDeclaresHasNoRepository) {
  const Workspace workspace = MakeWorkspace({MakeLocation("reader", {Node("report", {"raw"})})});
  EXPECT_EQ(workspace.RepositoryOf(workspace.asset_graph().Get(model::AssetKey({"raw"}))), nullptr);
}

TEST(WorkspaceTest, AJobIsAskedForOnceAndAgainAfterAFailure) {
  const auto client = MakeLocation("maker", {});
  const Workspace workspace = MakeWorkspace({client});
  const Repository* repository = workspace.FindRepository({"maker", "__repository__"});
  ASSERT_NE(repository, nullptr);

  client->fails = true;
  EXPECT_THROW(repository->Job("daily"), Error);
  client->fails = false;
  EXPECT_EQ(repository->Job("daily"), repository->Job("daily"));
  EXPECT_EQ(client->jobs_asked, 2);
  EXPECT_EQ(repository->FindJobBySnapshotId("maker-daily")->name, "daily");
  EXPECT_EQ(repository->FindJobBySnapshotId("other"), nullptr);
  EXPECT_THROW(repository->Job("nightly"), Error);
}

TEST(WorkspaceTest, ALocationThatDoesNotLoadShowsItsError) {
  const auto client = MakeLocation("maker", {Node("raw")});
  client->fails = true;
  const Location location = LoadLocation(client, kClock);
  ASSERT_TRUE(location.error);
  EXPECT_EQ(location.error->message, "the location is down\n");
  EXPECT_EQ(location.load_status, LoadStatus::kLoaded);
  EXPECT_THAT(location.repositories, IsEmpty());
}

}  // namespace
}  // namespace tidemill::workspace
