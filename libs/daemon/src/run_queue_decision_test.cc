#include <gmock/gmock.h>

#include <tidemill/daemon/run_queue_decision.h>

namespace tidemill::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Rules and state that a test fills; ids are "a", "b", …
struct Queue {
  QueueRules rules;
  QueueState state;

  Queue() { state.now = FromUnixSeconds(1'800'000'000); }

  static model::RunRecord Record(const std::string& id, model::Tags tags) {
    model::RunRecord record;
    record.run.run_id = id;
    record.run.tags = std::move(tags);
    record.run.remote_job_origin = json::Object{
        {"external_repository_origin",
         json::Object{{"repository_name", "__repository__"},
                      {"repository_location_origin", json::Object{{"location_name", "location-of-" + id}}}}}};
    return record;
  }
  model::RunRecord& Queued(const std::string& id, model::Tags tags = {}) {
    return state.queued.emplace_back(Record(id, std::move(tags)));
  }
  model::RunRecord& InProgress(const std::string& id, model::Tags tags = {}) {
    model::RunRecord& record = state.in_progress.emplace_back(Record(id, std::move(tags)));
    record.run.status = model::RunStatus::kStarting;
    return record;
  }
  std::vector<std::string> Choose() const { return ChooseRuns(rules, state); }
};

model::RunOpConcurrency Needs(const std::string& pool, bool has_unconstrained_root_nodes = false) {
  return {{{pool, 1}}, has_unconstrained_root_nodes, {pool}};
}

TEST(RunQueueDecisionTest, NoMoreRunsThanTheLimitAreInProgress) {
  Queue queue;
  queue.rules.queue.max_concurrent_runs = 3;
  queue.InProgress("x");
  for (const char* id : {"a", "b", "c"}) queue.Queued(id);
  EXPECT_THAT(queue.Choose(), ElementsAre("a", "b"));
  queue.rules.queue.max_concurrent_runs = 1;
  EXPECT_THAT(queue.Choose(), IsEmpty());
  queue.rules.queue.max_concurrent_runs = 0;
  EXPECT_THAT(queue.Choose(), IsEmpty());
  queue.rules.queue.max_concurrent_runs = -1;
  EXPECT_THAT(queue.Choose(), ElementsAre("a", "b", "c"));
}

TEST(RunQueueDecisionTest, HigherPriorityComesFirstThenOlder) {
  Queue queue;
  queue.Queued("a");
  queue.Queued("b", {{"dagster/priority", "-1"}});
  queue.Queued("c", {{"dagster/priority", "5"}});
  queue.Queued("d", {{"dagster/priority", "soon"}});
  EXPECT_THAT(queue.Choose(), ElementsAre("c", "a", "d", "b"));
}

TEST(RunQueueDecisionTest, APriorityIsWhatPythonTakesForAnInteger) {
  const auto priority = [](const std::string& text) {
    return PriorityOf(Queue::Record("a", {{"dagster/priority", text}}).run);
  };
  EXPECT_EQ(priority(" +1_000\n"), 1000);
  EXPECT_EQ(priority("-007"), -7);
  for (const char* text : {"", " ", "1.5", "1__0", "_1", "1_", "--1", "- 1", "0x1"}) EXPECT_EQ(priority(text), 0);
  EXPECT_GT(priority("99999999999999999999"), 1'000'000);
}

TEST(RunQueueDecisionTest, ALimitOfATagCountsAllItsValuesOneValueOrEach) {
  Queue queue;
  queue.Queued("a", {{"team", "x"}});
  queue.Queued("b", {{"team", "x"}});
  queue.Queued("c", {{"team", "y"}});
  queue.Queued("d");
  auto& limits = queue.rules.queue.tag_concurrency_limits;
  limits = {{"team", {}, false, 1}};
  EXPECT_THAT(queue.Choose(), ElementsAre("a", "d"));
  limits = {{"team", "x", false, 1}};
  EXPECT_THAT(queue.Choose(), ElementsAre("a", "c", "d"));
  limits = {{"team", {}, true, 1}};
  EXPECT_THAT(queue.Choose(), ElementsAre("a", "c", "d"));
  queue.InProgress("z", {{"team", "x"}});
  EXPECT_THAT(queue.Choose(), ElementsAre("c", "d"));
}

TEST(RunQueueDecisionTest, ARunWhoseFirstStepsWouldAllWaitStaysQueued) {
  Queue queue;
  queue.state.pools = {{"gpu", 2, 1}};
  queue.Queued("a").run.run_op_concurrency = Needs("gpu");
  queue.Queued("b").run.run_op_concurrency = Needs("gpu");
  queue.Queued("c").run.run_op_concurrency = Needs("gpu", true);
  queue.Queued("d").run.run_op_concurrency = Needs("without limit");
  EXPECT_THAT(queue.Choose(), ElementsAre("a", "c", "d"));
  queue.rules.queue.op_concurrency_slot_buffer = 1;
  EXPECT_THAT(queue.Choose(), ElementsAre("a", "b", "c", "d"));
  queue.rules.queue.op_concurrency_slot_buffer = 0;
  queue.rules.queue.block_op_concurrency_limited_runs = false;
  EXPECT_THAT(queue.Choose(), ElementsAre("a", "b", "c", "d"));
}

TEST(RunQueueDecisionTest, StepsOfARunThatHasJustStartedCountThoughTheyHaveNoClaimYet) {
  Queue queue;
  queue.state.pools = {{"gpu", 1, 0}};
  queue.Queued("a").run.run_op_concurrency = Needs("gpu");
  model::RunRecord& other = queue.InProgress("z");
  other.run.run_op_concurrency = Needs("gpu");
  EXPECT_THAT(queue.Choose(), IsEmpty());
  other.run.status = model::RunStatus::kStarted;
  other.start_time = ToUnixSeconds(queue.state.now) - 4.9;
  EXPECT_THAT(queue.Choose(), IsEmpty());
  other.start_time = ToUnixSeconds(queue.state.now) - 5;
  EXPECT_THAT(queue.Choose(), ElementsAre("a"));
}

TEST(RunQueueDecisionTest, ByRunARunTakesASlotOfEachPoolUntilItEnds) {
  Queue queue;
  queue.rules.granularity = instance::PoolGranularity::kRun;
  queue.state.pools = {{"gpu", 2, 7}, {"cpu", 1, 0}};
  queue.Queued("a").run.run_op_concurrency = model::RunOpConcurrency{{}, true, {"cpu", "gpu"}};
  queue.Queued("b").run.run_op_concurrency = model::RunOpConcurrency{{}, true, {"cpu"}};
  queue.Queued("c").run.run_op_concurrency = model::RunOpConcurrency{{}, true, {"gpu"}};
  queue.Queued("d").run.run_op_concurrency = model::RunOpConcurrency{{}, true, {"gpu"}};
  EXPECT_THAT(queue.Choose(), ElementsAre("a", "c"));
  model::RunRecord& other = queue.InProgress("z");
  other.run.status = model::RunStatus::kCanceling;
  other.run.run_op_concurrency = model::RunOpConcurrency{{}, true, {"cpu"}};
  EXPECT_THAT(queue.Choose(), ElementsAre("c", "d"));
}

TEST(RunQueueDecisionTest, RunsOfAPausedLocationWait) {
  Queue queue;
  queue.Queued("a");
  queue.Queued("b");
  queue.state.paused_locations = {"location-of-a"};
  EXPECT_THAT(queue.Choose(), ElementsAre("b"));
}

TEST(RunQueueDecisionTest, ALaterPageGivesARunOnlyByPriority) {
  Queue queue;
  queue.rules.page_size = 2;
  queue.rules.queue.max_concurrent_runs = 2;
  for (const char* id : {"a", "b", "c"}) queue.Queued(id);
  queue.Queued("d", {{"dagster/priority", "1"}});
  EXPECT_THAT(queue.Choose(), ElementsAre("d", "a"));
}

}  // namespace
}  // namespace tidemill::daemon
