#include <string>
#include <thread>

#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/base/hash.h>

#include "conformance.h"
#include "samples.h"

namespace tidemill::storage::testing {
namespace {

using model::RunStatus;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Ids(const std::vector<model::RunRecord>& records) {
  std::vector<std::string> ids;
  for (const model::RunRecord& record : records) ids.push_back(record.run.run_id);
  return ids;
}

Code CodeOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return Code::kUnknown;
}

TEST_P(StorageConformance, ARunComesBackAsItWas) {
  const Timestamp before = SystemClock().Now();
  model::Run run = SampleRun("r1", {{"team", "data \xc3\xa9"}, {"dagster/partition", "2026"}});
  run.run_config = json::Object{{"ops", json::Object{{"a", json::Object{{"config", 1.5}}}}}};
  run.op_selection = {"a", "b"};
  runs().AddRun(run);

  const auto record = backend_->Open()->runs().GetRun("r1");
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->run.job_name, "sample_job");
  EXPECT_EQ(record->run.status, RunStatus::kNotStarted);
  EXPECT_EQ(record->run.run_config, run.run_config);
  EXPECT_THAT(record->run.tags, UnorderedElementsAre(Pair("team", "data \xc3\xa9"), Pair("dagster/partition", "2026")));
  EXPECT_EQ(record->run.op_selection, run.op_selection);
  EXPECT_GE(record->create_timestamp, before);
  EXPECT_EQ(record->start_time, std::nullopt);
  EXPECT_EQ(runs().GetRun("r2"), std::nullopt);
}

TEST_P(StorageConformance, ARunIdIsTakenOnce) {
  runs().AddRun(SampleRun("r1"));
  EXPECT_EQ(CodeOf([&] { runs().AddRun(SampleRun("r1")); }), Code::kAlreadyExists);
  EXPECT_EQ(runs().CountRuns({}), 1);
}

TEST_P(StorageConformance, ARunNeedsItsJobSnapshot) {
  model::Run run = SampleRun("r1");
  run.job_snapshot_id = Sha1Hex("{}");
  EXPECT_EQ(CodeOf([&] { runs().AddRun(run); }), Code::kFailedPrecondition);
  runs().AddSnapshotText(Sha1Hex("{}"), "PIPELINE", "{}");
  runs().AddRun(run);
  RunFilter filter;
  filter.snapshot_id = run.job_snapshot_id;
  EXPECT_EQ(runs().CountRuns(filter), 1);
}

TEST_P(StorageConformance, RunsAreListedNewestFirstByPages) {
  for (const char* id : {"r1", "r2", "r3", "r4"}) runs().AddRun(SampleRun(id));
  EXPECT_THAT(Ids(runs().GetRuns({}, {})), ElementsAre("r4", "r3", "r2", "r1"));
  EXPECT_THAT(Ids(runs().GetRuns({}, {.cursor = "r3", .limit = 1, .ascending = false})), ElementsAre("r2"));
  EXPECT_THAT(Ids(runs().GetRuns({}, {.cursor = "r2", .limit = {}, .ascending = true})), ElementsAre("r3", "r4"));
  EXPECT_THAT(runs().GetRuns({}, {.cursor = "unknown", .limit = {}, .ascending = false}), IsEmpty());
}

TEST_P(StorageConformance, FiltersOfRunsAllHold) {
  runs().AddRun(SampleRun("r1", {{"team", "a"}, {"env", "prod"}}));
  runs().AddRun(SampleRun("r2", {{"team", "b"}, {"env", "prod"}}));
  model::Run other = SampleRun("r3", {{"team", "a"}});
  other.job_name = "other_job";
  other.status = RunStatus::kQueued;
  runs().AddRun(other);

  RunFilter filter;
  filter.tags = {{"team", {"a"}}};
  EXPECT_THAT(Ids(runs().GetRuns(filter, {})), ElementsAre("r3", "r1"));
  filter.tags = {{"team", {"a", "b"}}, {"env", {"prod"}}};
  EXPECT_THAT(Ids(runs().GetRuns(filter, {})), ElementsAre("r2", "r1"));
  EXPECT_EQ(runs().CountRuns(filter), 2);
  filter.run_ids = {{"r1", "r3"}};
  EXPECT_THAT(Ids(runs().GetRuns(filter, {})), ElementsAre("r1"));
  filter = {};
  filter.run_ids = std::vector<std::string>{};
  EXPECT_THAT(runs().GetRuns(filter, {}), IsEmpty());
  filter = {};
  filter.job_name = "other_job";
  EXPECT_THAT(Ids(runs().GetRuns(filter, {})), ElementsAre("r3"));
  filter = {};
  filter.statuses = {RunStatus::kQueued, RunStatus::kStarted};
  EXPECT_THAT(Ids(runs().GetRuns(filter, {})), ElementsAre("r3"));
}

