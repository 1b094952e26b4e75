// Runs that execute others again, from their creation to their end.
#include <gmock/gmock.h>

#include <tidemill/base/file.h>
#include <tidemill/engine/job_plan.h>
#include <tidemill/engine/run_creation.h>

#include "testing/run_fixture.h"

namespace tidemill::engine {
namespace {

using ::testing::Contains;
using ::testing::Not;
using testing::RunFixture;

class ReexecutedRunTest : public ::testing::Test {
 protected:
  /// Creates a run of the job and executes it.
  std::string Execute(model::Run run, const std::optional<Reexecution>& again = {}) {
    const JobDefinition job = fixture.location().Job({run.job_name, {}, {}, {}});
    plan::ExecutionPlan plan = PlanJob(job, RunConfig(json::Object{}));
    if (again) {
      run.parent_run_id = again->parent_run_id;
      run.root_run_id = again->root_run_id;
      run.tags = again->tags;
      run.step_keys_to_execute = again->step_keys_to_execute;
      if (again->step_keys_to_execute) plan = plan.WithSteps(*again->step_keys_to_execute);
      if (again->known_state) plan = plan.WithKnownState(*again->known_state);
    }
    const model::PlanSnap snap = plan.Snap("");
    const model::Run created =
        CreateRun(fixture.storage(), {run, job.structure, nullptr, snap, model::RepositorySnap{}},
                  assets::PartitionsContext{clock.Now(), nullptr}, clock);
    fixture.Execute(created.run_id);
    return created.run_id;
  }

  std::string Again(const std::string& parent, ReexecutionStrategy strategy,
                    const std::vector<std::string>& steps = {}) {
    model::Run run;
    run.job_name = fixture.Run(parent).job_name;
    return Execute(run, PlanReexecution(fixture.storage(), fixture.Run(parent), strategy, steps));
  }

  std::string FirstRun(const std::string& job) {
    model::Run run;
    run.job_name = job;
    return Execute(run);
  }

  std::string LastResult(const std::string& run) {
    return ReadFile(fixture.home() / "storage" / run / "last" / "result");
  }

  RunFixture fixture;
  SystemClock clock;
};

TEST_F(ReexecutedRunTest, FromFailureLoadsTheRestFromItsAncestors) {
  const std::string parent = FirstRun("fails-once");
  ASSERT_EQ(fixture.Run(parent).status, model::RunStatus::kFailure);

  const std::string child = Again(parent, ReexecutionStrategy::kFromFailure);

  EXPECT_EQ(fixture.Run(child).status, model::RunStatus::kSuccess);
  EXPECT_EQ(fixture.Run(child).step_keys_to_execute, (std::vector<std::string>{"middle", "last"}));
  EXPECT_THAT(fixture.Story(child), Not(Contains("STEP_START first")));
  EXPECT_EQ(LastResult(child), "3");

  const std::string grandchild = Again(child, ReexecutionStrategy::kChosenSteps, {"last"});
  EXPECT_EQ(fixture.Run(grandchild).root_run_id, parent);
  EXPECT_EQ(LastResult(grandchild), "3") << "one input from the parent, one from the run before";
}

TEST_F(ReexecutedRunTest, StepsInProcessesLoadFromAncestorsToo) {
  fixture.options.step_command = {TIDEMILL_WORKER, "api", "execute_step"};
  const std::string parent = FirstRun("fails-once-mp");
  const std::string child = Again(parent, ReexecutionStrategy::kFromFailure);
  EXPECT_EQ(LastResult(child), "3");
  EXPECT_EQ(LastResult(Again(child, ReexecutionStrategy::kChosenSteps, {"last"})), "3");
}

TEST_F(ReexecutedRunTest, AllStepsRunsEverythingAnew) {
  const std::string child = Again(FirstRun("fails-once"), ReexecutionStrategy::kAllSteps);
  EXPECT_THAT(fixture.Story(child), Contains("STEP_SUCCESS first"));
  EXPECT_EQ(fixture.Run(child).status, model::RunStatus::kSuccess);
}

TEST_F(ReexecutedRunTest, AnAbandonedRunIsExecutedAgainFromWhereItDied) {
  const std::string parent = FirstRun("fails-once");
  model::Run cut;
  cut.job_name = "fails-once";
  const std::string run = fixture.CreateRun("fails-once", [&] {
    cut.execution_plan_snapshot_id = fixture.Run(parent).execution_plan_snapshot_id;
    return cut;
  }());
  EXPECT_EQ(EndAbandonedRun(fixture.storage(), run, "worker killed by signal 9 (Killed)", clock),
            model::RunStatus::kFailure);
  EXPECT_EQ(LastResult(Again(run, ReexecutionStrategy::kFromFailure)), "3");
}

}  // namespace
}  // namespace tidemill::engine
