#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/instance/instance.h>
#include <tidemill/storage_sqlite/open.h>

namespace tidemill::instance {
namespace {

std::optional<std::string> Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

Config ReadConfig(const std::filesystem::path& home) {
  const std::filesystem::path file = home / "dagster.yaml";
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return {};
  return ParseConfig(ReadFile(file), file.string(), Variable);
}

std::string_view KindName(StorageKind kind) {
  switch (kind) {
    case StorageKind::kSqlite:
      return "sqlite";
    case StorageKind::kPostgres:
      return "postgres";
    case StorageKind::kMysql:
      return "mysql";
    case StorageKind::kCustom:
      return "custom";
    case StorageKind::kLegacy:
      return "run_storage, event_log_storage and schedule_storage";
  }
  return "";
}

std::unique_ptr<storage::Storage> OpenStorage(const std::filesystem::path& home, const Config& config) {
  if (config.storage.kind != StorageKind::kSqlite) {
    throw Error(Code::kUnimplemented,
                fmt::format("{}:{}: storage {} is not served; use `storage: sqlite`", (home / "dagster.yaml").string(),
                            config.storage.line, KindName(config.storage.kind)));
  }
  storage_sqlite::Options options;
  options.base_dir = config.storage.sqlite_base_dir;
  options.default_pool_limit = config.pools.default_limit;
  return storage_sqlite::Open(home, options);
}

}  // namespace

Instance Instance::Open(const std::filesystem::path& home) {
  Config config = ReadConfig(home);
  std::unique_ptr<storage::Storage> storage = OpenStorage(home, config);
  return Instance(home, std::move(config), std::move(storage));
}

std::filesystem::path Instance::ArtifactFolder() const { return config_.artifact_base_dir.value_or(home_) / "storage"; }

std::filesystem::path Instance::ComputeLogFolder() const {
  return config_.compute_log_base_dir.value_or(home_ / "storage");
}

std::filesystem::path Instance::ComputeLogPath(std::string_view run_id, std::string_view file_key,
                                               std::string_view extension) const {
  return CapturedLogPath(std::array{std::string(run_id), std::string("compute_logs"), std::string(file_key)},
                         extension);
}

std::filesystem::path Instance::CapturedLogPath(std::span<const std::string> log_key,
                                                std::string_view extension) const {
  std::filesystem::path path = ComputeLogFolder();
  for (const std::string& part : log_key) {
    if (part.empty() || part == "." || part == ".." || part.find_first_of(std::string_view("/\0", 2)) != part.npos) {
      throw Error(Code::kInvalidArgument, fmt::format("\"{}\" cannot be a part of a log key", part));
    }
    path /= part;
  }
  path += fmt::format(".{}", extension);
  return path;
}

}  // namespace tidemill::instance
