#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>
#include <tidemill/sdk/snapshots.h>
#include <tidemill/serdes/serdes.h>

#include "snapshot_twins.h"

namespace tidemill::sdk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

std::vector<std::string> Upstream(const engine::JobDefinition& job, const std::string& node, const std::string& input) {
  std::vector<std::string> outputs;
  for (const auto& invocation : job.structure.dependencies.node_invocations) {
    for (const auto& dependency : invocation.input_dependencies) {
      if (invocation.node_name != node || dependency.input_name != input) continue;
      for (const auto& output : dependency.upstream_outputs)
        outputs.push_back(output.node_name + "." + output.output_name);
    }
  }
  return outputs;
}

engine::JobDefinition Build(const std::string& name) { return BuildAssetJob(testing::MakeAssetJobSpecs().at(name)); }

TEST(BuildAssetJobTest, BlockingChecksStandBetweenAnAssetAndThoseThatReadIt) {
  auto job = Build("__ASSET_JOB");
  EXPECT_THAT(Upstream(job, "clean", "raw"), ElementsAre("raw_not_empty.result", "raw.result"));
  EXPECT_THAT(Upstream(job, "mart__daily_sums", "clean"), ElementsAre("clean.clean_complete", "clean.result"));
  // A check is not blocked by another check of the same asset.
  EXPECT_THAT(Upstream(job, "raw_sorted_rows", "raw"), ElementsAre("raw.result"));
  EXPECT_THAT(Upstream(job, "mart__daily_sums", "orders"), IsEmpty());
}

TEST(BuildAssetJobTest, APartOfAMultiAssetIsMarked) {
  auto job = Build("left_only");
  EXPECT_TRUE(job.asset_outputs.at({"halves", "left"}).selected);
  EXPECT_FALSE(job.asset_outputs.at({"halves", "right"}).selected);
  EXPECT_TRUE(job.check_outputs.at({"halves", "left_fits"}).selected);
}

TEST(BuildAssetJobTest, AJobHasThePartitionsOfItsAssets) {
  EXPECT_TRUE(Build("rows").partitions.has_value());
  EXPECT_FALSE(Build("unpartitioned").partitions.has_value());
  auto spec = testing::MakeAssetJobSpecs().at("rows");
  auto weekly = std::make_shared<AssetOp>(*spec.ops.back());
  weekly->asset_outputs.at("m1").partitions = assets::PartitionsDefinition::Weekly("2026-01-04");
  spec.ops.back() = weekly;
  spec.assets.insert({"m1", "m2"});
  EXPECT_THAT([&] { BuildAssetJob(spec); }, ThrowsMessage<Error>(HasSubstr("different partitions")));
  spec.name = kImplicitAssetJobName;
  EXPECT_FALSE(BuildAssetJob(spec).partitions.has_value());
}

TEST(BuildAssetJobTest, WhatCannotBeSelectedIsNamed) {
  auto spec = testing::MakeAssetJobSpecs().at("unpartitioned");
  spec.assets = {"m1"};
  EXPECT_THAT([&] { BuildAssetJob(spec); }, ThrowsMessage<Error>(HasSubstr("m1 m2")));
  spec.assets = {"nowhere"};
  EXPECT_THAT([&] { BuildAssetJob(spec); }, ThrowsMessage<Error>(HasSubstr("nowhere")));
}

TEST(BuildAssetJobTest, ARepeatedOpGetsANumber) {
  auto spec = testing::MakeAssetJobSpecs().at("left_only");
  auto twin = std::make_shared<AssetOp>(*spec.ops[6]);
  engine::AssetOutput other;
  other.key = "other_left";
  twin->asset_outputs = {{"left", other}};
  twin->check_outputs.clear();
  spec.ops.push_back(twin);
  spec.assets.insert("other_left");
  auto job = BuildAssetJob(spec);
  EXPECT_TRUE(job.asset_outputs.contains({"halves_2", "left"}));
}

TEST(SubsetByAssetsTest, LineageNamesTheSelection) {
  auto spec = testing::MakeAssetJobSpecs().at("rows");
  auto whole = BuildAssetJob(spec);
  auto part = SubsetByAssets(whole, spec, {"raw"}, std::set<model::AssetCheckKey>{});
  EXPECT_THAT(*part.structure.lineage->asset_selection, ElementsAre(model::AssetKey("raw")));
  EXPECT_THAT(*part.structure.lineage->asset_check_selection, IsEmpty());
  ASSERT_EQ(part.structure.dependencies.node_invocations.size(), 1u);
  model::JobSnap snap = FullSnapshot(part, "parent");
  EXPECT_EQ(snap.lineage->parent_snapshot_id, "parent");
}

TEST(RepositorySnapshotTest, UnitIdsAreDagsters) {
  EXPECT_EQ(AtomicExecutionUnitId({"checked"}, {{"checked", "inline_ok"}}), "b18ed8d3");
  EXPECT_EQ(AtomicExecutionUnitId({"m1", "m2"}, {}), "8e882a0b");
}

TEST(RepositorySnapshotTest, AConditionBringsTheDefaultSensor) {
  RepositoryDescription repository;
  repository.assets = testing::DescribeAssets();
  auto snap = BuildRepositorySnap(repository, true);
  ASSERT_EQ(snap.sensors.size(), 1u);
  EXPECT_EQ(snap.sensors[0].name, "default_automation_condition_sensor");

  SensorDescription own;
  own.snap.name = "own";
  own.snap.sensor_type = "AUTOMATION";
  repository.sensors = {own};
  EXPECT_EQ(BuildRepositorySnap(repository, true).sensors.size(), 1u);
}

TEST(RepositorySnapshotTest, ResourcesSayWhatTheyAreConfiguredWith) {
  RepositoryDescription repository;
  ResourceDescription store{testing::MakeResources().at("store"),
                            json::Parse(R"({"path": {"env": "STORE"}, "size": 3})"), "Store"};
  repository.resources = {{"store", store}};
  auto snap = BuildRepositorySnap(repository, false);
  ASSERT_EQ(snap.resources.size(), 1u);
  EXPECT_EQ(snap.resources[0].configured_values,
            json::Parse(R"({"path": {"__class__": "ExternalResourceConfigEnvVar", "name": "STORE"}, "size": "3"})"));
  EXPECT_EQ(
      json::Dump(snap.utilized_env_vars),
      R"({"STORE": [{"__class__": "EnvVarConsumer", "name": "store", "type": {"__enum__": "EnvVarConsumerType.RESOURCE"}}]})");
}

}  // namespace
}  // namespace tidemill::sdk
