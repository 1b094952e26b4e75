#include "instance_config.h"

#include <string_view>

#include <tidemill/base/json.h>
#include <tidemill/base/python_yaml.h>
#include <tidemill/config/yaml.h>

namespace tidemill::api {
namespace {

/// Stored is the name "dagster.core" of the module "dagster._core".
std::string ModuleOf(const json::Value& data) {
  constexpr std::string_view kStored = "dagster.core.";
  const std::string& module = data.Find("module_name")->AsString();
  return module.starts_with(kStored) ? "dagster._core." + module.substr(kStored.size()) : module;
}

json::Value PartOf(const json::Value& ref, const std::string& name) {
  const json::Value* data = ref.Find(name + "_data");
  if (data == nullptr || data->is_null()) return {};
  return json::Object{{"module", ModuleOf(*data)},
                      {"class", *data->Find("class_name")},
                      {"config", config::ParseYaml(data->Find("config_yaml")->AsString(), name)}};
}

}  // namespace

std::string InstanceConfigYaml(const instance::Instance& instance) {
  const json::Value ref = instance.Ref();
  json::Object info;
  info.Set("local_artifact_storage", PartOf(ref, "local_artifact_storage"));
  info.Set("run_storage", "SqliteRunStorage");
  info.Set("event_log_storage", "SqliteEventLogStorage");
  info.Set("compute_logs", PartOf(ref, "compute_logs"));
  info.Set("schedule_storage", "SqliteScheduleStorage");
  for (const char* name : {"scheduler", "run_coordinator", "run_launcher"}) info.Set(name, PartOf(ref, name));
  for (const auto& [key, value] : ref.Find("settings")->AsObject()) info.Set(key, value);
  return ToPythonYaml(info, {.sort_keys = false});
}

}  // namespace tidemill::api
