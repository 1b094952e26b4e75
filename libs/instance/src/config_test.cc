#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/instance/config.h>

namespace tidemill::instance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

std::optional<std::string> Environment(const std::string& name) {
  if (name == "BASE") return "/srv/base";
  if (name == "RUNS") return "7";
  return std::nullopt;
}

Config Parse(std::string_view yaml) { return ParseConfig(yaml, "dagster.yaml", Environment); }

/// "code: message" of the error, "" if there is none.
std::string ErrorOf(std::string_view yaml) {
  try {
    Parse(yaml);
  } catch (const Error& error) {
    return std::string(CodeName(error.code())) + ": " + error.what();
  }
  return "";
}

TEST(ConfigTest, AnEmptyFileIsAllDefaults) {
  const Config config = Parse("");
  EXPECT_EQ(config.storage.kind, StorageKind::kSqlite);
  EXPECT_EQ(config.run_queue.max_concurrent_runs, 10);
  EXPECT_EQ(config.run_coordinator_kind, RunCoordinatorKind::kQueued);
  EXPECT_TRUE(config.telemetry_enabled);
  EXPECT_EQ(config.sensor_retention.skipped, 7);
  EXPECT_EQ(config.schedule_retention.skipped, -1);
  EXPECT_TRUE(config.document.empty());
}

TEST(ConfigTest, EveryPartIsTyped) {
  const Config config = Parse(R"(
telemetry: {enabled: no}
nux: {enabled: false}
freshness: {enabled: off}
run_queue:
  max_concurrent_runs: {env: RUNS}
  dequeue_interval_seconds: 2
  tag_concurrency_limits:
    - {key: team, limit: 3}
    - {key: db, value: orders, limit: 1}
    - {key: tenant, value: {applyLimitPerUniqueValue: true}, limit: 2}
  block_op_concurrency_limited_runs: {enabled: true, op_concurrency_slot_buffer: 4}
run_monitoring: {enabled: true, start_timeout_seconds: 60, max_runtime_seconds: 3600}
run_retries: {enabled: true, max_retries: 2, retry_on_asset_or_op_failure: false}
code_servers: {local_startup_timeout: 30}
retention:
  schedule: {purge_after_days: 90}
  sensor: {purge_after_days: {skipped: 1, failure: 30}}
sensors: {use_threads: true, num_workers: 8, num_submit_workers: 2}
auto_materialize: {enabled: true, minimum_interval_seconds: 10, run_tags: {a: b}, max_tick_retries: 1}
python_logs: {managed_python_loggers: [root, app], python_log_level: INFO}
scheduler: {module: dagster._core.scheduler, class: DagsterDaemonScheduler, config: {max_catchup_runs: 3}}
)");
  EXPECT_FALSE(config.telemetry_enabled);
  EXPECT_FALSE(config.nux_enabled);
  EXPECT_FALSE(config.freshness_enabled);
  EXPECT_EQ(config.run_queue.max_concurrent_runs, 7);
  EXPECT_EQ(config.run_queue.dequeue_interval_seconds, 2);
  ASSERT_EQ(config.run_queue.tag_concurrency_limits.size(), 3u);
  EXPECT_EQ(config.run_queue.tag_concurrency_limits[0].value, std::nullopt);
  EXPECT_THAT(config.run_queue.tag_concurrency_limits[1].value, Optional(std::string("orders")));
  EXPECT_TRUE(config.run_queue.tag_concurrency_limits[2].per_unique_value);
  EXPECT_EQ(config.run_queue.op_concurrency_slot_buffer, 4);
  EXPECT_EQ(config.pools.granularity, PoolGranularity::kOp) << "blocking was asked for";
  EXPECT_EQ(config.run_monitoring.start_timeout_seconds, 60);
  EXPECT_EQ(config.run_retries.max_retries, 2);
  EXPECT_FALSE(config.run_retries.retry_on_asset_or_op_failure);
  EXPECT_EQ(config.code_servers.local_startup_timeout_seconds, 30);
  EXPECT_EQ(config.schedule_retention.success, 90);
  EXPECT_EQ(config.sensor_retention.skipped, 1);
  EXPECT_EQ(config.sensor_retention.success, -1);
  EXPECT_THAT(config.sensors.num_workers, Optional(8));
  EXPECT_EQ(config.auto_materialize.run_tags.At("a").AsString(), "b");
  EXPECT_THAT(config.python_logs.managed_python_loggers, ElementsAre("root", "app"));
  EXPECT_EQ(config.scheduler.max_catchup_runs, 3);
}

