#include <algorithm>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/instance/config.h>

#include "yaml_section.h"

namespace tidemill::instance {
namespace {

/// Dagster's bound on the limit of a pool.
constexpr std::int64_t kMaxPoolLimit = 1000;

template <class T>
void Take(T& target, const std::optional<T>& value) {
  if (value) target = *value;
}

std::optional<ConfigurableClass> ReadClass(Section& root, std::string_view key) {
  auto section = root.Child(key);
  if (!section) return std::nullopt;
  ConfigurableClass result;
  result.line = root.LineOf(key);
  const auto module_name = section->String("module");
  const auto class_name = section->String("class");
  if (!module_name) section->Fail("module", "is missing");
  if (!class_name) section->Fail("class", "is missing");
  result.module_name = *module_name;
  result.class_name = *class_name;
  Take(result.config, section->Object("config"));
  section->Finish();
  return result;
}

[[noreturn]] void Unimplemented(const Section& section, std::string_view file, std::string_view key,
                                std::string_view why) {
  throw Error(Code::kUnimplemented, fmt::format("{}:{}: {}: {}", file, section.LineOf(key), section.PathOf(key), why));
}

StorageConfig ReadStorage(Section& root) {
  StorageConfig storage;
  for (const std::string_view legacy : {"run_storage", "event_log_storage", "schedule_storage"}) {
    if (!root.Has(legacy)) continue;
    if (root.Has("storage")) root.Fail(legacy, "cannot be combined with `storage`");
    ReadClass(root, legacy);
    storage.kind = StorageKind::kLegacy;
    storage.line = root.LineOf(legacy);
  }
  auto section = root.Child("storage");
  if (!section) return storage;
  storage.line = root.LineOf("storage");
  int kinds = 0;
  const auto is_kind = [&](std::string_view key, StorageKind kind) {
    if (!section->Raw(key).IsDefined()) return;
    ++kinds;
    storage.kind = kind;
  };
  is_kind("sqlite", StorageKind::kSqlite);
  is_kind("postgres", StorageKind::kPostgres);
  is_kind("mysql", StorageKind::kMysql);
  is_kind("custom", StorageKind::kCustom);
  section->Finish();
  if (kinds != 1) root.Fail("storage", "must have exactly one of sqlite, postgres, mysql, custom");
  if (storage.kind == StorageKind::kCustom) ReadClass(*section, "custom");
  if (storage.kind != StorageKind::kSqlite) return storage;
  auto sqlite = section->Child("sqlite");
  const auto base_dir = sqlite ? sqlite->StringSource("base_dir") : std::nullopt;
  if (!base_dir) section->Fail("sqlite", "needs base_dir");
  storage.sqlite_base_dir = *base_dir;
  sqlite->Finish();
  return storage;
}

std::vector<TagConcurrencyLimit> ReadTagLimits(Section& section) {
  std::vector<TagConcurrencyLimit> limits;
  for (Section& item : section.Children("tag_concurrency_limits")) {
    TagConcurrencyLimit limit;
    const auto key = item.String("key");
    const auto count = item.Int("limit");
    if (!key) item.Fail("key", "is missing");
    if (!count) item.Fail("limit", "is missing");
    limit.key = *key;
    limit.limit = *count;
    if (item.IsScalar("value")) {
      limit.value = item.String("value");
    } else if (auto value = item.Child("value")) {
      limit.per_unique_value = value->Bool("applyLimitPerUniqueValue").value_or(false);
      value->Finish();
    }
    item.Finish();
    limits.push_back(std::move(limit));
  }
  return limits;
}

RunQueueConfig ReadRunQueue(Section& section) {
  RunQueueConfig queue;
  Take(queue.max_concurrent_runs, section.IntSource("max_concurrent_runs"));
  if (queue.max_concurrent_runs < -1) section.Fail("max_concurrent_runs", "must be -1 (no limit), 0 or more");
  queue.tag_concurrency_limits = ReadTagLimits(section);
  Take(queue.dequeue_interval_seconds, section.IntSource("dequeue_interval_seconds"));
  Take(queue.dequeue_use_threads, section.Bool("dequeue_use_threads"));
  queue.dequeue_num_workers = section.IntSource("dequeue_num_workers");
  Take(queue.max_user_code_failure_retries, section.IntSource("max_user_code_failure_retries"));
  Take(queue.user_code_failure_retry_delay_seconds, section.IntSource("user_code_failure_retry_delay"));
  if (auto block = section.Child("block_op_concurrency_limited_runs")) {
    const auto enabled = block->Bool("enabled");
    queue.block_op_concurrency_limited_runs = enabled.value_or(true);
    queue.explicitly_blocks_op_concurrency_limited_runs = enabled.value_or(false);
    Take(queue.op_concurrency_slot_buffer, block->Int("op_concurrency_slot_buffer"));
    if (queue.op_concurrency_slot_buffer != 0 && !queue.block_op_concurrency_limited_runs) {
      block->Fail("op_concurrency_slot_buffer", "needs `enabled: true`");
    }
    block->Finish();
  }
  section.Finish();
  return queue;
}

void ReadRunCoordinator(Section& root, Config& config) {
  if (root.Has("run_queue") && root.Has("run_coordinator")) {
    root.Fail("run_queue", "cannot be combined with `run_coordinator`");
  }
  if (auto queue = root.Child("run_queue")) config.run_queue = ReadRunQueue(*queue);
  config.run_coordinator = ReadClass(root, "run_coordinator");
  if (!config.run_coordinator) return;
  if (config.run_coordinator->class_name == "QueuedRunCoordinator") {
    if (auto queue = root.Child("run_coordinator")->Child("config")) config.run_queue = ReadRunQueue(*queue);
  } else if (config.run_coordinator->class_name == "DefaultRunCoordinator") {
    config.run_coordinator_kind = RunCoordinatorKind::kImmediate;
  } else {
    config.run_coordinator_kind = RunCoordinatorKind::kCustom;
  }
}

std::optional<std::int64_t> ReadPoolLimit(Section& section, std::string_view key) {
  const auto limit = section.Int(key);
  if (limit && (*limit < 0 || *limit > kMaxPoolLimit)) {
    section.Fail(key, fmt::format("must be between 0 and {}", kMaxPoolLimit));
  }
  return limit;
}

void ReadPools(Section& pools, PoolConfig& config) {
  config.default_limit = ReadPoolLimit(pools, "default_limit");
  if (const auto granularity = pools.String("granularity")) {
    if (*granularity != "op" && *granularity != "run") pools.Fail("granularity", "must be op or run");
    config.granularity = *granularity == "op" ? PoolGranularity::kOp : PoolGranularity::kRun;
  }
  config.op_granularity_run_buffer = pools.Int("op_granularity_run_buffer");
  pools.Finish();
}

/// What `concurrency` says may not be said by the run queue too.
void CheckQueueExcludes(Section& root) {
  auto queue = root.Child("run_queue");
  if (!queue && root.Has("run_coordinator")) {
    auto coordinator = root.Child("run_coordinator");
    if (coordinator->String("class") == "QueuedRunCoordinator") queue = coordinator->Child("config");
  }
  if (!queue) return;
  for (const std::string_view key : {"max_concurrent_runs", "tag_concurrency_limits"}) {
    if (queue->Has(key)) queue->Fail(key, "cannot be combined with `concurrency`: say it in `concurrency.runs`");
  }
  auto block = queue->Child("block_op_concurrency_limited_runs");
  if (block && block->Has("op_concurrency_slot_buffer")) {
    block->Fail("op_concurrency_slot_buffer", "cannot be combined with `concurrency`: say it in `concurrency.pools`");
  }
}

void ReadConcurrency(Section& root, Config& config) {
  auto section = root.Child("concurrency");
  if (section) {
    auto pools = section->Child("pools");
    auto runs = section->Child("runs");
    if (pools || runs) CheckQueueExcludes(root);
    if (pools && section->Has("default_op_concurrency_limit")) {
      section->Fail("default_op_concurrency_limit", "cannot be combined with `pools`: say `pools.default_limit`");
    }
    config.pools.default_limit = ReadPoolLimit(*section, "default_op_concurrency_limit");
    if (pools) ReadPools(*pools, config.pools);
    if (runs) {
      Take(config.run_queue.max_concurrent_runs, runs->Int("max_concurrent_runs"));
      if (config.run_queue.max_concurrent_runs < -1) {
        runs->Fail("max_concurrent_runs", "must be -1 (no limit), 0 or more");
      }
      if (runs->Has("tag_concurrency_limits")) config.run_queue.tag_concurrency_limits = ReadTagLimits(*runs);
      runs->Finish();
    }
    section->Finish();
  }
  Take(config.run_queue.op_concurrency_slot_buffer, config.pools.op_granularity_run_buffer);
  if (!config.pools.granularity && config.run_queue.explicitly_blocks_op_concurrency_limited_runs) {
    config.pools.granularity = PoolGranularity::kOp;
  }
}

void ReadRetention(Section& parent, std::string_view key, TickRetention& retention) {
  auto section = parent.Child(key);
  if (!section) return;
  if (section->IsScalar("purge_after_days")) {
    const std::int64_t days = section->Int("purge_after_days").value_or(0);
    if (days != 0) retention = {.started = days, .skipped = days, .success = days, .failure = days};
  } else if (auto days = section->Child("purge_after_days")) {
    Take(retention.started, days->Int("started"));
    Take(retention.skipped, days->Int("skipped"));
    Take(retention.success, days->Int("success"));
    Take(retention.failure, days->Int("failure"));
    days->Finish();
  }
  section->Finish();
}

void ReadWorkers(Section& section, WorkersConfig& workers) {
  Take(workers.use_threads, section.Bool("use_threads"));
  workers.num_workers = section.Int("num_workers");
}

void ReadDaemonWorkers(Section& root, std::string_view key, WorkersConfig& workers) {
  auto section = root.Child(key);
  if (!section) return;
  ReadWorkers(*section, workers);
  workers.num_submit_workers = section->Int("num_submit_workers");
  section->Finish();
}

void ReadAutoMaterialize(Section& root, AutoMaterializeConfig& config) {
  auto section = root.Child("auto_materialize");
  if (!section) return;
  Take(config.enabled, section->BoolSource("enabled"));
  config.minimum_interval_seconds = section->IntSource("minimum_interval_seconds");
  Take(config.run_tags, section->Object("run_tags"));
  Take(config.respect_materialization_data_versions, section->BoolSource("respect_materialization_data_versions"));
  Take(config.max_tick_retries, section->IntSource("max_tick_retries"));
  Take(config.use_sensors, section->BoolSource("use_sensors"));
  ReadWorkers(*section, config.workers);
  section->Finish();
}

void ReadRunMonitoring(Section& root, RunMonitoringConfig& config) {
  auto section = root.Child("run_monitoring");
  if (!section) return;
  Take(config.enabled, section->Bool("enabled"));
  Take(config.start_timeout_seconds, section->Int("start_timeout_seconds"));
  Take(config.cancel_timeout_seconds, section->Int("cancel_timeout_seconds"));
  Take(config.max_runtime_seconds, section->Int("max_runtime_seconds"));
  Take(config.max_resume_run_attempts, section->Int("max_resume_run_attempts"));
  Take(config.poll_interval_seconds, section->Int("poll_interval_seconds"));
  Take(config.cancellation_thread_poll_interval_seconds, section->Int("cancellation_thread_poll_interval_seconds"));
  Take(config.free_slots_after_run_end_seconds, section->Int("free_slots_after_run_end_seconds"));
  section->Finish();
}

void ReadRunRetries(Section& root, RunRetriesConfig& config) {
  auto section = root.Child("run_retries");
  if (!section) return;
  Take(config.enabled, section->Bool("enabled"));
  Take(config.max_retries, section->Int("max_retries"));
  Take(config.retry_on_asset_or_op_failure, section->Bool("retry_on_asset_or_op_failure"));
  section->Finish();
}

void ReadCodeServers(Section& root, CodeServersConfig& config) {
  auto section = root.Child("code_servers");
  if (!section) return;
  Take(config.local_startup_timeout_seconds, section->Int("local_startup_timeout"));
  Take(config.reload_timeout_seconds, section->Int("reload_timeout"));
  Take(config.wait_for_local_processes_on_shutdown, section->Bool("wait_for_local_processes_on_shutdown"));
  section->Finish();
}

void ReadPythonLogs(Section& root, PythonLogsConfig& config) {
  auto section = root.Child("python_logs");
  if (!section) return;
  config.managed_python_loggers = section->Strings("managed_python_loggers");
  config.python_log_level = section->String("python_log_level");
  if (auto handlers = section->Child("dagster_handler_config")) {
    for (const std::string_view key : {"handlers", "formatters", "filters"}) {
      if (auto part = handlers->Object(key)) config.handler_config.Set(key, std::move(*part));
    }
    handlers->Finish();
  }
  section->Finish();
}

void ReadSwitch(Section& root, std::string_view key, bool& enabled) {
  auto section = root.Child(key);
  if (!section) return;
  Take(enabled, section->Bool("enabled"));
  section->Finish();
}

/// The base_dir of a class that keeps files in a folder.
std::optional<std::filesystem::path> ReadBaseDir(Section& root, std::string_view key) {
  auto section = root.Child(key)->Child("config");
  const auto base_dir = section ? section->StringSource("base_dir") : std::nullopt;
  if (!base_dir) root.Fail(key, "needs config.base_dir");
  return std::filesystem::path(*base_dir);
}

void ReadClasses(Section& root, std::string_view file, Config& config) {
  config.local_artifact_storage = ReadClass(root, "local_artifact_storage");
  if (config.local_artifact_storage) config.artifact_base_dir = ReadBaseDir(root, "local_artifact_storage");
  config.compute_logs = ReadClass(root, "compute_logs");
  if (config.compute_logs) {
    const std::string& name = config.compute_logs->class_name;
    if (name == "NoOpComputeLogManager") {
      config.captures_compute_logs = false;
    } else if (name == "LocalComputeLogManager") {
      config.compute_log_base_dir = ReadBaseDir(root, "compute_logs");
    } else {
      Unimplemented(root, file, "compute_logs", fmt::format("{} is not served; use LocalComputeLogManager", name));
    }
  }
  config.run_launcher = ReadClass(root, "run_launcher");
  config.defs_state_storage = ReadClass(root, "defs_state_storage");
  config.scheduler_class = ReadClass(root, "scheduler");
  if (config.scheduler_class) {
    if (auto section = root.Child("scheduler")->Child("config")) {
      Take(config.scheduler.max_catchup_runs, section->IntSource("max_catchup_runs"));
      Take(config.scheduler.max_tick_retries, section->IntSource("max_tick_retries"));
      section->Finish();
    }
  }
  if (ReadClass(root, "instance_class")) {
    Unimplemented(root, file, "instance_class", "a Python instance class cannot be loaded; remove it");
  }
  if (auto secrets = root.Child("secrets")) {
    ReadClass(*secrets, "custom");
    secrets->Finish();
    Unimplemented(root, file, "secrets", "a Python secrets loader cannot be loaded; set the variables yourself");
  }
}

}  // namespace

Config ParseConfig(std::string_view yaml, std::string_view file, const EnvironmentLookup& environment) {
  const YamlFile source{.name = std::string(file), .environment = environment};
  Section root = ParseYaml(source, yaml);
  Config config;
  config.storage = ReadStorage(root);
  ReadClasses(root, file, config);
  ReadRunCoordinator(root, config);
  ReadConcurrency(root, config);
  ReadSwitch(root, "telemetry", config.telemetry_enabled);
  ReadSwitch(root, "nux", config.nux_enabled);
  ReadSwitch(root, "freshness", config.freshness_enabled);
  ReadPythonLogs(root, config.python_logs);
  ReadRunMonitoring(root, config.run_monitoring);
  ReadRunRetries(root, config.run_retries);
  ReadCodeServers(root, config.code_servers);
  if (auto retention = root.Child("retention")) {
    ReadRetention(*retention, "schedule", config.schedule_retention);
    ReadRetention(*retention, "sensor", config.sensor_retention);
    ReadRetention(*retention, "auto_materialize", config.auto_materialize_retention);
    retention->Finish();
  }
  ReadDaemonWorkers(root, "backfills", config.backfills);
  ReadDaemonWorkers(root, "sensors", config.sensors);
  ReadDaemonWorkers(root, "schedules", config.schedules);
  ReadAutoMaterialize(root, config.auto_materialize);
  root.Finish();
  config.document = root.ToJson();
  return config;
}

}  // namespace tidemill::instance
