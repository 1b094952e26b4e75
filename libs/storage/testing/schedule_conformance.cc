#include <string>

#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/base/hash.h>

#include "conformance.h"
#include "samples.h"

namespace tidemill::storage::testing {
namespace {

using model::TickStatus;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

InstigatorRecord SampleInstigator(std::string_view name, model::InstigatorStatus status) {
  InstigatorRecord record;
  record.state.origin = json::Object{
      {"__class__", "ExternalJobOrigin"},
      {"external_repository_origin",
       json::Object{{"__class__", "ExternalRepositoryOrigin"},
                    {"repository_location_origin", json::Object{{"__class__", "GrpcServerRepositoryLocationOrigin"},
                                                                {"host", "localhost"},
                                                                {"location_name", "loc"},
                                                                {"port", 4000},
                                                                {"socket", nullptr}}},
                    {"repository_name", "repo"}}},
      {"job_name", name}};
  record.state.type = model::InstigatorType::kSensor;
  record.state.status = status;
  model::SensorState data;
  data.cursor = "c1";
  record.state.data = data;
  record.origin_id = Sha1Hex(json::Dump(record.state.origin, json::Order::kSorted));
  record.selector_id = model::InstigatorSelectorId("loc", "repo", name);
  record.repository_selector_id = model::RepositorySelectorId("loc", "repo");
  return record;
}

model::TickData SampleTick(std::string_view selector, double time, TickStatus status) {
  model::TickData data;
  data.instigator_origin_id = "origin";
  data.instigator_name = "sensor";
  data.instigator_type = model::InstigatorType::kSensor;
  data.selector_id = selector;
  data.timestamp = time;
  data.status = status;
  return data;
}

TEST_P(StorageConformance, AnInstigatorIsPutReplacedAndDeleted) {
  EXPECT_THAT(schedules().Instigators(), IsEmpty());
  InstigatorRecord record = SampleInstigator("s1", model::InstigatorStatus::kRunning);
  schedules().PutInstigator(record);
  schedules().PutInstigator(SampleInstigator("s2", model::InstigatorStatus::kStopped));
  record.state.status = model::InstigatorStatus::kStopped;
  std::get<model::SensorState>(record.state.data).cursor = "c2";
  schedules().PutInstigator(record);

  const auto other = backend_->Open();
  EXPECT_THAT(other->schedules().Instigators(), SizeIs(2));
  const auto found = other->schedules().GetInstigator(record.selector_id);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->state.status, model::InstigatorStatus::kStopped);
  EXPECT_EQ(std::get<model::SensorState>(found->state.data).cursor, "c2");
  EXPECT_EQ(found->origin_id, record.origin_id);
  EXPECT_EQ(found->repository_selector_id, record.repository_selector_id);

