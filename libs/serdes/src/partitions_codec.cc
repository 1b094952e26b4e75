#include "external.h"
#include "instantiate.h"

namespace tidemill::serdes {

using namespace model;

namespace {

/// The dimensions, each an object of its own class. Dagster sorts them by name.
struct AsDimensions {
  using Dimensions = std::vector<std::pair<std::string, PartitionsSnap>>;

  static void Write(std::string& out, const Dimensions& dimensions) {
    out.push_back('[');
    for (const auto& [name, partitions] : dimensions) {
      if (out.back() != '[') out.append(", ");
      out.append(R"({"__class__": "ExternalPartitionDimensionDefinition", "external_partitions_def_data": )");
      Codec<PartitionsSnap>::Write(out, partitions);
      out.append(R"(, "name": )");
      json::AppendQuoted(out, name);
      out.push_back('}');
    }
    out.push_back(']');
  }
  static void Read(Dimensions& dimensions, const json::Value& value) {
    for (const json::Value& item : value.AsArray()) {
      const json::Object& dimension = ObjectOfClass(item, "ExternalPartitionDimensionDefinition");
      dimensions.emplace_back(dimension.At("name").AsString(),
                              Codec<PartitionsSnap>::Read(dimension.At("external_partitions_def_data")));
    }
  }
};

}  // namespace

template <>
constexpr auto kClass<StaticPartitionsSnap> = Class<StaticPartitionsSnap, "ExternalStaticPartitionsDefinitionData">(
    Field<"partition_keys", &StaticPartitionsSnap::partition_keys>);

// The constant fields are how a schedule was told before there were cron texts.
template <>
constexpr auto kClass<TimeWindowPartitionsSnap> =
    Class<TimeWindowPartitionsSnap, "ExternalTimeWindowPartitionsDefinitionData">(
        Field<"cron_schedule", &TimeWindowPartitionsSnap::cron_schedule>,
        Constant<"day_offset", TimeWindowPartitionsSnap, "null">, Field<"end", &TimeWindowPartitionsSnap::end>,
        Field<"end_offset", &TimeWindowPartitionsSnap::end_offset>,
        Field<"exclusions", &TimeWindowPartitionsSnap::exclusions>, Field<"fmt", &TimeWindowPartitionsSnap::fmt>,
        Constant<"hour_offset", TimeWindowPartitionsSnap, "null">,
        Constant<"minute_offset", TimeWindowPartitionsSnap, "null">,
        Constant<"schedule_type", TimeWindowPartitionsSnap, "null">, Field<"start", &TimeWindowPartitionsSnap::start>,
        Field<"timezone", &TimeWindowPartitionsSnap::timezone>);

template <>
constexpr auto kClass<DynamicPartitionsSnap> = Class<DynamicPartitionsSnap, "ExternalDynamicPartitionsDefinitionData">(
    Field<"name", &DynamicPartitionsSnap::name>);

template <>
constexpr auto kClass<MultiPartitionsSnap> = Class<MultiPartitionsSnap, "ExternalMultiPartitionsDefinitionData">(
    Field<"external_partition_dimension_definitions", &MultiPartitionsSnap::dimensions, AsDimensions>);

void Codec<PartitionsSnap>::Write(std::string& out, const PartitionsSnap& partitions) {
  OneOf<PartitionsSnap>::Write(out, partitions);
}

PartitionsSnap Codec<PartitionsSnap>::Read(const json::Value& value) { return OneOf<PartitionsSnap>::Read(value); }

}  // namespace tidemill::serdes