TEST(ConfigTest, StorageFoldersMayComeFromTheEnvironment) {
  const Config config = Parse(R"(
storage: {sqlite: {base_dir: {env: BASE}}}
compute_logs:
  module: dagster._core.storage.local_compute_log_manager
  class: LocalComputeLogManager
  config: {base_dir: /srv/logs}
local_artifact_storage:
  module: dagster._core.storage.root
  class: LocalArtifactStorage
  config: {base_dir: /srv/artifacts}
)");
  EXPECT_THAT(config.storage.sqlite_base_dir, Optional(std::filesystem::path("/srv/base")));
  EXPECT_THAT(config.compute_log_base_dir, Optional(std::filesystem::path("/srv/logs")));
  EXPECT_THAT(config.artifact_base_dir, Optional(std::filesystem::path("/srv/artifacts")));
  EXPECT_THAT(ErrorOf("storage: {sqlite: {base_dir: {env: MISSING}}}"),
              HasSubstr("dagster.yaml:1: storage.sqlite.base_dir: the environment has no variable MISSING"));
}

TEST(ConfigTest, ConcurrencyReplacesTheRunQueuesLimits) {
  const Config config = Parse(R"(
concurrency:
  pools: {default_limit: 5, granularity: run, op_granularity_run_buffer: 2}
  runs: {max_concurrent_runs: 3, tag_concurrency_limits: [{key: a, limit: 1}]}
)");
  EXPECT_THAT(config.pools.default_limit, Optional(5));
  EXPECT_EQ(config.pools.granularity, PoolGranularity::kRun);
  EXPECT_EQ(config.run_queue.max_concurrent_runs, 3);
  EXPECT_EQ(config.run_queue.op_concurrency_slot_buffer, 2);
  EXPECT_EQ(config.run_queue.tag_concurrency_limits.size(), 1u);
  EXPECT_THAT(Parse("concurrency: {default_op_concurrency_limit: 4}").pools.default_limit, Optional(4));
}

TEST(ConfigTest, CoordinatorsAreKnownByTheirClass) {
  EXPECT_EQ(Parse("run_coordinator: {module: dagster, class: DefaultRunCoordinator}").run_coordinator_kind,
            RunCoordinatorKind::kImmediate);
  EXPECT_EQ(Parse("run_coordinator: {module: mine, class: Mine}").run_coordinator_kind, RunCoordinatorKind::kCustom);
  EXPECT_EQ(Parse("run_coordinator: {module: dagster, class: QueuedRunCoordinator, config: {max_concurrent_runs: 2}}")
                .run_queue.max_concurrent_runs,
            2);
}

TEST(ConfigTest, AnUnknownKeyNamesTheLineAndTheNearestKey) {
  EXPECT_EQ(ErrorOf("telemetry: {enabled: true}\nrun_retires:\n  enabled: true\n"),
            "INVALID_ARGUMENT: dagster.yaml:2: unknown key \"run_retires\"; did you mean \"run_retries\"?");
  EXPECT_EQ(
      ErrorOf("run_retries:\n  enabled: true\n  max_retrys: 3\n"),
      "INVALID_ARGUMENT: dagster.yaml:3: unknown key \"max_retrys\" in run_retries; did you mean \"max_retries\"?");
  EXPECT_THAT(ErrorOf("nux: {colour: true}"), HasSubstr("known are enabled"));
}

TEST(ConfigTest, AWrongTypeNamesTheKey) {
  EXPECT_EQ(ErrorOf("\nrun_monitoring:\n  start_timeout_seconds: soon\n"),
            "INVALID_ARGUMENT: dagster.yaml:3: run_monitoring.start_timeout_seconds: must be an integer");
  EXPECT_THAT(ErrorOf("telemetry: {enabled: 'true'}"), HasSubstr("must be true or false"));
  EXPECT_THAT(ErrorOf("telemetry: yes"), HasSubstr("telemetry must be a mapping"));
  EXPECT_THAT(ErrorOf("- a"), HasSubstr("the file must be a mapping"));
  EXPECT_THAT(ErrorOf("a: [1"), HasSubstr("this is no YAML"));
  EXPECT_THAT(ErrorOf("run_launcher: {module: x}"), HasSubstr("run_launcher.class: is missing"));
  EXPECT_THAT(ErrorOf("python_logs: {managed_python_loggers: root}"), HasSubstr("must be a list of texts"));
}

