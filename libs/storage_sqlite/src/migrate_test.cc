#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/base/hash.h>
#include <tidemill/storage_sqlite/open.h>

#include "revisions.h"
#include "samples.h"
#include "testing/raw_sqlite.h"
#include "testing/temp_home.h"

namespace tidemill::storage_sqlite {
namespace {

using storage::testing::Group;
using storage::testing::kStart;
using storage::testing::LogLine;
using storage::testing::Materialized;
using storage::testing::RunEvent;
using storage::testing::SampleRun;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using testing::RawSqlite;
using ::testing::SizeIs;
using testing::TempHome;

constexpr std::string_view kSchemaText =
    "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name)";

std::string SchemaOf(const std::filesystem::path& file) { return RawSqlite(file).Value(std::string(kSchemaText)); }

constexpr std::string_view kOrigin =
    R"({"__class__": "ExternalJobOrigin", "external_repository_origin": {"__class__": "ExternalRepositoryOrigin", )"
    R"("repository_location_origin": {"__class__": "GrpcServerRepositoryLocationOrigin", "host": "h", )"
    R"("location_name": "loc", "port": 1, "socket": null}, "repository_name": "repo"}, "job_name": "every_day"})";

/// The three shared files as a Dagster of about 0.12 left them, with one of each thing that later migrations move.
void MakeOldHome(const std::filesystem::path& home) {
  RawSqlite runs(home / "history/runs.db");
  runs.Run(
      "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);"
      "INSERT INTO alembic_version VALUES ('7f2b1a4ca7a5');"
      "CREATE TABLE snapshots (id INTEGER NOT NULL PRIMARY KEY, snapshot_id VARCHAR(255) NOT NULL UNIQUE, "
      "snapshot_body BLOB NOT NULL, snapshot_type VARCHAR(63) NOT NULL);"
      "CREATE TABLE runs (id INTEGER NOT NULL PRIMARY KEY, run_id VARCHAR(255) UNIQUE, snapshot_id VARCHAR(255), "
      "pipeline_name TEXT, status VARCHAR(63), run_body TEXT, partition TEXT, partition_set TEXT, create_timestamp "
      "DATETIME DEFAULT CURRENT_TIMESTAMP, update_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP, FOREIGN "
      "KEY(snapshot_id) "
      "REFERENCES snapshots (snapshot_id));"
      "CREATE TABLE run_tags (id INTEGER NOT NULL PRIMARY KEY, run_id VARCHAR(255), key TEXT, value TEXT, FOREIGN "
      "KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE);"
      "CREATE TABLE daemon_heartbeats (daemon_type VARCHAR(255) NOT NULL, daemon_id VARCHAR(255), timestamp TIMESTAMP "
      "NOT "
      "NULL, body TEXT, UNIQUE (daemon_type));"
      "CREATE TABLE bulk_actions (id INTEGER NOT NULL PRIMARY KEY, key VARCHAR(32) NOT NULL UNIQUE, status "
      "VARCHAR(255) "
      "NOT NULL, timestamp TIMESTAMP NOT NULL, body TEXT);"
      "INSERT INTO runs (run_id, pipeline_name, status, run_body) VALUES ('r1', 'sample_job', 'SUCCESS', "
      "'{\"__class__\": \"PipelineRun\", \"pipeline_name\": \"sample_job\", \"run_id\": \"r1\", \"run_config\": {}, "
      "\"status\": {\"__enum__\": \"PipelineRunStatus.SUCCESS\"}, \"tags\": {\"dagster/backfill\": \"bbbbbbbb\"}, "
      "\"external_pipeline_origin\": {\"__class__\": \"ExternalPipelineOrigin\", \"external_repository_origin\": "
      "{\"__class__\": \"ExternalRepositoryOrigin\", \"repository_location_origin\": {\"location_name\": \"loc\"}, "
      "\"repository_name\": \"repo\"}, \"pipeline_name\": \"sample_job\"}}');"
      "INSERT INTO run_tags (run_id, key, value) VALUES ('r1', 'dagster/backfill', 'bbbbbbbb'), ('r1', "
      "'dagster/partition', '2020'), ('r1', 'dagster/partition_set', 'set');"
      "INSERT INTO daemon_heartbeats VALUES ('SENSOR', 'd', '2021-01-01 00:00:00.000000', '{\"__class__\": "
      "\"DaemonHeartbeat\", \"daemon_id\": \"d\", \"daemon_type\": \"SENSOR\", \"errors\": [], \"timestamp\": 1.0}');"
      "INSERT INTO bulk_actions (key, status, timestamp, body) VALUES ('bbbbbbbb', 'COMPLETED', "
      "'2021-01-01 00:00:00.000000', '{\"__class__\": \"PartitionBackfill\", \"backfill_timestamp\": 5.0, \"tags\": "
      "{\"team\": \"a\"}, \"partition_set_origin\": {\"partition_set_name\": \"sample_job_partition_set\"}}');");

  RawSqlite schedules(home / "schedules/schedules.db");
  schedules.Run(
      "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);"
      "INSERT INTO alembic_version VALUES ('7f2b1a4ca7a5');"
      "CREATE TABLE jobs (id INTEGER NOT NULL PRIMARY KEY, job_origin_id VARCHAR(255) UNIQUE, repository_origin_id "
      "VARCHAR(255), status VARCHAR(63), job_type VARCHAR(63), job_body TEXT, create_timestamp DATETIME DEFAULT "
      "CURRENT_TIMESTAMP, update_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP);"
      "CREATE TABLE job_ticks (id INTEGER NOT NULL PRIMARY KEY, job_origin_id VARCHAR(255), status VARCHAR(63), type "
      "VARCHAR(63), timestamp TIMESTAMP, tick_body TEXT, create_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP, "
      "update_timestamp DATETIME DEFAULT CURRENT_TIMESTAMP);");
  schedules.Run(
      "INSERT INTO jobs (job_origin_id, status, job_type, job_body) VALUES ('o1', 'RUNNING', 'SCHEDULE', "
      "'{\"__class__\": "
      "\"InstigatorState\", \"job_specific_data\": null, \"job_type\": {\"__enum__\": \"InstigatorType.SCHEDULE\"}, "
      "\"origin\": " +
      std::string(kOrigin) +
      ", \"status\": {\"__enum__\": \"InstigatorStatus.RUNNING\"}}');"
      "INSERT INTO job_ticks (job_origin_id, status, type, timestamp, tick_body) VALUES ('o1', 'SUCCESS', 'SCHEDULE', "
      "'2021-01-01 00:00:00.000000', '{\"__class__\": \"TickData\", \"job_name\": \"every_day\", \"job_origin_id\": "
      "\"o1\", \"job_type\": {\"__enum__\": \"InstigatorType.SCHEDULE\"}, \"status\": {\"__enum__\": "
      "\"TickStatus.SUCCESS\"}, \"timestamp\": 9.0}');");
}

/// index.db with the asset table of Dagster 0.11, and a run log without any of the later tables.
void MakeOldEvents(const std::filesystem::path& home) {
  constexpr std::string_view kEventLogs =
      "CREATE TABLE event_logs (id INTEGER NOT NULL PRIMARY KEY, run_id VARCHAR(255), event TEXT NOT NULL, "
      "dagster_event_type TEXT, timestamp TIMESTAMP, step_key TEXT, asset_key TEXT, partition TEXT);";
  const auto event = Group({Materialized("r1", {"a"})});
  const std::string insert =
      "INSERT INTO event_logs (run_id, event, dagster_event_type, timestamp, asset_key) VALUES ('r1', '" +
      event[0].text + "', 'ASSET_MATERIALIZATION', '2023-11-14 22:13:20.000000', '[\"a\"]');";
  RawSqlite index(home / "history/runs/index.db");
  index.Run(
      std::string(kEventLogs) + insert +
      "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);"
      "INSERT INTO alembic_version VALUES ('7f2b1a4ca7a5');"
      "CREATE TABLE asset_keys (id INTEGER NOT NULL PRIMARY KEY, asset_key VARCHAR(512) UNIQUE, "
      "last_materialization TEXT, last_run_id VARCHAR(255), asset_details TEXT);"
      "INSERT INTO asset_keys (asset_key, last_run_id, asset_details) VALUES ('[\"wiped\"]', NULL, '{\"__class__\": "
      "\"AssetDetails\", \"last_wipe_timestamp\": 1600000000.5}');");
  RawSqlite log(home / "history/runs/r1.db");
  log.Run(std::string(kEventLogs) + insert);
}

std::string ErrorOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return std::string(CodeName(error.code())) + ": " + error.what();
  }
  return "";
}

