#include <chrono>
#include <random>

#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/plan/retry_policy.h>
#include <tidemill/plan/run_plan.h>

namespace tidemill::plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A step that needs the "result" of the given steps.
PlanStep MakeStep(std::string key, const std::vector<std::string>& needs = {}) {
  PlanStep step;
  step.op_name = key;
  step.snap.key = key;
  step.snap.node_handle = model::NodeHandle{{key}};
  for (const std::string& need : needs) {
    const model::StepOutputHandle handle{need, "result", {}};
    step.snap.inputs.push_back({"from_" + need, "Any", model::input_source::StepOutput{handle, false}, {handle}});
  }
  step.snap.outputs.push_back({"result", "Any", step.snap.node_handle, {}});
  return step;
}

std::vector<std::string> Keys(const ExecutionPlan& plan, const std::vector<StepId>& ids) {
  std::vector<std::string> keys;
  for (const StepId id : ids) keys.push_back(plan.step(id).snap.key);
  return keys;
}

constexpr Timestamp kStart{};

TEST(RunPlanTest, PriorityBeatsOrderAndALimitHoldsStepsBack) {
  std::vector<PlanStep> steps = {MakeStep("a"), MakeStep("b"), MakeStep("c")};
  steps[1].snap.tags = {{"dagster/priority", "5"}};
  const ExecutionPlan plan(std::move(steps), "multiprocess");
  RunPlan run(plan, {2, {}});

  EXPECT_THAT(Keys(plan, run.TakeReady(kStart)), ElementsAre("b", "a"));
  EXPECT_THAT(run.TakeReady(kStart), IsEmpty());
  run.Report(1, StepOutcome::kSucceeded);
  EXPECT_THAT(Keys(plan, run.TakeReady(kStart)), ElementsAre("c"));
}

TEST(RunPlanTest, TagLimitsCountPerValueOrForAll) {
  std::vector<PlanStep> steps = {MakeStep("a"), MakeStep("b"), MakeStep("c"), MakeStep("d")};
  steps[0].snap.tags = {{"db", "x"}};
  steps[1].snap.tags = {{"db", "x"}};
  steps[2].snap.tags = {{"db", "y"}};
  const ExecutionPlan plan(std::move(steps), "multiprocess");
  {
    RunPlan run(plan, {{}, {{"db", {}, true, 1}}});
    EXPECT_THAT(Keys(plan, run.TakeReady(kStart)), ElementsAre("a", "c", "d"));
    run.Report(2, StepOutcome::kSucceeded);
    EXPECT_THAT(run.TakeReady(kStart), IsEmpty()) << "y's slot is of no use to x";
    run.Report(0, StepOutcome::kSucceeded);
    EXPECT_THAT(Keys(plan, run.TakeReady(kStart)), ElementsAre("b"));
  }
  {
    RunPlan run(plan, {{}, {{"db", {}, false, 1}}});
    EXPECT_THAT(Keys(plan, run.TakeReady(kStart)), ElementsAre("a", "d"));
  }
  {
    RunPlan run(plan, {{}, {{"db", "x", false, 1}}});
    EXPECT_THAT(Keys(plan, run.TakeReady(kStart)), ElementsAre("a", "c", "d"));
  }
}

TEST(RunPlanTest, AStepOfAPoolStartsWhenItsSlotIsClaimed) {
  std::vector<PlanStep> steps = {MakeStep("a"), MakeStep("b")};
  steps[0].snap.pool = "gpu";
  const ExecutionPlan plan(std::move(steps), "multiprocess");
  RunPlan run(plan);
  bool free = false;
  const auto claim = [&](StepId) { return free; };

  EXPECT_THAT(Keys(plan, run.TakeReady(kStart, SIZE_MAX, claim)), ElementsAre("b"));
  EXPECT_TRUE(run.has_ready());
  free = true;
  EXPECT_THAT(Keys(plan, run.TakeReady(kStart, SIZE_MAX, claim)), ElementsAre("a"));
}

TEST(RunPlanTest, ADelayedRetryWaitsForItsTime) {
  const ExecutionPlan plan({MakeStep("a")}, "in_process");
  RunPlan run(plan);
  run.TakeReady(kStart);
  run.Report(0, StepOutcome::kUpForRetry, kStart + std::chrono::seconds(5));

  EXPECT_THAT(run.TakeReady(kStart + std::chrono::seconds(4)), IsEmpty());
  EXPECT_EQ(run.NextRetry(), kStart + std::chrono::seconds(5));
  EXPECT_FALSE(run.done());
  EXPECT_THAT(run.TakeReady(kStart + std::chrono::seconds(5)), ElementsAre(0u));
  EXPECT_EQ(run.attempts(0), 1);
  EXPECT_THAT(run.KnownStateFor(0).previous_retry_attempts, ElementsAre(std::pair<std::string, std::int64_t>("a", 1)));
}

