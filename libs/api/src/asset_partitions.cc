#include "asset_partitions.h"

#include <algorithm>
#include <variant>

#include <boost/algorithm/string.hpp>
#include <fmt/format.h>

#include <tidemill/graphql/input.h>

#include "asset_node.h"

namespace tidemill::api {
namespace {

using assets::PartitionsDefinition;

/// DimensionDefinitionType.
struct DimensionType {
  std::string name;
  std::string description;
  std::string_view type;
  bool is_primary = true;
  std::optional<std::string> dynamic_name;
};
struct PartitionKeyPage {
  std::vector<std::string> keys;
  std::string cursor;
  bool has_more = false;
};

std::optional<std::string> DynamicNameOf(const model::PartitionsSnap& snap) {
  const auto* dynamic = std::get_if<model::DynamicPartitionsSnap>(&snap);
  return dynamic == nullptr ? std::nullopt : dynamic->name;
}

bool IsNumber(const std::string& field) {
  return !field.empty() && std::ranges::all_of(field, [](char c) { return c >= '0' && c <= '9'; });
}

/// The cadence of a schedule in a word, or the schedule.
std::string CadenceOf(const std::string& cron) {
  std::vector<std::string> fields;
  boost::split(fields, cron, [](char c) { return c == ' '; });
  std::string shape;
  for (const std::string& field : fields) shape += IsNumber(field) ? '0' : field == "*" ? '*' : '?';
  if (shape == "0****") return "Hourly";
  if (shape == "00***") return "Daily";
  if (shape == "00**0") return "Weekly";
  if (shape == "000**") return "Monthly";
  return cron;
}

std::string Capitalized(std::string text) {
  boost::to_lower(text);
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::string Describe(const model::PartitionsSnap& snap) {
  if (const auto* fixed = std::get_if<model::StaticPartitionsSnap>(&snap)) {
    std::vector<std::string> quoted;
    for (const std::string& key : fixed->partition_keys) quoted.push_back("'" + key + "'");
    return boost::join(quoted, ", ");
  }
  if (const auto* dynamic = std::get_if<model::DynamicPartitionsSnap>(&snap)) {
    return fmt::format("Dynamic partitions: \"{}\"", dynamic->name.value_or(""));
  }
  if (const auto* windows = std::get_if<model::TimeWindowPartitionsSnap>(&snap)) {
    const PartitionsDefinition definition = PartitionsDefinition::FromSnap(snap);
    std::string text =
        fmt::format("{}, starting {} {}.", CadenceOf(windows->cron_schedule),
                    definition.time_windows()->KeyAt(definition.time_windows()->spec().start), windows->timezone);
    if (windows->end_offset != 0) {
      text +=
          fmt::format(" End offsetted by {} partition{}.", windows->end_offset, windows->end_offset == 1 ? "" : "s");
    }
    return text;
  }
  const auto& dimensions = std::get<model::MultiPartitionsSnap>(snap).dimensions;
  std::string text = "Multi-partitioned, with dimensions: \n";
  for (std::size_t i = 0; i < dimensions.size() && i < 2; ++i) {
    text +=
        fmt::format("{}{}: {}", i == 0 ? "" : " \n", Capitalized(dimensions[i].first), Describe(dimensions[i].second));
  }
  return text;
}

std::vector<DimensionType> DimensionsOf(const PartitionDefinition& definition) {
  const auto* multi = std::get_if<model::MultiPartitionsSnap>(definition.snap);
  if (multi == nullptr) {
    return {{"default", "", PartitionTypeOf(*definition.snap), true, DynamicNameOf(*definition.snap)}};
  }
  const DimensionOrder order = OrderOf(PartitionsDefinition::FromSnap(*definition.snap));
  std::vector<DimensionType> dimensions;
  for (std::size_t i = 0; i < multi->dimensions.size(); ++i) {
    const auto& [name, snap] = multi->dimensions[i];
    dimensions.push_back({name, Describe(snap), PartitionTypeOf(snap), i == order.primary, DynamicNameOf(snap)});
  }
  return dimensions;
}

std::vector<std::string> KeysOf(const model::PartitionsSnap& snap, const RequestContext& context) {
  const auto& dynamic = context.Local<StoredDynamicPartitions>();
  return PartitionsDefinition::FromSnap(snap).Keys({context.now(), &dynamic});
}

std::vector<std::string> KeysBetween(const model::PartitionsSnap& snap, std::int64_t begin, std::int64_t end,
                                     const RequestContext& context) {
  std::vector<std::string> keys = KeysOf(snap, context);
  if (begin == 0 || end == 0 || !std::holds_alternative<model::TimeWindowPartitionsSnap>(snap)) return keys;
  const auto size = static_cast<std::int64_t>(keys.size());
  begin = std::clamp<std::int64_t>(begin, 0, size);
  end = std::clamp<std::int64_t>(end, begin, size);
  return {keys.begin() + begin, keys.begin() + end};
}

std::optional<PartitionKeyPage> PageOf(const AssetNode& node, const graphql::Arguments& arguments,
                                       const RequestContext& context) {
  if (!node.snap->partitions) return std::nullopt;
  model::PartitionsSnap snap = *node.snap->partitions;
  const bool ascending = arguments.Get<bool>("ascending");
  // Dagster lists backwards from now, also where a definition has ended.
  if (auto* windows = std::get_if<model::TimeWindowPartitionsSnap>(&snap); windows != nullptr && !ascending) {
    windows->end.reset();
  }
  std::vector<std::string> keys = KeysOf(snap, context);
  if (!ascending) std::ranges::reverse(keys);
  const auto cursor = arguments.Get<std::optional<std::string>>("cursor");
  auto first = keys.begin();
  if (cursor && !cursor->empty()) {
    const auto seen = std::ranges::find(keys, *cursor);
    if (seen != keys.end()) first = seen + 1;
  }
  const auto limit = std::clamp<std::int64_t>(arguments.Get<std::int64_t>("limit"), 0, keys.end() - first);
  PartitionKeyPage page{{first, first + limit}, cursor.value_or(""), first + limit != keys.end()};
  if (!page.keys.empty()) page.cursor = page.keys.back();
  return page;
}

std::optional<PartitionDefinition> DefinitionOf(const AssetNode& node) {
  return node.snap->partitions ? std::optional(PartitionDefinition{&*node.snap->partitions}) : std::nullopt;
}

void BindDefinitions(graphql::Schema& schema) {
  schema.Object<PartitionDefinition>("PartitionDefinition")
      .Field("description", [](const PartitionDefinition& definition) { return Describe(*definition.snap); })
      .Field("type", [](const PartitionDefinition& definition) { return PartitionTypeOf(*definition.snap); })
      .Field("dimensionTypes", DimensionsOf)
      .Field("name", [](const PartitionDefinition& definition) { return DynamicNameOf(*definition.snap); })
      .Field("fmt", [](const PartitionDefinition& definition) {
        const auto* windows = std::get_if<model::TimeWindowPartitionsSnap>(definition.snap);
        return windows == nullptr ? std::nullopt : std::optional(windows->fmt);
      });
  schema.Object<DimensionType>("DimensionDefinitionType")
      .Field("name", &DimensionType::name)
      .Field("description", &DimensionType::description)
      .Field("type", &DimensionType::type)
      .Field("isPrimaryDimension", &DimensionType::is_primary)
      .Field("dynamicPartitionsDefinitionName", &DimensionType::dynamic_name);
  schema.Object<DimensionPartitionKeys>("DimensionPartitionKeys")
      .Field("name", &DimensionPartitionKeys::name)
      .Field("partitionKeys", &DimensionPartitionKeys::keys)
      .Field("type", &DimensionPartitionKeys::type);
  schema.Object<PartitionKeyPage>("PartitionKeyConnection")
      .Field("results", &PartitionKeyPage::keys)
      .Field("cursor", &PartitionKeyPage::cursor)
      .Field("hasMore", &PartitionKeyPage::has_more);
}

}  // namespace

const std::vector<std::string>& StoredDynamicPartitions::Read(std::string_view name) const {
  auto found = keys_.find(name);
  if (found == keys_.end()) found = keys_.emplace(name, events_.DynamicPartitions(name)).first;
  return found->second;
}

bool StoredDynamicPartitions::Has(std::string_view name, std::string_view key) const {
  return std::ranges::find(Read(name), key) != Read(name).end();
}

DimensionOrder OrderOf(const PartitionsDefinition& definition) {
  const auto& dimensions = definition.dimensions();
  const bool first_has_time = dimensions[0].second.time_windows() != nullptr;
  const bool second_has_time = dimensions[1].second.time_windows() != nullptr;
  return second_has_time && !first_has_time ? DimensionOrder{1, 0} : DimensionOrder{0, 1};
}

std::string_view PartitionTypeOf(const model::PartitionsSnap& snap) {
  constexpr std::string_view kNames[] = {"STATIC", "TIME_WINDOW", "DYNAMIC", "MULTIPARTITIONED"};
  return kNames[snap.index()];
}

std::vector<DimensionPartitionKeys> KeysByDimension(const std::optional<model::PartitionsSnap>& snap,
                                                    const graphql::Arguments& arguments,
                                                    const RequestContext& context) {
  std::vector<DimensionPartitionKeys> dimensions;
  if (!snap) return dimensions;
  const auto begin = arguments.Get<std::int64_t>("startIdx", 0);
  const auto end = arguments.Get<std::int64_t>("endIdx", 0);
  if (const auto* multi = std::get_if<model::MultiPartitionsSnap>(&*snap)) {
    for (const auto& [name, dimension] : multi->dimensions) {
      dimensions.push_back({name, PartitionTypeOf(dimension), KeysBetween(dimension, begin, end, context)});
    }
  } else {
    dimensions.push_back({"default", PartitionTypeOf(*snap), KeysBetween(*snap, begin, end, context)});
  }
  return dimensions;
}

void BindAssetPartitions(graphql::Schema& schema) {
  BindDefinitions(schema);
  schema.Object<AssetNode>("AssetNode")
      .Field("partitionDefinition", DefinitionOf)
      .Field("partitionKeys",
             [](const AssetNode& node, const RequestContext& context) {
               return node.snap->partitions ? KeysOf(*node.snap->partitions, context) : std::vector<std::string>();
             })
      .Field("partitionKeyConnection", PageOf)
      .Field("partitionKeysByDimension",
             [](const AssetNode& node, const graphql::Arguments& arguments, const RequestContext& context) {
               return KeysByDimension(node.snap->partitions, arguments, context);
             });
}

}  // namespace tidemill::api