  schedules().DeleteInstigator(record.selector_id);
  schedules().DeleteInstigator(record.selector_id);
  EXPECT_EQ(schedules().GetInstigator(record.selector_id), std::nullopt);
  EXPECT_THAT(schedules().Instigators(), SizeIs(1));
}

TEST_P(StorageConformance, AnInstigatorWhoseServerMovedStaysOne) {
  InstigatorRecord record = SampleInstigator("s1", model::InstigatorStatus::kRunning);
  schedules().PutInstigator(record);
  record.state.origin.AsObject().Set("job_name", "s1");
  record.state.origin.AsObject()
      .Find("external_repository_origin")
      ->AsObject()
      .Find("repository_location_origin")
      ->AsObject()
      .Set("port", 5000);
  record.origin_id = Sha1Hex(json::Dump(record.state.origin, json::Order::kSorted));
  schedules().PutInstigator(record);
  EXPECT_THAT(schedules().Instigators(), SizeIs(1));
  EXPECT_EQ(schedules().GetInstigator(record.selector_id)->origin_id, record.origin_id);
}

TEST_P(StorageConformance, TicksAreListedNewestFirstAndFiltered) {
  std::vector<model::Tick> ticks;
  for (int i = 0; i < 4; ++i) {
    ticks.push_back(schedules().AddTick(SampleTick("sel", kStart + i, TickStatus::kStarted)));
  }
  schedules().AddTick(SampleTick("other", kStart, TickStatus::kStarted));
  ticks[1].data.status = TickStatus::kSuccess;
  ticks[1].data.run_ids = {"r1"};
  schedules().UpdateTick(ticks[1]);

  const auto ids = [](const std::vector<model::Tick>& found) {
    std::vector<std::int64_t> result;
    for (const model::Tick& tick : found) result.push_back(tick.tick_id);
    return result;
  };
  EXPECT_THAT(ids(schedules().Ticks("sel", {})),
              ElementsAre(ticks[3].tick_id, ticks[2].tick_id, ticks[1].tick_id, ticks[0].tick_id));
  EXPECT_THAT(ids(schedules().Ticks("sel", {.after = kStart, .before = kStart + 3, .statuses = {}, .limit = 1})),
              ElementsAre(ticks[2].tick_id));
  const auto done =
      schedules().Ticks("sel", {.after = {}, .before = {}, .statuses = {TickStatus::kSuccess}, .limit = {}});
  ASSERT_THAT(done, SizeIs(1));
  EXPECT_THAT(done[0].data.run_ids, ElementsAre("r1"));
  EXPECT_EQ(schedules().GetTick(ticks[1].tick_id)->data.run_ids, ticks[1].data.run_ids);
  EXPECT_EQ(schedules().GetTick(999), std::nullopt);
  EXPECT_THROW(schedules().UpdateTick({.tick_id = 999, .data = ticks[0].data}), Error);
}

TEST_P(StorageConformance, OldTicksOfSomeStatusesArePurged) {
  for (int i = 0; i < 4; ++i) {
    schedules().AddTick(SampleTick("sel", kStart + i, i % 2 == 0 ? TickStatus::kSkipped : TickStatus::kSuccess));
  }
  EXPECT_EQ(schedules().PurgeTicks("sel", {TickStatus::kSkipped}, kStart + 1), 1);
  EXPECT_EQ(schedules().PurgeTicks("sel", {TickStatus::kSkipped}, kStart + 1), 0);
  EXPECT_EQ(schedules().PurgeTicks("other", {}, kStart + 100), 0);
  EXPECT_EQ(schedules().PurgeTicks("sel", {}, kStart + 3), 2);
  EXPECT_THAT(schedules().Ticks("sel", {}), SizeIs(1));
}

TEST_P(StorageConformance, EvaluationsAreReadByKeyAndById) {
  EXPECT_THAT(schedules().EvaluationsOf(1), SizeIs(0));
  const auto evaluation = [](std::int64_t id, std::string key, std::string body, std::int64_t requested) {
    EvaluationRecord record;
    record.evaluation_id = id;
    record.key = std::move(key);
    record.body = std::move(body);
    record.num_requested = requested;
    return record;
  };
  schedules().PutEvaluations({evaluation(1, R"(["a"])", "one", 0), evaluation(1, R"(["b"])", "other", 0),
                              evaluation(2, R"(["a"])", "two", 3)});
  schedules().PutEvaluations({evaluation(1, R"(["a"])", "one again", 0)});

  const auto bodies = [](const std::vector<EvaluationRecord>& found) {
    std::vector<std::string> result;
    for (const EvaluationRecord& record : found) result.push_back(record.body);
    return result;
  };
  EXPECT_THAT(bodies(schedules().Evaluations(R"(["a"])", {}, {})), ElementsAre("two", "one again"));
  EXPECT_THAT(bodies(schedules().Evaluations(R"(["a"])", 2, {})), ElementsAre("one again"));
  EXPECT_THAT(bodies(schedules().Evaluations(R"(["a"])", {}, 1)), ElementsAre("two"));
  EXPECT_THAT(bodies(schedules().EvaluationsOf(1)), ElementsAre("one again", "other"));
  EXPECT_EQ(schedules().EvaluationsOf(2).at(0).num_requested, 3);
}

}  // namespace
}  // namespace tidemill::storage::testing