TEST_P(StorageConformance, RunsAreFilteredByTheirTimes) {
  runs().AddRun(SampleRun("r1"));
  runs().AddRun(SampleRun("r2"));
  events().Append(Group({RunEvent("r1", model::EventType::kRunStart, kStart + 100)}));
  RunFilter filter;
  filter.updated_before = FromUnixSeconds(kStart + 101);
  filter.updated_after = FromUnixSeconds(kStart + 99);
  EXPECT_THAT(Ids(runs().GetRuns(filter, {})), ElementsAre("r1"));
  filter = {};
  filter.created_after = runs().GetRun("r1")->create_timestamp;
  EXPECT_THAT(Ids(runs().GetRuns(filter, {})), ElementsAre("r2"));
  filter = {};
  filter.created_before = runs().GetRun("r2")->create_timestamp;
  EXPECT_THAT(Ids(runs().GetRuns(filter, {})), ElementsAre("r1"));
}

TEST_P(StorageConformance, TagsAreAddedAndReplaced) {
  runs().AddRun(SampleRun("r1", {{"team", "a"}}));
  runs().AddRunTags("r1", {{"team", "b"}, {"new", "1"}});
  EXPECT_THAT(runs().GetRun("r1")->run.tags, UnorderedElementsAre(Pair("team", "b"), Pair("new", "1")));
  RunFilter filter;
  filter.tags = {{"team", {"a"}}};
  EXPECT_EQ(runs().CountRuns(filter), 0);
  EXPECT_THAT(runs().RunTags({"team", "new", "none"}, "", std::nullopt),
              ElementsAre(Pair("new", ElementsAre("1")), Pair("team", ElementsAre("b"))));
  EXPECT_THAT(runs().RunTagKeys(), ::testing::IsSupersetOf({"new", "team"}));
  EXPECT_EQ(CodeOf([&] { runs().AddRunTags("nobody", {{"a", "b"}}); }), Code::kNotFound);
}

TEST_P(StorageConformance, TheRepositoryAndThePoolsOfARunCanBeFilteredBy) {
  model::Run run = SampleRun("r1");
  run.remote_job_origin = json::Object{
      {"__class__", "ExternalPipelineOrigin"},
      {"external_repository_origin",
       json::Object{{"__class__", "ExternalRepositoryOrigin"},
                    {"repository_location_origin",
                     json::Object{{"__class__", "GrpcServerRepositoryLocationOrigin"}, {"location_name", "loc"}}},
                    {"repository_name", "repo"}}},
      {"pipeline_name", "sample_job"}};
  run.run_op_concurrency = model::RunOpConcurrency{{{"db", 1}}, false, {"db"}};
  runs().AddRun(run);
  RunFilter filter;
  filter.tags = {{".dagster/repository", {"repo@loc"}}, {".dagster/pool/db", {"true"}}};
  EXPECT_EQ(runs().CountRuns(filter), 1);
  EXPECT_THAT(runs().GetRun("r1")->run.tags, IsEmpty()) << "they are no tags of the run itself";
}

TEST_P(StorageConformance, ADeletedRunIsGone) {
  runs().AddRun(SampleRun("r1", {{"team", "a"}}));
  runs().DeleteRun("r1");
  runs().DeleteRun("r1");
  EXPECT_EQ(runs().GetRun("r1"), std::nullopt);
  EXPECT_THAT(runs().RunTags({"team"}, "", std::nullopt), IsEmpty());
}