TEST(ConfigTest, PartsThatExcludeEachOtherAreRefused) {
  EXPECT_THAT(ErrorOf("run_queue: {}\nrun_coordinator: {module: a, class: b}"), HasSubstr("cannot be combined"));
  EXPECT_THAT(ErrorOf("storage: {sqlite: {base_dir: /a}, postgres: {}}"), HasSubstr("exactly one of"));
  EXPECT_THAT(ErrorOf("storage: {}"), HasSubstr("exactly one of"));
  EXPECT_THAT(ErrorOf("storage: {sqlite: {base_dir: /a}}\nrun_storage: {module: a, class: b}"),
              HasSubstr("dagster.yaml:2: run_storage: cannot be combined"));
  EXPECT_THAT(ErrorOf("run_queue: {max_concurrent_runs: 1}\nconcurrency: {runs: {max_concurrent_runs: 2}}"),
              HasSubstr("dagster.yaml:1: run_queue.max_concurrent_runs: cannot be combined"));
  EXPECT_THAT(ErrorOf("concurrency: {pools: {default_limit: 1}, default_op_concurrency_limit: 2}"),
              HasSubstr("pools.default_limit"));
  EXPECT_THAT(ErrorOf("concurrency: {pools: {default_limit: 1001}}"), HasSubstr("between 0 and 1000"));
  EXPECT_THAT(ErrorOf("concurrency: {pools: {granularity: step}}"), HasSubstr("must be op or run"));
  EXPECT_THAT(ErrorOf("run_queue: {max_concurrent_runs: -2}"), HasSubstr("must be -1"));
}

TEST(ConfigTest, WhatOnlyPythonCanRunIsRefusedWithItsLine) {
  EXPECT_THAT(ErrorOf("\nsecrets: {custom: {module: a, class: b}}"),
              HasSubstr("UNIMPLEMENTED: dagster.yaml:2: secrets"));
  EXPECT_THAT(ErrorOf("instance_class: {module: a, class: b}"), HasSubstr("UNIMPLEMENTED: dagster.yaml:1"));
  EXPECT_THAT(ErrorOf("compute_logs: {module: dagster_aws.s3, class: S3ComputeLogManager}"),
              HasSubstr("S3ComputeLogManager is not served"));
}

TEST(ConfigTest, AliasesCannotBlowUpTheDocument) {
  std::string yaml = "run_launcher:\n  module: a\n  class: b\n  config:\n    a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    yaml += "    a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) yaml += std::string(j == 0 ? "" : ", ") + "*a" + std::to_string(i - 1);
    yaml += "]\n";
  }
  EXPECT_THAT(ErrorOf(yaml), HasSubstr("too large"));
}

TEST(ConfigTest, ScalarsFollowYaml11) {
  const json::Object config =
      Parse(
          R"(run_launcher: {module: m, class: c, config: {a: yes, b: 0x1F, c: 010, d: 1_000, e: 1.5, f: 1e3, g: '1', h: ~,
               i: .inf, j: 2026-01-01, k: -7, l: "no"}})")
          .run_launcher->config;
  EXPECT_EQ(config.At("a"), json::Value(true));
  EXPECT_EQ(config.At("b"), json::Value(31));
  EXPECT_EQ(config.At("c"), json::Value(8));
  EXPECT_EQ(config.At("d"), json::Value(1000));
  EXPECT_EQ(config.At("e"), json::Value(1.5));
  EXPECT_EQ(config.At("f"), json::Value("1e3"));
  EXPECT_EQ(config.At("g"), json::Value("1"));
  EXPECT_TRUE(config.At("h").is_null());
  EXPECT_EQ(config.At("i"), json::Value(std::numeric_limits<double>::infinity()));
  EXPECT_EQ(config.At("j"), json::Value("2026-01-01"));
  EXPECT_EQ(config.At("k"), json::Value(-7));
  EXPECT_EQ(config.At("l"), json::Value("no"));
}

}  // namespace
}  // namespace tidemill::instance
