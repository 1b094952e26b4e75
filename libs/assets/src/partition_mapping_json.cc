#include <fmt/format.h>
#include <fmt/ranges.h>

#include <tidemill/base/error.h>

#include "partition_mapping_rep.h"

namespace tidemill::assets {
namespace {

constexpr std::string_view kClassNames[] = {"IdentityPartitionMapping",
                                            "AllPartitionMapping",
                                            "LastPartitionMapping",
                                            "SpecificPartitionsPartitionMapping",
                                            "TimeWindowPartitionMapping",
                                            "StaticPartitionMapping",
                                            "MultiToSingleDimensionPartitionMapping",
                                            "MultiPartitionMapping"};

std::int64_t IntegerOr(const json::Object& object, std::string_view key, std::int64_t otherwise) {
  const auto* value = object.Find(key);
  return value == nullptr || value->is_null() ? otherwise : value->AsInt();
}

std::vector<std::string> Strings(const json::Value& value) {
  std::vector<std::string> strings;
  for (const auto& item : value.AsArray()) strings.push_back(item.AsString());
  return strings;
}

/// One key, a list, or a set as serdes writes it.
std::set<std::string> KeySet(const json::Value& value) {
  if (value.is_string()) return {value.AsString()};
  const json::Value* list = &value;
  for (const std::string_view wrapper : {"__set__", "__frozenset__"}) {
    if (const auto* inner = value.Find(wrapper)) list = inner;
  }
  const auto keys = Strings(*list);
  return {keys.begin(), keys.end()};
}

PartitionMapping ReadStatic(const json::Object& object) {
  std::map<std::string, std::set<std::string>> keys;
  for (const auto& [upstream, downstream] :
       object.At("downstream_partition_keys_by_upstream_partition_key").AsObject()) {
    keys[upstream] = KeySet(downstream);
  }
  return PartitionMapping::Static(std::move(keys));
}

PartitionMapping ReadMulti(const json::Object& object) {
  std::vector<PartitionMapping::Dimension> dimensions;
  for (const auto& [upstream, dimension] : object.At("downstream_mappings_by_upstream_dimension").AsObject()) {
    dimensions.push_back({upstream, dimension.AsObject().At("dimension_name").AsString(),
                          PartitionMapping::FromJson(dimension.AsObject().At("partition_mapping"))});
  }
  return PartitionMapping::Multi(std::move(dimensions));
}

struct Writer {
  json::Object& object;

  void operator()(const IdentityMapping&) const {}
  void operator()(const AllMapping&) const {}
  void operator()(const LastMapping&) const {}
  void operator()(const SpecificMapping& mapping) const {
    object.Set("partition_keys", json::Array(mapping.keys.begin(), mapping.keys.end()));
  }
  void operator()(const TimeWindowMapping& mapping) const {
    object.Set("allow_nonexistent_upstream_partitions", mapping.allow_nonexistent_upstream);
    object.Set("end_offset", mapping.end_offset);
    object.Set("start_offset", mapping.start_offset);
  }
  void operator()(const StaticMapping& mapping) const {
    json::Object keys;
    for (const auto& [upstream, downstream] : mapping.downstream_by_upstream) {
      keys.Append(upstream, json::Array(downstream.begin(), downstream.end()));
    }
    object.Set("downstream_partition_keys_by_upstream_partition_key", std::move(keys));
  }
  void operator()(const MultiToSingleMapping& mapping) const {
    object.Set("partition_dimension_name", mapping.dimension ? json::Value(*mapping.dimension) : json::Value());
  }
  void operator()(const MultiMapping& mapping) const {
    json::Object dimensions;
    for (const auto& [upstream, downstream, inner] : mapping.dimensions) {
      dimensions.Append(upstream, json::Object{{"__class__", "DimensionPartitionMapping"},
                                               {"dimension_name", downstream},
                                               {"partition_mapping", inner.ToJson()}});
    }
    object.Set("downstream_mappings_by_upstream_dimension", std::move(dimensions));
  }
};

struct Describer {
  std::string operator()(const IdentityMapping&) const {
    return "Each partition reads the upstream partition of its key.";
  }
  std::string operator()(const AllMapping&) const { return "Each partition reads every upstream partition."; }
  std::string operator()(const LastMapping&) const { return "Each partition reads the last upstream partition."; }
  std::string operator()(const SpecificMapping& mapping) const {
    return fmt::format("Each partition reads the upstream partitions {}.", fmt::join(mapping.keys, ", "));
  }
  std::string operator()(const TimeWindowMapping& mapping) const {
    std::string text = "Each partition reads the upstream partitions whose time windows overlap its own";
    if (mapping.start_offset != 0 || mapping.end_offset != 0) {
      text += fmt::format(", with its start moved by {} and its end by {} partitions", mapping.start_offset,
                          mapping.end_offset);
    }
    return text + ".";
  }
  std::string operator()(const StaticMapping& mapping) const {
    std::string text = "Upstream partitions serve these downstream partitions:";
    for (const auto& [upstream, downstream] : mapping.downstream_by_upstream) {
      text += fmt::format(" {} → {};", upstream, fmt::join(downstream, ", "));
    }
    text.back() = '.';
    return text;
  }
  std::string operator()(const MultiToSingleMapping&) const {
    return "One side is a dimension of the other: a key and every combination that holds it belong together.";
  }
  std::string operator()(const MultiMapping& mapping) const {
    std::string text;
    for (const auto& [upstream, downstream, inner] : mapping.dimensions) {
      text += fmt::format("{}Upstream dimension '{}' serves '{}' by {}.", text.empty() ? "" : "\n", upstream,
                          downstream, inner.ClassName());
    }
    return text;
  }
};

}  // namespace

PartitionMapping PartitionMapping::FromJson(const json::Value& value) {
  const auto& object = value.AsObject();
  const std::string& name = object.At("__class__").AsString();
  if (name == "IdentityPartitionMapping") return Identity();
  if (name == "AllPartitionMapping") return All();
  if (name == "LastPartitionMapping") return Last();
  if (name == "SpecificPartitionsPartitionMapping") return Specific(Strings(object.At("partition_keys")));
  if (name == "StaticPartitionMapping") return ReadStatic(object);
  if (name == "MultiPartitionMapping") return ReadMulti(object);
  if (name == "TimeWindowPartitionMapping") {
    const auto* allow = object.Find("allow_nonexistent_upstream_partitions");
    return TimeWindows(IntegerOr(object, "start_offset", 0), IntegerOr(object, "end_offset", 0),
                       allow != nullptr && allow->is_bool() && allow->AsBool());
  }
  if (name == "MultiToSingleDimensionPartitionMapping") {
    const auto* dimension = object.Find("partition_dimension_name");
    if (dimension == nullptr || dimension->is_null()) return MultiToSingle();
    return MultiToSingle(dimension->AsString());
  }
  throw Error(Code::kInvalidArgument,
              fmt::format("'{}' is no partition mapping that is known here: use one of Dagster's own", name));
}

json::Value PartitionMapping::ToJson() const {
  json::Object object{{"__class__", ClassName()}};
  std::visit(Writer{object}, rep_->data);
  return object;
}

std::string_view PartitionMapping::ClassName() const { return kClassNames[rep_->data.index()]; }

std::string PartitionMapping::Description() const { return std::visit(Describer{}, rep_->data); }

}  // namespace tidemill::assets