TEST(MigrateTest, AnOldHomeSaysWhatToDo) {
  const TempHome home;
  MakeOldHome(home.path());
  const auto store = Open(home.path());
  EXPECT_THAT(
      ErrorOf([&] { store->runs().GetRun("r1"); }),
      ::testing::AllOf(HasSubstr("FAILED_PRECONDITION"), HasSubstr("7f2b1a4ca7a5"), HasSubstr("instance migrate")));
  const auto revisions = store->Revisions();
  ASSERT_THAT(revisions, SizeIs(3));
  EXPECT_EQ(revisions[0].current, "7f2b1a4ca7a5");
  EXPECT_EQ(revisions[1].current, kHeadRevision) << "a file that is not there will be new";
  EXPECT_EQ(revisions[2].latest, kHeadRevision);
}

TEST(MigrateTest, AMigratedHomeIsAsANewOneAndKeepsItsData) {
  const TempHome home;
  MakeOldHome(home.path());
  MakeOldEvents(home.path());
  const auto store = Open(home.path());
  EXPECT_THAT(store->Migrate(), Not(IsEmpty()));
  EXPECT_THAT(store->Migrate(), IsEmpty()) << "nothing is done twice";

  const TempHome fresh;
  const auto fresh_store = Open(fresh.path());
  fresh_store->runs().SetValue("k", "v");
  fresh_store->events().Append(Group({LogLine("r1", "x"), Materialized("r1", {"x"})}));
  fresh_store->schedules().AddTick({});
  for (const char* name :
       {"history/runs.db", "history/runs/index.db", "history/runs/r1.db", "schedules/schedules.db"}) {
    EXPECT_EQ(SchemaOf(home.path() / name), SchemaOf(fresh.path() / name)) << name;
  }

  const auto run = store->runs().GetRun("r1");
  ASSERT_TRUE(run.has_value());
  EXPECT_EQ(run->run.status, model::RunStatus::kSuccess);
  storage::RunFilter filter;
  filter.tags = {{".dagster/repository", {"repo@loc"}}};
  EXPECT_EQ(store->runs().CountRuns(filter), 1);
  EXPECT_THAT(store->runs().Heartbeats(), SizeIs(1));
  const auto backfill = store->runs().GetBackfill("bbbbbbbb");
  EXPECT_EQ(backfill->action_type, "PARTITION_BACKFILL");
  EXPECT_EQ(backfill->job_name, "sample_job");
  EXPECT_EQ(backfill->body.Find("backfill_end_timestamp")->AsDouble(), 5.0);
  RawSqlite runs(home.path() / "history/runs.db");
  EXPECT_EQ(runs.Value("SELECT partition || '/' || partition_set || '/' || backfill_id FROM runs"),
            "2020/set/bbbbbbbb");
  EXPECT_EQ(runs.Value("SELECT value FROM backfill_tags WHERE key = 'team'"), "a");
}

