#include "instance_home.h"

#include <tidemill/base/error.h>
#include <tidemill/instance/home.h>

namespace tidemill::sdk {
namespace {

/// The `base_dir` in the configuration of one of the instance's parts: YAML of one line, as Dagster writes it.
std::optional<std::filesystem::path> BaseDir(const json::Value& instance_ref, std::string_view part) {
  const json::Value* data = instance_ref.Find(part);
  const json::Value* yaml = data != nullptr ? data->Find("config_yaml") : nullptr;
  if (yaml == nullptr || !yaml->is_string()) return {};
  constexpr std::string_view kKey = "base_dir: ";
  const std::string& text = yaml->AsString();
  const std::size_t start = text.find(kKey);
  if (start == std::string::npos) return {};
  std::string value = text.substr(start + kKey.size());
  value.resize(value.find('\n') == std::string::npos ? value.size() : value.find('\n'));
  if (value.size() >= 2 && (value.front() == '\'' || value.front() == '"') && value.back() == value.front()) {
    value = value.substr(1, value.size() - 2);
  }
  return value;
}

bool IsHome(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path / "dagster.yaml", error) || std::filesystem::exists(path / "history", error);
}

}  // namespace

std::filesystem::path InstanceHome(const json::Value& instance_ref, const std::optional<std::string>& dagster_home) {
  if (!instance_ref.is_null()) {
    // Artifacts lie in the home unless the instance says otherwise; schedules in a folder of it.
    auto home = BaseDir(instance_ref, "local_artifact_storage_data");
    if (home && IsHome(*home)) return *home;
    const auto schedules = BaseDir(instance_ref, "schedule_storage_data");
    if (schedules && IsHome(schedules->parent_path())) return schedules->parent_path();
    if (home) return *home;
  }
  if (auto home = instance::FindHome({}, dagster_home)) return *home;
  throw Error(Code::kFailedPrecondition,
              "the run's arguments name no instance and DAGSTER_HOME is not set; set it to the folder of the instance");
}

}  // namespace tidemill::sdk
