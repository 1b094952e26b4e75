#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>

#include "test_graphs.h"
#include "tidemill/assets/selection.h"

namespace tidemill::assets {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kClean = R"({"__class__": "KeysAssetSelection",
                                        "selected_keys": [{"__class__": "AssetKey", "path": ["clean"]}]})";

class SelectionJsonTest : public testing::Test {
 protected:
  SelectionJsonTest()
      : nodes_(Nodes("raw/orders; raw/users; clean: raw/orders raw/users; report: clean; extern; use: extern")) {
    nodes_[0].group_name = "ingest";
    nodes_[1].group_name = "late";
    nodes_[4].execution_type = model::AssetExecutionType::kUnexecutable;
    AddCheck("clean", "fresh");
    AddCheck("raw/users", "fresh");
    AddCheck("raw/users", "filled");
    graph_.emplace(nodes_, checks_);
  }

  void AddCheck(std::string_view asset, std::string_view name) {
    auto& check = checks_.emplace_back();
    check.name = name;
    check.asset_key = model::AssetKey::FromUserString(asset);
  }

  static AssetSelection Read(std::string_view text) { return AssetSelection::FromJson(json::Parse(text)); }
  std::vector<std::string> Select(std::string_view text) const { return Names(*graph_, Read(text).Resolve(*graph_)); }
  std::vector<std::string> SelectChecks(std::string_view text) const {
    std::vector<std::string> names;
    for (const auto* check : Read(text).ResolveChecks(*graph_)) {
      names.push_back(check->asset_key.ToUserString() + ":" + check->name);
    }
    return names;
  }

  std::vector<model::AssetNodeSnap> nodes_;
  std::vector<model::AssetCheckSnap> checks_;
  std::optional<AssetGraph> graph_;
};

TEST_F(SelectionJsonTest, WalksMayLeaveOutWhereTheyStart) {
  const std::string upstream =
      R"({"__class__": "UpstreamAssetSelection", "depth": null, "include_self": false, "child": )";
  EXPECT_THAT(Select(upstream + std::string(kClean) + "}"), ElementsAre("raw/orders", "raw/users"));
  EXPECT_EQ(Read(upstream + std::string(kClean) + "}").ToString(), "+key:\"clean\" and not key:\"clean\"");
  const std::string downstream =
      R"({"__class__": "DownstreamAssetSelection", "depth": 1, "include_self": true, "child": )";
  EXPECT_THAT(Select(downstream + std::string(kClean) + "}"), ElementsAre("clean", "report"));
}

TEST_F(SelectionJsonTest, GroupsPrefixesAndParts) {
  const std::string groups =
      R"({"__class__": "GroupsAssetSelection", "include_sources": false, "selected_groups": ["ingest", "late"]})";
  EXPECT_THAT(Select(groups), ElementsAre("raw/orders", "raw/users"));
  EXPECT_EQ(Read(groups).And(AssetSelection::CodeLocation("here")).ToString(),
            "(group:\"ingest\" or group:\"late\") and code_location:\"here\"");
  EXPECT_THAT(Select(R"({"__class__": "KeyPrefixesAssetSelection", "include_sources": false,
                         "selected_key_prefixes": [["raw"]]})"),
              ElementsAre("raw/orders", "raw/users"));
  EXPECT_THAT(Select(R"({"__class__": "KeySubstringAssetSelection", "include_sources": true,
                         "selected_key_substring": "ext"})"),
              ElementsAre("extern"));
}

TEST_F(SelectionJsonTest, ExternalSourcesStandUpstream) {
  EXPECT_THAT(Select(R"({"__class__": "ParentSourcesAssetSelection", "child": {"__class__": "AllSelection"}})"),
              ElementsAre("extern"));
}

TEST_F(SelectionJsonTest, AssetsBringTheirChecksUnlessThoseAreTakenAway) {
  const std::string without = R"({"__class__": "SubtractAssetSelection", "left": {"__class__": "AllSelection"},
                                  "right": {"__class__": "AllAssetCheckSelection"}})";
  EXPECT_THAT(SelectChecks(kClean), ElementsAre("clean:fresh"));
  EXPECT_THAT(SelectChecks(without), IsEmpty());
  EXPECT_THAT(Select(without), ElementsAre("raw/orders", "raw/users", "clean", "report", "use"));
}

TEST_F(SelectionJsonTest, ChecksAloneSelectNoAssets) {
  const std::string checks = R"({"__class__": "AssetChecksForAssetKeysSelection",
                                 "selected_asset_keys": [{"__class__": "AssetKey", "path": ["raw", "users"]}]})";
  EXPECT_THAT(SelectChecks(checks), ElementsAre("raw/users:filled", "raw/users:fresh"));
  EXPECT_THAT(Select(checks), IsEmpty());
  EXPECT_THAT(SelectChecks(R"({"__class__": "AssetCheckKeysSelection", "selected_asset_check_keys": [
                               {"__class__": "AssetCheckKey", "asset_key": {"path": ["clean"]}, "name": "fresh"}]})"),
              ElementsAre("clean:fresh"));
}

TEST_F(SelectionJsonTest, AnUnknownClassIsNamed) {
  EXPECT_THROW(Read(R"({"__class__": "MoonAssetSelection"})"), Error);
}

}  // namespace
}  // namespace tidemill::assets
