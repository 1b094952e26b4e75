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
using testing::In;
using ::testing::Key;
using testing::MakeOp;
using testing::Node;
using testing::Out;
using ::testing::ThrowsMessage;

// The ids here are those that Dagster 1.13.27 gives the same definitions (tests/compat/snapshot_defs.py), of which
// test_snapshots.py compares every field.

engine::JobDefinition TwoOps(std::vector<std::string> upstream) {
  engine::JobDefinition job;
  job.name = "job";
  for (engine::OpDefinition op :
       {MakeOp("one", {}, {Out("result", testing::IntValueType())}),
        MakeOp("use", {In("x", testing::IntValueType()), In("y", testing::IntValueType())}, {})}) {
    job.ops.emplace(op.name, std::make_shared<const engine::OpDefinition>(op));
  }
  job.structure.dependencies.node_invocations = {Node("use", "use", {{"y", std::move(upstream)}}), Node("one", "one")};
  return job;
}

std::string IdOfPart(const std::string& name, const std::vector<std::string>& selection) {
  auto job = testing::MakeOpJobs().at(name);
  return serdes::SnapshotId(FullSnapshot(SubsetByOps(job, selection), serdes::SnapshotId(FullSnapshot(job))));
}

TEST(CompleteJobTest, SnapshotIdsAreDagsters) {
  EXPECT_EQ(IdOfPart("simple", {"*add"}), "a8d89ff109c359d6a58420b6c92469e889e5f309");
  EXPECT_EQ(IdOfPart("everything", {"fetch+", "report"}), "8c3b6f8aa209036c48079e15ae31fe9f419097ae");
  EXPECT_EQ(IdOfPart("everything", {"twice.increment", "fetch"}), "11cac2a8a34797d6e4069494bb23fe51239080d1");
}

TEST(CompleteJobTest, NodesAreSortedAndEveryInputIsListedInTheOrderOfTheOp) {
  engine::JobDefinition job = TwoOps({"one.result"});
  CompleteJob(job);
  const auto& nodes = job.structure.dependencies.node_invocations;
  ASSERT_EQ(nodes.size(), 2u);
  EXPECT_EQ(nodes[0].node_name, "one");
  EXPECT_EQ(nodes[1].input_dependencies[0].input_name, "x");
  EXPECT_TRUE(nodes[1].input_dependencies[0].upstream_outputs.empty());
  EXPECT_EQ(nodes[1].input_dependencies[1].upstream_outputs[0].node_name, "one");
  EXPECT_EQ(job.structure.mode.root_config_key, job.run_config_type->key());
}

TEST(CompleteJobTest, AnInputWithoutUpstreamIsConfigured) {
  engine::JobDefinition job = TwoOps({"one.result"});
  CompleteJob(job);
  EXPECT_FALSE(config::Process(*job.run_config_type, json::Object{}, nullptr).ok());
  auto result =
      config::Process(*job.run_config_type, json::Parse(R"({"ops": {"use": {"inputs": {"x": 3}}}})"), nullptr);
  EXPECT_TRUE(result.ok()) << config::DescribeErrors(result.errors);
}

TEST(CompleteJobTest, TheJobsOwnConfigurationIsTheDefaultSectionBySection) {
  auto job = testing::MakeOpJobs().at("everything");
  auto given = json::Parse(R"({"ops": {"one": {}}, "execution": {"config": {"in_process": {}}}})");
  auto result = config::Process(*job.run_config_type, given, nullptr);
  ASSERT_TRUE(result.ok()) << config::DescribeErrors(result.errors);
  const json::Value& ops = result.value.AsObject().At("ops");
  EXPECT_EQ(ops.AsObject().At("fetch"), json::Parse(R"({"config": {"limit": 10, "name": "x", "mode": null}})"));

  job.default_run_config = json::Parse(R"({"ops": {"fetch": {"config": {"name": 3}}}})");
  EXPECT_THAT([&] { CompleteJob(job); }, ThrowsMessage<Error>(HasSubstr("everything")));
}

TEST(CompleteJobTest, WhatDoesNotExistIsNamed) {
  auto complete = [](const engine::JobDefinition& job) {
    return [job] {
      engine::JobDefinition copy = job;
      CompleteJob(copy);
    };
  };
  EXPECT_THAT(complete(TwoOps({"two.result"})), ThrowsMessage<Error>(HasSubstr("\"two\"")));
  EXPECT_THAT(complete(TwoOps({"one.other"})), ThrowsMessage<Error>(HasSubstr("\"other\"")));

  engine::JobDefinition job = TwoOps({});
  job.structure.dependencies.node_invocations.push_back(Node("use", "use"));
  EXPECT_THAT(complete(job), ThrowsMessage<Error>(HasSubstr("alias")));
  job.structure.dependencies.node_invocations = {Node("a", "nothing")};
  EXPECT_THAT(complete(job), ThrowsMessage<Error>(HasSubstr("\"nothing\"")));
  job.structure.dependencies.node_invocations = {Node("a", "use", {{"z", {}}})};
  EXPECT_THAT(complete(job), ThrowsMessage<Error>(HasSubstr("\"z\"")));
}

TEST(CompleteJobTest, AMissingResourceIsNamedWithItsUser) {
  engine::JobDefinition job = TwoOps({});
  engine::OpDefinition op = *job.ops.at("one");
  op.required_resource_keys = {"api"};
  job.ops["one"] = std::make_shared<const engine::OpDefinition>(op);
  EXPECT_THAT([&] { CompleteJob(job); }, ThrowsMessage<Error>(HasSubstr("node \"one\" needs the resource \"api\"")));
  job.resources = testing::MakeResources();
  job.resources.erase("store");
  EXPECT_THAT([&] { CompleteJob(job); },
              ThrowsMessage<Error>(HasSubstr("resource \"api\" needs the resource \"store\"")));
}

TEST(CompleteJobTest, DefinitionsThatNoNodeUsesAreLeftOut) {
  auto job = testing::MakeOpJobs().at("simple");
  EXPECT_THAT(job.ops, ElementsAre(Key("add"), Key("one")));
  EXPECT_TRUE(job.structure.graph_defs.empty());
}

TEST(SubsetByOpsTest, ConfigurationOfALeftOutOpIsAcceptedAndNotNeeded) {
  auto job = testing::MakeOpJobs().at("everything");
  auto part = SubsetByOps(job, {"one"});
  auto given = json::Parse(R"({"ops": {"fetch": {"config": {"name": "x"}}}})");
  EXPECT_TRUE(config::Process(*part.run_config_type, json::Object{}, nullptr).ok());
  EXPECT_TRUE(config::Process(*part.run_config_type, given, nullptr).ok());
  EXPECT_FALSE(config::Process(*part.run_config_type, json::Parse(R"({"ops": {"other": {}}})"), nullptr).ok());
  EXPECT_THAT(*part.structure.lineage->resolved_op_selection, ElementsAre("one"));
}

TEST(SubsetByOpsTest, AHandleThatLeadsNowhereIsNamed) {
  auto job = testing::MakeOpJobs().at("everything");
  EXPECT_THAT([&] { SubsetByOps(job, {"twice.other"}); }, ThrowsMessage<Error>(HasSubstr("\"other\"")));
  EXPECT_THAT([&] { SubsetByOps(job, {"fetch.inner"}); }, ThrowsMessage<Error>(HasSubstr("no graph")));
}

}  // namespace
}  // namespace tidemill::sdk