TEST_P(StorageConformance, SnapshotsAreStoredOnce) {
  const std::string text = "{\"__class__\": \"PipelineSnapshot\", \"name\": \"caf\\u00e9\"}";
  const std::string id = Sha1Hex(text);
  EXPECT_FALSE(runs().HasSnapshot(id));
  runs().AddSnapshotText(id, "PIPELINE", text);
  runs().AddSnapshotText(id, "PIPELINE", text);
  EXPECT_TRUE(runs().HasSnapshot(id));
  EXPECT_THAT(runs().SnapshotText(id), Optional(text));
  EXPECT_EQ(runs().SnapshotText("unknown"), std::nullopt);
  const std::string plan_id = runs().AddPlanSnapshot({});
  EXPECT_EQ(Sha1Hex(runs().SnapshotText(plan_id).value()), plan_id);
}

TEST_P(StorageConformance, EachDaemonHasOneHeartbeat) {
  model::DaemonHeartbeat beat;
  beat.daemon_type = "SENSOR";
  beat.daemon_id = "d1";
  beat.timestamp = kStart;
  runs().AddHeartbeat(beat);
  beat.timestamp = kStart + 30;
  runs().AddHeartbeat(beat);
  beat.daemon_type = "SCHEDULER";
  runs().AddHeartbeat(beat);
  const auto beats = runs().Heartbeats();
  ASSERT_THAT(beats, SizeIs(2));
  EXPECT_EQ(beats[1].daemon_type, "SENSOR");
  EXPECT_EQ(beats[1].timestamp, kStart + 30);
}

TEST_P(StorageConformance, TheChangeTokenTellsOfEachChangeAlsoByOthers) {
  runs().AddRun(SampleRun("r1"));
  const std::int64_t first = runs().ChangeToken();
  EXPECT_EQ(runs().ChangeToken(), first);
  events().Append(Group({RunEvent("r1", model::EventType::kRunStart)}));
  const std::int64_t second = runs().ChangeToken();
  EXPECT_NE(second, first);
  backend_->Open()->runs().AddRun(SampleRun("r2"));
  EXPECT_NE(runs().ChangeToken(), second);
}

TEST_P(StorageConformance, ValuesAreSetAndReplaced) {
  EXPECT_EQ(runs().GetValue("k"), std::nullopt);
  runs().SetValue("k", "1");
  runs().SetValue("k", "2");
  EXPECT_THAT(runs().GetValue("k"), Optional(std::string("2")));
}

TEST_P(StorageConformance, TheStorageKeepsItsId) {
  const std::string id = runs().RunStorageId();
  EXPECT_THAT(id, SizeIs(36));
  EXPECT_EQ(backend_->Open()->runs().RunStorageId(), id);
}

TEST_P(StorageConformance, TagValuesAreFoundByTheirBeginning) {
  runs().AddRun(SampleRun("r1", {{"team", "blue"}, {"day", "1"}}));
  runs().AddRun(SampleRun("r2", {{"team", "black"}}));
  runs().AddRun(SampleRun("r3", {{"team", "red"}}));
  EXPECT_THAT(runs().RunTags({"team"}, "bl", std::nullopt), ElementsAre(Pair("team", ElementsAre("black", "blue"))));
  EXPECT_THAT(runs().RunTags({"team"}, "", 1), ElementsAre(Pair("team", ElementsAre("black"))));
}

TEST_P(StorageConformance, RunsOfBackfillsCanBeLeftOut) {
  runs().AddRun(SampleRun("r1"));
  runs().AddRun(SampleRun("r2", {{std::string(model::tag::kBackfill), "aaaaaaaa"}}));
  RunFilter filter;
  filter.exclude_backfills = true;
  EXPECT_THAT(Ids(runs().GetRuns(filter, {})), ElementsAre("r1"));
  EXPECT_EQ(runs().CountRuns(filter), 1);
}

