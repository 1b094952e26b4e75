#include "tidemill/assets/time_zone.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>

#include "spelling.h"
#include "zone_data.h"

namespace tidemill::assets {
namespace {

namespace fs = std::filesystem;
using std::chrono::floor;
using std::chrono::seconds;

constexpr const char* kFolders[] = {"/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo",
                                    "/etc/zoneinfo"};

bool IsPlainName(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
           c == '-' || c == '+';
  });
}

std::optional<std::string> ReadZoneFile(std::string_view name) {
  if (!IsPlainName(name)) return std::nullopt;
  for (const char* folder : kFolders) {
    const fs::path path = fs::path(folder) / name;
    std::error_code error;
    if (!fs::is_regular_file(path, error)) continue;
    std::string bytes = ReadFile(path);
    if (bytes.starts_with("TZif")) return bytes;
  }
  return std::nullopt;
}

std::string NearestName(std::string_view name) {
  std::string nearest = "UTC";
  std::size_t best = SpellingDistance(name, nearest);
  for (const char* folder : kFolders) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      const std::string candidate = fs::path(it->path()).lexically_relative(folder).string();
      if (candidate.starts_with("posix") || candidate.starts_with("right")) {
        if (it->is_directory(error)) it.disable_recursion_pending();
        continue;
      }
      // Files of the folder that are no zones have an extension or no capital.
      if (candidate.find('.') != std::string::npos || !it->is_regular_file(error)) continue;
      if (const std::size_t distance = SpellingDistance(name, candidate); distance < best) {
        best = distance;
        nearest = candidate;
      }
    }
  }
  return nearest;
}

std::shared_ptr<const ZoneData> Utc() {
  static const auto utc = [] {
    auto data = std::make_shared<ZoneData>();
    data->name = "UTC";
    data->before.abbreviation = "UTC";
    return std::shared_ptr<const ZoneData>(std::move(data));
  }();
  return utc;
}

/// Each zone that was asked for, loaded once: ten thousand definitions in one zone share its data.
class ZoneCache {
 public:
  std::shared_ptr<const ZoneData> Get(std::string_view name) {
    const std::lock_guard lock(mutex_);
    if (const auto it = zones_.find(name); it != zones_.end()) return it->second;
    const auto bytes = ReadZoneFile(name);
    if (!bytes) return nullptr;
    auto zone = std::make_shared<const ZoneData>(ParseZoneFile(name, *bytes));
    zones_.emplace(name, zone);
    return zone;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const ZoneData>, std::less<>> zones_;  // Guarded by mutex_.
};

std::int64_t WallSeconds(LocalTime wall) { return floor<seconds>(wall).time_since_epoch().count(); }

}  // namespace

TimeZone::TimeZone() : data_(Utc()) {}

TimeZone TimeZone::Find(std::string_view name) {
  if (name == "UTC" || name == "utc") return TimeZone();
  static ZoneCache cache;
  auto data = cache.Get(name);
  if (!data) {
    throw Error(Code::kInvalidArgument,
                fmt::format("there is no time zone '{}': use a name of the IANA database (did you mean '{}'?)", name,
                            NearestName(name)));
  }
  return TimeZone(std::move(data));
}

const std::string& TimeZone::name() const { return data_->name; }

CivilTime TimeZone::ToCivil(Timestamp time) const {
  const std::int64_t at = floor<seconds>(time).time_since_epoch().count();
  return {LocalTime(time.time_since_epoch() + seconds(data_->AtUtc(at).offset)), data_->FoldAtUtc(at)};
}

Timestamp TimeZone::ToSys(CivilTime civil) const { return Timestamp(civil.wall.time_since_epoch() - Offset(civil)); }

seconds TimeZone::Offset(CivilTime civil) const {
  return seconds(data_->AtWall(WallSeconds(civil.wall), civil.fold).offset);
}

seconds TimeZone::DaylightSaving(CivilTime civil) const {
  return seconds(data_->AtWall(WallSeconds(civil.wall), civil.fold).daylight_saving);
}

const std::string& TimeZone::Abbreviation(CivilTime civil) const {
  return data_->AtWall(WallSeconds(civil.wall), civil.fold).abbreviation;
}

bool TimeZone::Exists(LocalTime wall) const { return ToCivil(ToSys({wall, false})).wall == wall; }

bool TimeZone::DependsOnFold(LocalTime wall) const { return Offset({wall, false}) != Offset({wall, true}); }

}  // namespace tidemill::assets