TEST(MigrateTest, StartedRunsGetTheTimesOfTheirLogs) {
  const TempHome home;
  {
    const auto store = Open(home.path());
    for (const char* run_id : {"ended", "running", "waiting", "no_log"}) store->runs().AddRun(SampleRun(run_id));
    store->events().Append(Group({RunEvent("ended", model::EventType::kRunStart, kStart),
                                  RunEvent("ended", model::EventType::kRunFailure, kStart + 5),
                                  RunEvent("running", model::EventType::kRunStart, kStart + 1),
                                  RunEvent("no_log", model::EventType::kRunStart, kStart + 2)}));
  }
  std::filesystem::remove(home.path() / "history/runs/no_log.db");
  RawSqlite(home.path() / "history/runs.db")
      .Run(
          "UPDATE runs SET start_time = 7, end_time = 8;"
          "DELETE FROM secondary_indexes WHERE name = 'run_start_end_overwritten'");
  const auto store = Open(home.path());

  EXPECT_THAT(store->Migrate(), ElementsAre("runs.db: filled run_start_end_overwritten"));

  const auto times = [&](const char* run_id) {
    const auto run = store->runs().GetRun(run_id);
    return std::pair(run->start_time, run->end_time);
  };
  EXPECT_EQ(times("ended"), std::pair(std::optional(kStart), std::optional(kStart + 5)));
  EXPECT_EQ(times("running"), std::pair(std::optional(kStart + 1), std::optional<double>()));
  EXPECT_EQ(times("waiting"), std::pair(std::optional(7.0), std::optional(8.0)));
  EXPECT_EQ(times("no_log"), std::pair(std::optional(7.0), std::optional(8.0)));
}

