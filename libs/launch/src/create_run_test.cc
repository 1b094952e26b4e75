#include <gmock/gmock.h>

#include <tidemill/launch/create_run.h>

#include "launch_fixture.h"

namespace tidemill::launch {
namespace {

using ::testing::ElementsAre;
using testing::LaunchFixture;
using ::testing::Pair;
using ::testing::SizeIs;

TEST(CreateRunTest, ARunOfTheApiSaysWhereItsJobComesFrom) {
  LaunchFixture fixture;
  Request request;
  request.tags = {{"x", "y"}, {"team", "mine"}};

  const model::Run run = fixture.Get(fixture.Create(request).run_id);

  EXPECT_EQ(run.status, model::RunStatus::kNotStarted);
  EXPECT_THAT(run.tags, ::testing::UnorderedElementsAre(Pair("team", "mine"), Pair("x", "y"),
                                                        Pair("dagster/code_location", "warehouse")));
  EXPECT_EQ(RepositoryOf(run), (workspace::RepositoryHandle{"warehouse", "__repository__"}));
  EXPECT_EQ(json::Dump(*run.job_code_origin.Find("pipeline_name")), "\"daily\"");
  EXPECT_THAT(run.step_keys_to_execute.value(), ElementsAre("extract", "load"));
  EXPECT_TRUE(run.has_repository_load_data);
  EXPECT_TRUE(fixture.instance->storage().runs().HasSnapshot(run.job_snapshot_id.value()));
  EXPECT_TRUE(fixture.instance->storage().runs().HasSnapshot(run.execution_plan_snapshot_id.value()));
}

TEST(CreateRunTest, ARunOfTheCommandLineHasRunTagsAndNoOrigin) {
  LaunchFixture fixture;
  Request request;
  request.launcher = Launcher::kCommandLine;
  request.target.op_selection = {"*load", "load"};

  const model::Run run = fixture.Get(fixture.Create(request).run_id);

  EXPECT_THAT(run.tags, ElementsAre(Pair("cost", "low"), Pair("team", "data")));
  EXPECT_EQ(RepositoryOf(run), std::nullopt);
  EXPECT_THAT(run.resolved_op_selection.value(), ElementsAre("load"));
}

TEST(CreateRunTest, APartOfAJobIsStoredWithItsWhole) {
  LaunchFixture fixture;
  Request request;
  request.target.op_selection = {"load"};

  const model::Run run = fixture.Create(request);

  EXPECT_THAT(run.op_selection.value(), ElementsAre("load"));
  EXPECT_THAT(run.resolved_op_selection.value(), ElementsAre("load"));
  const std::string whole = fixture.instance->storage().runs().AddJobSnapshot(fixture.jobs->Job("", "daily").job);
  EXPECT_NE(run.job_snapshot_id, whole);
  EXPECT_EQ(fixture.jobs->last_plan.job_snapshot_id, run.job_snapshot_id);
}

TEST(CreateRunTest, AnEmptySelectionSelectsAllButOfChecksNone) {
  LaunchFixture fixture;
  Request request;
  request.target.op_selection.emplace();
  request.target.asset_check_selection.emplace();

  const model::Run run = fixture.Create(request);

  EXPECT_EQ(run.op_selection, std::nullopt);
  EXPECT_THAT(run.asset_check_selection.value(), SizeIs(0));
}

TEST(CreateRunTest, AConfigurationThatDoesNotFitIsRefusedBeforeAnythingIsStored) {
  LaunchFixture fixture;
  Request request;
  request.run_config = json::Object{{"limit", "many"}};
  try {
    fixture.Create(request);
    FAIL() << "a text is no limit";
  } catch (const InvalidRunConfig& error) {
    ASSERT_THAT(error.errors(), SizeIs(1));
    EXPECT_EQ(error.errors()[0].path, "root:limit");
    EXPECT_EQ(error.errors()[0].reason, config::ErrorReason::kRuntimeTypeMismatch);
  }
  EXPECT_EQ(fixture.instance->storage().runs().CountRuns({}), 0);
}

TEST(CreateRunTest, WhatTheLocationDoesNotHaveIsNotFound) {
  LaunchFixture fixture;
  const auto code_of = [&](const std::string& repository, const std::string& job) {
    try {
      Request request;
      request.target = {repository, job, {}, {}, {}};
      CreateRun(fixture.context(), fixture.location, request);
    } catch (const Error& error) {
      return error.code();
    }
    return Code::kUnknown;
  };
  EXPECT_EQ(code_of("other", "daily"), Code::kNotFound);
  EXPECT_EQ(code_of("__repository__", "nightly"), Code::kNotFound);
}

}  // namespace
}  // namespace tidemill::launch