TEST(RunPlanTest, ReportingAStepTwiceIsARefusedBug) {
  const ExecutionPlan plan({MakeStep("a")}, "in_process");
  RunPlan run(plan);
  EXPECT_THROW(run.Report(0, StepOutcome::kSucceeded), Error);
}

TEST(RetryDelayTest, FollowsDagstersFormula) {
  EXPECT_EQ(RetryDelay({3, 2.0, Backoff::kConstant, Jitter::kNone}, 3, 0.5), 2.0);
  EXPECT_EQ(RetryDelay({3, 2.0, Backoff::kLinear, Jitter::kNone}, 3, 0.5), 6.0);
  EXPECT_EQ(RetryDelay({3, 2.0, Backoff::kExponential, Jitter::kNone}, 3, 0.5), 14.0);
  EXPECT_EQ(RetryDelay({3, 2.0, Backoff::kExponential, Jitter::kFull}, 3, 0.5), 7.0);
  EXPECT_EQ(RetryDelay({3, 2.0, Backoff::kConstant, Jitter::kPlusMinus}, 3, 0.25), 1.0);
}

/// What must hold for any graph and any luck: every step ends once, none starts before what it needs has ended, and a
/// step runs exactly if all it needs succeeded with an output.
TEST(RunPlanTest, RandomGraphsEndAndKeepTheRules) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t bound) { return static_cast<std::uint32_t>(random() % bound); };
    const std::uint32_t size = 1 + below(40);
    std::vector<std::vector<std::uint32_t>> needs(size);
    std::vector<PlanStep> steps;
    for (std::uint32_t i = 0; i < size; ++i) {
      std::vector<std::string> names;
      for (std::uint32_t j = 0; j < i; ++j) {
        if (below(4) == 0) {
          needs[i].push_back(j);
          names.push_back("s" + std::to_string(j));
        }
      }
      steps.push_back(MakeStep("s" + std::to_string(i), names));
    }
    const ExecutionPlan plan(std::move(steps), "multiprocess");
    const std::uint32_t limit = 1 + below(5);
    RunPlan run(plan, {limit, {}});
    enum { kNone, kSucceeded, kSilent, kFailed, kSkipped, kAbandoned };
    std::vector<int> ended(size, kNone);
    std::vector<StepId> running;
    std::vector<bool> retried(size);
    int rounds = 0;
    while (!run.done()) {
      ASSERT_LT(++rounds, 10000) << "seed " << seed;
      for (const StepId id : run.TakeReady(kStart)) {
        for (const std::uint32_t need : needs[id]) ASSERT_EQ(ended[need], kSucceeded) << "seed " << seed;
        running.push_back(id);
      }
      ASSERT_LE(running.size(), limit);
      if (!running.empty()) {
        const std::size_t at = below(static_cast<std::uint32_t>(running.size()));
        const StepId id = running[at];
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(at));
        const std::uint32_t luck = below(10);
        if (luck == 0 && !retried[id]) {
          retried[id] = true;
          run.Report(id, StepOutcome::kUpForRetry);
        } else if (luck <= 1) {
          ended[id] = kFailed;
          run.Report(id, StepOutcome::kFailed);
        } else {
          ended[id] = luck == 2 ? kSilent : kSucceeded;
          if (luck != 2) run.ReportOutput(id, "result");
          run.Report(id, StepOutcome::kSucceeded);
        }
      }
      for (const auto& skip : run.TakeSkipped()) {
        ASSERT_EQ(ended[skip.step], kNone);
        ASSERT_FALSE(skip.missing_outputs.empty());
        ended[skip.step] = kSkipped;
      }
      for (const auto& abandoned : run.TakeAbandoned()) {
        ASSERT_EQ(ended[abandoned.step], kNone);
        ASSERT_FALSE(abandoned.failed.empty() && abandoned.not_executed.empty());
        ended[abandoned.step] = kAbandoned;
      }
    }
    for (std::uint32_t i = 0; i < size; ++i) ASSERT_NE(ended[i], kNone) << "seed " << seed;
  }
}

TEST(RunPlanTest, AHundredThousandStepsInSeconds) {
  constexpr int kSteps = 100'000;
  std::vector<PlanStep> steps;
  steps.reserve(kSteps);
  steps.push_back(MakeStep("s0"));
  for (int i = 1; i < kSteps; ++i) steps.push_back(MakeStep("s" + std::to_string(i), {"s" + std::to_string(i / 2)}));
  const ExecutionPlan plan(std::move(steps), "in_process");
  const auto before = std::chrono::steady_clock::now();
  RunPlan run(plan);
  int executed = 0;
  while (!run.done()) {
    for (const StepId id : run.TakeReady(kStart, 1)) {
      run.ReportOutput(id, "result");
      run.Report(id, StepOutcome::kSucceeded);
      ++executed;
    }
    ASSERT_THAT(run.TakeSkipped(), IsEmpty());
  }
  EXPECT_EQ(executed, kSteps);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(20))
      << "far above what a linear plan needs";
}

}  // namespace
}  // namespace tidemill::plan