TEST_P(StorageConformance, OfEachPartitionTheNewestRunIsFound) {
  const std::string partition(model::tag::kPartition);
  runs().AddRun(SampleRun("r1", {{partition, "a"}, {"set", "x"}}));
  runs().AddRun(SampleRun("r2", {{partition, "b"}, {"set", "x"}}));
  runs().AddRun(SampleRun("r3", {{partition, "a"}, {"set", "x"}}));
  runs().AddRun(SampleRun("r4", {{partition, "a"}, {"set", "other"}}));
  runs().AddRun(SampleRun("r5", {{"set", "x"}}));

  RunFilter filter;
  filter.tags = {{"set", {"x"}}};
  const auto found = runs().LatestRunsByPartition(filter);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].partition, "a");
  EXPECT_EQ(found[0].run_id, "r3");
  EXPECT_EQ(found[1].partition, "b");
  EXPECT_EQ(found[1].run_id, "r2");
}

TEST_P(StorageConformance, BackfillsAreListedNewestFirst) {
  model::BackfillRecord first;
  first.backfill_id = "aaaaaaaa";
  first.status = "REQUESTED";
  first.timestamp = FromUnixSeconds(kStart);
  first.action_type = "PARTITION_BACKFILL";
  first.job_name = "sample_job";
  first.tags = {{"team", "a"}};
  first.body = json::Object{{"__class__", "PartitionBackfill"}, {"tags", json::Object{{"team", "a"}}}};
  model::BackfillRecord second = first;
  second.backfill_id = "bbbbbbbb";
  runs().AddBackfill(first);
  runs().AddBackfill(second);
  EXPECT_EQ(CodeOf([&] { runs().AddBackfill(first); }), Code::kAlreadyExists);

  second.status = "COMPLETED_SUCCESS";
  second.body.AsObject().Set("status", "done");
  runs().UpdateBackfill(second);
  EXPECT_EQ(runs().GetBackfill("bbbbbbbb")->body, second.body);
  EXPECT_THAT(runs().GetBackfill("aaaaaaaa")->tags, ElementsAre(Pair("team", "a")));
  EXPECT_EQ(runs().GetBackfill("aaaaaaaa")->timestamp, first.timestamp);
  EXPECT_EQ(runs().GetBackfills({}, std::nullopt, std::nullopt).at(0).backfill_id, "bbbbbbbb");
  EXPECT_THAT(runs().GetBackfills({}, std::nullopt, 1), SizeIs(1));
  EXPECT_EQ(runs().GetBackfills({.statuses = {"REQUESTED"}}, std::nullopt, std::nullopt).at(0).backfill_id, "aaaaaaaa");
  EXPECT_EQ(runs().GetBackfills({}, "bbbbbbbb", std::nullopt).at(0).backfill_id, "aaaaaaaa");
  EXPECT_THAT(runs().GetBackfills({}, "aaaaaaaa", std::nullopt), IsEmpty());
  EXPECT_EQ(runs().CountBackfills({.tags = {{"team", {"a", "b"}}}}), 2);
  EXPECT_EQ(runs().CountBackfills({.backfill_ids = {{"bbbbbbbb"}}, .job_name = "sample_job"}), 1);
  EXPECT_EQ(runs().CountBackfills({.job_name = "another_job"}), 0);
  EXPECT_EQ(runs().CountBackfills({.created_before = first.timestamp}), 0);
  EXPECT_EQ(runs().CountBackfills({.selector_id = "no such set"}), 0);
  second.backfill_id = "cccccccc";
  EXPECT_EQ(CodeOf([&] { runs().UpdateBackfill(second); }), Code::kNotFound);
}

TEST_P(StorageConformance, AddedTagsAndStatusEventsDoNotLoseEachOther) {
  runs().AddRun(SampleRun("r1"));
  std::thread tagger([&] {
    const auto own = backend_->Open();
    for (int i = 0; i < 20; ++i) own->runs().AddRunTags("r1", {{"tag" + std::to_string(i), "x"}});
  });
  for (int i = 0; i < 20; ++i) events().Append(Group({RunEvent("r1", model::EventType::kRunStart, kStart + i)}));
  tagger.join();
  EXPECT_THAT(runs().GetRun("r1")->run.tags, SizeIs(20));
  EXPECT_EQ(runs().GetRun("r1")->run.status, RunStatus::kStarted);
}

}  // namespace
}  // namespace tidemill::storage::testing
