// How definitions are made: from what a user writes, and from and to the snapshot of a code location.
#include <cmath>
#include <unordered_set>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "tidemill/assets/partitions.h"
#include "time_format.h"

namespace tidemill::assets {
namespace {

constexpr std::string_view kDateFormat = "%Y-%m-%d";
constexpr std::string_view kHourFormat = "%Y-%m-%d-%H:%M";

Timestamp ReadTime(std::string_view text, std::string_view fmt, const TimeZone& zone, std::string_view what) {
  const auto parsed = ParseTime(text, fmt);
  if (!parsed) {
    throw Error(Code::kInvalidArgument,
                fmt::format("{} '{}' of the partitions is not of the form {} of their keys", what, text, fmt));
  }
  if (parsed->offset) return Timestamp(parsed->wall.time_since_epoch() - *parsed->offset);
  return zone.ToSys({parsed->wall, false});
}

PartitionsDefinition Make(std::string_view cron, std::string_view start, std::string_view default_fmt,
                          const TimeWindowOptions& options) {
  const std::string fmt = options.fmt.value_or(std::string(default_fmt));
  const TimeZone zone = TimeZone::Find(options.timezone);
  TimeWindowPartitions::Spec spec{
      CronSchedule::Parse(cron), ReadTime(start, fmt, zone, "start"), std::nullopt, zone, fmt, options.end_offset, {}};
  if (options.end) spec.end = ReadTime(*options.end, fmt, zone, "end");
  for (const auto& excluded : options.excluded_crons) spec.exclusions.emplace_back(excluded);
  for (const auto& excluded : options.excluded_times) {
    spec.exclusions.emplace_back(ReadTime(excluded, fmt, zone, "exclusion"));
  }
  return PartitionsDefinition::TimeWindows(std::move(spec));
}

model::TimeWindowPartitionsSnap ToTimeWindowSnap(const TimeWindowPartitions& partitions) {
  const auto& spec = partitions.spec();
  model::TimeWindowPartitionsSnap snap;
  snap.start = ToUnixSeconds(spec.start);
  if (spec.end) snap.end = ToUnixSeconds(*spec.end);
  snap.timezone = spec.zone.name();
  snap.fmt = spec.fmt;
  snap.end_offset = spec.end_offset;
  snap.cron_schedule = spec.cron.texts()[0];
  if (spec.exclusions.empty()) return snap;
  json::Array exclusions;
  for (const auto& exclusion : spec.exclusions) {
    if (const auto* cron = std::get_if<std::string>(&exclusion)) {
      exclusions.emplace_back(*cron);
    } else {
      exclusions.emplace_back(json::Object{{"__class__", "TimestampWithTimezone"},
                                           {"timestamp", ToUnixSeconds(std::get<Timestamp>(exclusion))},
                                           {"timezone", spec.zone.name()}});
    }
  }
  snap.exclusions = std::move(exclusions);
  return snap;
}

TimeWindowPartitions::Spec FromTimeWindowSnap(const model::TimeWindowPartitionsSnap& snap) {
  TimeWindowPartitions::Spec spec{CronSchedule::Parse(snap.cron_schedule),
                                  FromUnixSeconds(snap.start),
                                  std::nullopt,
                                  TimeZone::Find(snap.timezone.empty() ? "UTC" : snap.timezone),
                                  snap.fmt,
                                  snap.end_offset,
                                  {}};
  if (snap.end) spec.end = FromUnixSeconds(*snap.end);
  if (!snap.exclusions.is_array()) return spec;
  for (const auto& exclusion : snap.exclusions.AsArray()) {
    if (exclusion.is_string()) {
      spec.exclusions.emplace_back(exclusion.AsString());
    } else {
      spec.exclusions.emplace_back(FromUnixSeconds(exclusion.AsObject().At("timestamp").AsDouble()));
    }
  }
  return spec;
}

}  // namespace

PartitionsDefinition PartitionsDefinition::Hourly(std::string_view start, const TimeWindowOptions& options) {
  return Make(fmt::format("{} * * * *", options.minute_offset), start, kHourFormat, options);
}

PartitionsDefinition PartitionsDefinition::Daily(std::string_view start, const TimeWindowOptions& options) {
  return Make(fmt::format("{} {} * * *", options.minute_offset, options.hour_offset), start, kDateFormat, options);
}

PartitionsDefinition PartitionsDefinition::Weekly(std::string_view start, const TimeWindowOptions& options) {
  return Make(fmt::format("{} {} * * {}", options.minute_offset, options.hour_offset, options.day_offset.value_or(0)),
              start, kDateFormat, options);
}

PartitionsDefinition PartitionsDefinition::Monthly(std::string_view start, const TimeWindowOptions& options) {
  return Make(fmt::format("{} {} {} * *", options.minute_offset, options.hour_offset, options.day_offset.value_or(1)),
              start, kDateFormat, options);
}

PartitionsDefinition PartitionsDefinition::Cron(std::string_view cron, std::string_view start, std::string_view fmt,
                                                const TimeWindowOptions& options) {
  return Make(cron, start, fmt, options);
}

PartitionsDefinition PartitionsDefinition::FromSnap(const model::PartitionsSnap& snap) {
  if (const auto* listed = std::get_if<model::StaticPartitionsSnap>(&snap)) {
    std::unordered_set<std::string_view> seen;
    std::vector<std::string> keys;
    for (const auto& key : listed->partition_keys) {
      if (seen.insert(key).second) keys.push_back(key);
    }
    return Static(std::move(keys));
  }
  if (const auto* windows = std::get_if<model::TimeWindowPartitionsSnap>(&snap)) {
    return TimeWindows(FromTimeWindowSnap(*windows));
  }
  if (const auto* dynamic = std::get_if<model::DynamicPartitionsSnap>(&snap)) {
    return Dynamic(dynamic->name.value_or(""));
  }
  std::vector<Dimension> dimensions;
  for (const auto& [name, dimension] : std::get<model::MultiPartitionsSnap>(snap).dimensions) {
    dimensions.emplace_back(name, FromSnap(dimension));
  }
  return Multi(std::move(dimensions));
}

model::PartitionsSnap PartitionsDefinition::ToSnap() const {
  if (is_static()) return model::StaticPartitionsSnap{static_keys()};
  if (is_dynamic()) return model::DynamicPartitionsSnap{dynamic_name()};
  if (const auto* windows = time_windows()) return ToTimeWindowSnap(*windows);
  model::MultiPartitionsSnap snap;
  for (const auto& [name, dimension] : dimensions()) snap.dimensions.emplace_back(name, dimension.ToSnap());
  return snap;
}

}  // namespace tidemill::assets
