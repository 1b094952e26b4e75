#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/base/json.h>

namespace tidemill::instance {

/// A part of the instance that a Python class implements: {module, class, config}.
struct ConfigurableClass {
  std::string module_name;
  std::string class_name;
  json::Object config;  ///< As written: {env: NAME} is not looked up.
  int line = 0;         ///< In dagster.yaml; 0 for a default.
};

enum class StorageKind { kSqlite, kPostgres, kMysql, kCustom, kLegacy };

struct StorageConfig {
  StorageKind kind = StorageKind::kSqlite;
  std::optional<std::filesystem::path> sqlite_base_dir;  ///< Default: the home.
  int line = 0;
};

/// How many runs with a tag may be in progress.
struct TagConcurrencyLimit {
  std::string key;
  std::optional<std::string> value;
  bool per_unique_value = false;
  std::int64_t limit = 0;
};

enum class RunCoordinatorKind {
  kQueued,     ///< Runs wait for the daemon (the default).
  kImmediate,  ///< DefaultRunCoordinator: who submits a run launches it.
  kCustom,
};

/// `run_queue`, or the configuration of the QueuedRunCoordinator, with `concurrency.runs` applied.
struct RunQueueConfig {
  std::int64_t max_concurrent_runs = 10;  ///< -1: no limit.
  std::vector<TagConcurrencyLimit> tag_concurrency_limits;
  std::int64_t dequeue_interval_seconds = 5;
  bool dequeue_use_threads = false;
  std::optional<std::int64_t> dequeue_num_workers;
  std::int64_t max_user_code_failure_retries = 0;
  std::int64_t user_code_failure_retry_delay_seconds = 60;
  bool block_op_concurrency_limited_runs = true;
  bool explicitly_blocks_op_concurrency_limited_runs = false;
  std::int64_t op_concurrency_slot_buffer = 0;
};

enum class PoolGranularity { kOp, kRun };

struct PoolConfig {
  std::optional<std::int64_t> default_limit;
  std::optional<PoolGranularity> granularity;
  std::optional<std::int64_t> op_granularity_run_buffer;
};

struct RunMonitoringConfig {
  bool enabled = false;
  std::int64_t start_timeout_seconds = 180;
  std::int64_t cancel_timeout_seconds = 180;
  std::int64_t max_runtime_seconds = 0;  ///< 0: no limit.
  std::int64_t max_resume_run_attempts = 0;
  std::int64_t poll_interval_seconds = 120;
  std::int64_t cancellation_thread_poll_interval_seconds = 10;
  std::int64_t free_slots_after_run_end_seconds = 0;  ///< 0: slots are not freed by time.
};

struct RunRetriesConfig {
  bool enabled = false;
  std::int64_t max_retries = 0;
  bool retry_on_asset_or_op_failure = true;
};

struct CodeServersConfig {
  std::int64_t local_startup_timeout_seconds = 180;
  std::int64_t reload_timeout_seconds = 180;
  bool wait_for_local_processes_on_shutdown = false;
};

/// After how many days ticks are purged, by status; -1: never.
struct TickRetention {
  std::int64_t started = -1;
  std::int64_t skipped = -1;
  std::int64_t success = -1;
  std::int64_t failure = -1;
};

/// Of the daemons of schedules, sensors and backfills. A hint: this daemon works with coroutines.
struct WorkersConfig {
  bool use_threads = false;
  std::optional<std::int64_t> num_workers;
  std::optional<std::int64_t> num_submit_workers;
};

struct AutoMaterializeConfig {
  bool enabled = true;
  std::optional<std::int64_t> minimum_interval_seconds;
  json::Object run_tags;
  bool respect_materialization_data_versions = false;
  std::int64_t max_tick_retries = 3;
  bool use_sensors = true;
  WorkersConfig workers;
};

struct PythonLogsConfig {
  std::vector<std::string> managed_python_loggers;
  std::optional<std::string> python_log_level;
  json::Object handler_config;  ///< handlers, formatters, filters: for Python's own logging.
};

struct SchedulerConfig {
  std::int64_t max_catchup_runs = 5;
  std::int64_t max_tick_retries = 0;
};

/// Everything dagster.yaml can say in Dagster 1.13, with its defaults.
struct Config {
  StorageConfig storage;
  std::optional<ConfigurableClass> local_artifact_storage;
  std::optional<std::filesystem::path> artifact_base_dir;  ///< Default: the home.
  std::optional<ConfigurableClass> compute_logs;
  std::optional<std::filesystem::path> compute_log_base_dir;  ///< Default: storage/ in the home.
  bool captures_compute_logs = true;                          ///< False with the NoOpComputeLogManager.
  RunCoordinatorKind run_coordinator_kind = RunCoordinatorKind::kQueued;
  std::optional<ConfigurableClass> run_coordinator;
  std::optional<ConfigurableClass> run_launcher;  ///< Nothing: the default launcher.
  std::optional<ConfigurableClass> scheduler_class;
  std::optional<ConfigurableClass> defs_state_storage;
  RunQueueConfig run_queue;
  PoolConfig pools;
  SchedulerConfig scheduler;
  bool telemetry_enabled = true;
  bool nux_enabled = true;
  bool freshness_enabled = true;
  PythonLogsConfig python_logs;
  RunMonitoringConfig run_monitoring;
  RunRetriesConfig run_retries;
  CodeServersConfig code_servers;
  TickRetention schedule_retention;
  TickRetention sensor_retention{.skipped = 7};
  TickRetention auto_materialize_retention{.skipped = 7};
  WorkersConfig backfills;
  WorkersConfig sensors;
  WorkersConfig schedules;
  AutoMaterializeConfig auto_materialize;

  json::Object document;  ///< The file as JSON, as written.
};

/// Looks up a variable of the environment that {env: NAME} names.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

/// Reads a dagster.yaml. `file` is named in errors. Throws Error(kInvalidArgument) "file:line: …" for what Dagster
/// would refuse (unknown keys, with the nearest known one; wrong types; parts that exclude each other) and
/// Error(kUnimplemented) for secrets loaders and instance classes, which only Python can run.
Config ParseConfig(std::string_view yaml, std::string_view file, const EnvironmentLookup& environment);

}  // namespace tidemill::instance
