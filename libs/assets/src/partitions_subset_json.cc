#include <algorithm>

#include <tidemill/assets/partitions_subset_json.h>
#include <tidemill/base/error.h>

namespace tidemill::assets {
namespace {

constexpr std::string_view kWindowsClass = "TimeWindowPartitionsSubset";

json::Value Moment(double seconds, const std::string& zone) {
  return json::Object{{"__class__", "TimestampWithTimezone"}, {"timestamp", seconds}, {"timezone", zone}};
}

double SecondsOf(const json::Value& moment) { return moment.AsObject().At("timestamp").AsDouble(); }

json::Value DefinitionJson(const model::TimeWindowPartitionsSnap& definition) {
  return json::Object{{"__class__", "TimeWindowPartitionsDefinition"},
                      {"cron_schedule", definition.cron_schedule},
                      {"end", definition.end ? Moment(*definition.end, definition.timezone) : json::Value()},
                      {"end_offset", definition.end_offset},
                      {"exclusions", definition.exclusions},
                      {"fmt", definition.fmt},
                      {"start", Moment(definition.start, definition.timezone)},
                      {"timezone", definition.timezone}};
}

model::TimeWindowPartitionsSnap DefinitionOf(const json::Object& fields) {
  model::TimeWindowPartitionsSnap definition;
  definition.start = SecondsOf(fields.At("start"));
  if (const json::Value& end = fields.At("end"); !end.is_null()) definition.end = SecondsOf(end);
  definition.timezone = fields.At("timezone").AsString();
  definition.fmt = fields.At("fmt").AsString();
  definition.end_offset = fields.At("end_offset").AsInt();
  definition.cron_schedule = fields.At("cron_schedule").AsString();
  if (const json::Value* exclusions = fields.Find("exclusions")) definition.exclusions = *exclusions;
  return definition;
}

/// Of a TimeWindowPartitionsSubset.
PartitionsSubset WindowsOf(const json::Object& fields) {
  PartitionsSubset::Windows windows;
  for (const json::Value& window : fields.At("included_time_windows").AsArray()) {
    const json::Object& edges = window.AsObject();
    windows.push_back({FromUnixSeconds(SecondsOf(edges.At("start"))), FromUnixSeconds(SecondsOf(edges.At("end")))});
  }
  const auto definition = PartitionsDefinition::FromSnap(DefinitionOf(fields.At("partitions_def").AsObject()));
  return PartitionsSubset::OfWindows(definition, std::move(windows));
}

}  // namespace

json::Value ToJson(const PartitionsSubset& subset) {
  if (subset.windows() == nullptr) {
    const std::vector<std::string> keys = subset.Keys();
    return json::Object{{"__class__", "DefaultPartitionsSubset"},
                        {"subset", json::Object{{"__set__", json::Array(keys.begin(), keys.end())}}}};
  }
  const auto definition = std::get<model::TimeWindowPartitionsSnap>(subset.definition().ToSnap());
  json::Array windows;
  for (const TimeWindow& window : *subset.windows()) {
    windows.push_back(json::Object{{"__class__", "TimeWindow"},
                                   {"end", Moment(ToUnixSeconds(window.end), definition.timezone)},
                                   {"start", Moment(ToUnixSeconds(window.start), definition.timezone)}});
  }
  return json::Object{{"__class__", "TimeWindowPartitionsSubset"},
                      {"included_time_windows", std::move(windows)},
                      {"num_partitions", subset.Count()},
                      {"partitions_def", DefinitionJson(definition)}};
}

std::vector<std::string> KeysOfSubset(const json::Value& subset) {
  const json::Object& fields = subset.AsObject();
  const std::string& name = fields.At("__class__").AsString();
  if (name == kWindowsClass) return WindowsOf(fields).Keys();
  if (name != "DefaultPartitionsSubset") {
    throw Error(Code::kInvalidArgument, "partitions are stored as an unknown class: " + name);
  }
  std::vector<std::string> keys;
  for (const json::Value& key : fields.At("subset").AsObject().At("__set__").AsArray()) {
    keys.push_back(key.AsString());
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::optional<std::vector<std::pair<std::string, std::string>>> KeyRangesOfSubset(const json::Value& subset) {
  const json::Object& fields = subset.AsObject();
  if (fields.At("__class__").AsString() != kWindowsClass) return std::nullopt;
  return WindowsOf(fields).KeyRanges({});
}

}  // namespace tidemill::assets