TEST(MigrateTest, InstigatorsAndTicksFindTheirSelectors) {
  const TempHome home;
  MakeOldHome(home.path());
  const auto store = Open(home.path());
  store->Migrate();
  const std::string selector = model::InstigatorSelectorId("loc", "repo", "every_day");
  const auto instigator = store->schedules().GetInstigator(selector);
  ASSERT_TRUE(instigator.has_value());
  EXPECT_EQ(instigator->state.status, model::InstigatorStatus::kRunning);
  EXPECT_EQ(instigator->repository_selector_id, model::RepositorySelectorId("loc", "repo"));
  EXPECT_THAT(store->schedules().Ticks(selector, {}), SizeIs(1));
}

TEST(MigrateTest, AssetsGetTheirTimes) {
  const TempHome home;
  MakeOldHome(home.path());
  MakeOldEvents(home.path());
  const auto store = Open(home.path());
  store->Migrate();
  EXPECT_THAT(store->events().AssetKeys(), ElementsAre(model::AssetKey("a"))) << "the wiped one stays away";
  EXPECT_EQ(RawSqlite(home.path() / "history/runs/index.db")
                .Value("SELECT wipe_timestamp FROM asset_keys WHERE asset_key = '[\"wiped\"]'"),
            "2020-09-13 12:26:40.500000");
}

TEST(MigrateTest, ARunLogOfAnOldDagsterIsReadAndContinuedAsItIs) {
  const TempHome home;
  MakeOldEvents(home.path());
  std::filesystem::remove(home.path() / "history/runs/index.db");
  const auto store = Open(home.path());
  EXPECT_THAT(store->events().RunEvents("r1", {}), SizeIs(1));
  store->events().Append(Group({LogLine("r1", "more")}));
  EXPECT_THAT(store->events().RunEvents("r1", {}), SizeIs(2));
  EXPECT_EQ(RawSqlite(home.path() / "history/runs/r1.db").Value("SELECT version_num FROM alembic_version"),
            kHeadRevision);
}

TEST(MigrateTest, AnEmptyFileOfACrashedCreatorIsFilled) {
  const TempHome home;
  { RawSqlite(home.path() / "history/runs/r1.db"); }
  const auto store = Open(home.path());
  store->events().Append(Group({LogLine("r1", "x")}));
  EXPECT_THAT(store->events().RunEvents("r1", {}), SizeIs(1));
}

}  // namespace
}  // namespace tidemill::storage_sqlite
