#include <array>

#include <fmt/format.h>

#include <tidemill/base/python_yaml.h>
#include <tidemill/instance/instance.h>

namespace tidemill::instance {
namespace {

/// Dagster stores the public name of its private modules: "dagster.core" for "dagster._core".
std::string PublicModule(std::string_view module) {
  constexpr std::string_view kPrivate = "dagster._";
  if (!module.starts_with(kPrivate)) return std::string(module);
  return fmt::format("dagster.{}", module.substr(kPrivate.size()));
}

json::Value ClassData(std::string_view module, std::string_view name, const json::Value& config) {
  return json::Object{{"__class__", "ConfigurableClassData"},
                      {"class_name", name},
                      {"config_yaml", ToPythonYaml(config)},
                      {"module_name", PublicModule(module)}};
}

json::Value ClassData(const ConfigurableClass& data) {
  return ClassData(data.module_name, data.class_name, data.config);
}

json::Value BaseDir(std::string_view module, std::string_view name, const std::string& base_dir) {
  return ClassData(module, name, json::Object{{"base_dir", base_dir}});
}

/// Dagster's os.path.join(base, part, ""): ends in a slash.
std::string Folder(const std::filesystem::path& base, std::string_view part) { return (base / part / "").string(); }

void SetStorage(json::Object& ref, const std::filesystem::path& home, const Config& config) {
  const json::Value* storage = nullptr;
  if (const json::Value* written = config.document.Find("storage")) storage = written->Find("sqlite");
  const json::Value* written_base = storage == nullptr ? nullptr : storage->Find("base_dir");
  const bool is_variable = written_base != nullptr && written_base->is_object();
  const json::Value base = written_base == nullptr ? json::Value(home.string()) : *written_base;
  ref.Set("storage_data",
          ClassData("dagster._core.storage.sqlite_storage", "DagsterSqliteStorage", json::Object{{"base_dir", base}}));
  // A base that only the reader's environment knows cannot be split over the three old fields.
  json::Value runs, events, schedules;
  if (!is_variable) {
    const std::filesystem::path base_dir = base.AsString();
    runs = BaseDir("dagster._core.storage.runs", "SqliteRunStorage", Folder(base_dir, "history"));
    events = BaseDir("dagster._core.storage.event_log", "SqliteEventLogStorage", Folder(base_dir / "history", "runs"));
    schedules = BaseDir("dagster._core.storage.schedules", "SqliteScheduleStorage", (base_dir / "schedules").string());
  }
  ref.Set("run_storage_data", std::move(runs));
  ref.Set("event_storage_data", std::move(events));
  ref.Set("schedule_storage_data", std::move(schedules));
}

bool IsTruthy(const json::Value& value) {
  if (value.is_object()) return !value.AsObject().empty();
  return !value.is_null();
}

json::Object Settings(const json::Object& document) {
  constexpr std::array<std::string_view, 13> kKeys = {
      "auto_materialize", "backfills",      "code_servers", "concurrency", "freshness", "nux",      "python_logs",
      "retention",        "run_monitoring", "run_retries",  "schedules",   "sensors",   "telemetry"};
  json::Object settings;
  for (const std::string_view key : kKeys) {
    const json::Value* value = document.Find(key);
    if (value != nullptr && IsTruthy(*value)) settings.Set(key, *value);
  }
  return settings;
}

json::Value RunCoordinator(const Config& config) {
  constexpr std::string_view kModule = "dagster._core.run_coordinator";
  if (config.run_coordinator) return ClassData(*config.run_coordinator);
  const json::Value* queue = config.document.Find("run_queue");
  const bool has_queue = queue != nullptr && IsTruthy(*queue);
  return ClassData(kModule, "QueuedRunCoordinator", has_queue ? *queue : json::Value(json::Object{}));
}

}  // namespace

json::Value InstanceRef(const std::filesystem::path& home, const Config& config) {
  json::Object ref{{"__class__", "InstanceRef"}, {"custom_instance_class_data", nullptr}};
  ref.Set("local_artifact_storage_data",
          config.local_artifact_storage ? ClassData(*config.local_artifact_storage)
                                        : BaseDir("dagster._core.storage.root", "LocalArtifactStorage", home.string()));
  ref.Set("compute_logs_data", config.compute_logs ? ClassData(*config.compute_logs)
                                                   : BaseDir("dagster._core.storage.local_compute_log_manager",
                                                             "LocalComputeLogManager", (home / "storage").string()));
  SetStorage(ref, home, config);
  ref.Set("scheduler_data", config.scheduler_class
                                ? ClassData(*config.scheduler_class)
                                : ClassData("dagster._core.scheduler", "DagsterDaemonScheduler", json::Object{}));
  ref.Set("run_coordinator_data", RunCoordinator(config));
  ref.Set("run_launcher_data", config.run_launcher ? ClassData(*config.run_launcher)
                                                   : ClassData("dagster", "DefaultRunLauncher", json::Object{}));
  ref.Set("secrets_loader_data", nullptr);
  ref.Set("defs_state_storage_data", config.defs_state_storage ? ClassData(*config.defs_state_storage) : json::Value());
  ref.Set("settings", Settings(config.document));
  return ref;
}

json::Value Instance::Ref() const { return InstanceRef(home_, config_); }

}  // namespace tidemill::instance
