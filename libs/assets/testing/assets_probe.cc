// Answers questions to this module, one JSON object a line on standard input, one answer a line on standard output:
// what the comparison with real Dagster (tests/compat/test_assets.py) asks.
#include <iostream>

#include <tidemill/assets/asset_graph.h>
#include <tidemill/assets/cron.h>
#include <tidemill/assets/name_selection.h>
#include <tidemill/assets/partition_mapping.h>
#include <tidemill/assets/partitions.h>
#include <tidemill/assets/partitions_subset.h>
#include <tidemill/assets/selection.h>
#include <tidemill/base/error.h>
#include <tidemill/base/json.h>

#include "fake_dynamic_partitions.h"

namespace tidemill::assets {
namespace {

std::vector<std::string> Strings(const json::Value& value) {
  std::vector<std::string> strings;
  for (const auto& item : value.AsArray()) strings.push_back(item.AsString());
  return strings;
}

json::Value List(const std::vector<std::string>& strings) { return json::Array(strings.begin(), strings.end()); }

json::Value OrNull(const std::optional<std::string>& text) { return text ? json::Value(*text) : json::Value(); }

json::Value Span(const std::optional<TimeWindow>& window) {
  if (!window) return {};
  return json::Array{ToUnixSeconds(window->start), ToUnixSeconds(window->end)};
}

Timestamp Time(const json::Value& value) { return FromUnixSeconds(value.AsDouble()); }

/// A PartitionsSnap as Dagster's serdes writes it.
model::PartitionsSnap ReadSnap(const json::Object& object) {
  const std::string& name = object.At("__class__").AsString();
  if (name == "ExternalStaticPartitionsDefinitionData") {
    return model::StaticPartitionsSnap{Strings(object.At("partition_keys"))};
  }
  if (name == "ExternalDynamicPartitionsDefinitionData") {
    return model::DynamicPartitionsSnap{object.At("name").AsString()};
  }
  if (name == "ExternalMultiPartitionsDefinitionData") {
    model::MultiPartitionsSnap snap;
    for (const auto& dimension : object.At("external_partition_dimension_definitions").AsArray()) {
      snap.dimensions.emplace_back(dimension.AsObject().At("name").AsString(),
                                   ReadSnap(dimension.AsObject().At("external_partitions_def_data").AsObject()));
    }
    return snap;
  }
  model::TimeWindowPartitionsSnap snap;
  snap.start = object.At("start").AsDouble();
  if (!object.At("end").is_null()) snap.end = object.At("end").AsDouble();
  snap.timezone = object.At("timezone").AsString();
  snap.fmt = object.At("fmt").AsString();
  snap.end_offset = object.At("end_offset").AsInt();
  snap.cron_schedule = object.At("cron_schedule").AsString();
  snap.exclusions = object.At("exclusions");
  return snap;
}

std::optional<PartitionsDefinition> ReadDefinition(const json::Value& value) {
  if (value.is_null()) return std::nullopt;
  return PartitionsDefinition::FromSnap(ReadSnap(value.AsObject()));
}

FakeDynamicPartitions ReadDynamic(const json::Object& question) {
  FakeDynamicPartitions::KeysByName keys;
  if (const auto* dynamic = question.Find("dynamic")) {
    for (const auto& [name, list] : dynamic->AsObject()) keys[name] = Strings(list);
  }
  return FakeDynamicPartitions(std::move(keys));
}

json::Value AnswerTicks(const json::Object& question) {
  const TimeZone zone = TimeZone::Find(question.At("zone").AsString());
  const auto cron = CronSchedule::Parse(Strings(question.At("cron")));
  const Timestamp from = Time(question.At("from"));
  auto ticks = question.At("ascending").AsBool() ? cron.Forward(from, zone) : cron.Backward(from, zone);
  json::Array times;
  for (std::int64_t i = 0; i < question.At("count").AsInt(); ++i) {
    const auto tick = ticks.Next();
    if (!tick) break;
    const double wall = static_cast<double>(tick->civil.wall.time_since_epoch().count()) / 1e6;
    times.emplace_back(json::Array{ToUnixSeconds(tick->time), wall});
  }
  return times;
}

json::Value AnswerPartitions(const json::Object& question) {
  const auto definition = *ReadDefinition(question.At("definition"));
  const FakeDynamicPartitions dynamic = ReadDynamic(question);
  const PartitionsContext context{Time(question.At("now")), &dynamic};
  json::Object answer{{"keys", List(definition.Keys(context))},
                      {"count", definition.Count(context)},
                      {"first", OrNull(definition.FirstKey(context))},
                      {"last", OrNull(definition.LastKey(context))}};
  json::Array has, windows;
  for (const auto& key : Strings(question.At("candidates"))) {
    has.emplace_back(definition.HasKey(key, context));
    windows.push_back(Span(definition.WindowOf(key)));
  }
  answer.Append("has", std::move(has));
  answer.Append("windows", std::move(windows));
  if (const auto* range = question.Find("range")) {
    const auto ends = Strings(*range);
    answer.Append("range", List(definition.KeysInRange(ends[0], ends[1], context)));
  }
  if (const auto* around = question.Find("around")) {
    answer.Append("around", json::Array{definition.time_windows()->KeyAround(Time(*around)),
                                        definition.time_windows()->KeyAround(Time(*around), true)});
  }
  return answer;
}

json::Value Describe(const PartitionsSubset& subset, const PartitionsContext& context, bool with_ranges = true) {
  json::Object answer{{"keys", List(subset.Keys())}, {"count", subset.Count()}, {"empty", subset.empty()}};
  if (const auto* stretches = subset.windows()) {
    json::Array windows;
    for (const auto& window : *stretches) windows.push_back(Span(window));
    answer.Append("windows", std::move(windows));
  }
  if (!with_ranges) return answer;
  json::Array ranges;
  for (const auto& [first, last] : subset.KeyRanges(context)) ranges.push_back(json::Array{first, last});
  answer.Append("ranges", std::move(ranges));
  return answer;
}

json::Value AnswerSubset(const json::Object& question) {
  const auto definition = *ReadDefinition(question.At("definition"));
  const FakeDynamicPartitions dynamic = ReadDynamic(question);
  const PartitionsContext context{Time(question.At("now")), &dynamic};
  const auto a = PartitionsSubset::OfKeys(definition, Strings(question.At("a")), context);
  const auto b = PartitionsSubset::OfKeys(definition, Strings(question.At("b")), context);
  json::Array contains;
  for (const auto& key : Strings(question.At("candidates"))) contains.emplace_back(a.Contains(key));
  return json::Object{
      {"a", Describe(a, context)},       {"or", Describe(a | b, context)},       {"and", Describe(a & b, context)},
      {"sub", Describe(a - b, context)}, {"not_in", List(a.KeysNotIn(context))}, {"contains", std::move(contains)}};
}

json::Value AnswerMapping(const json::Object& question) {
  const auto upstream = ReadDefinition(question.At("upstream"));
  const auto downstream = ReadDefinition(question.At("downstream"));
  const FakeDynamicPartitions dynamic = ReadDynamic(question);
  const PartitionsContext context{Time(question.At("now")), &dynamic};
  const auto mapping = PartitionMapping::Of(question.At("mapping"), downstream ? &*downstream : nullptr,
                                            upstream ? &*upstream : nullptr);
  json::Object answer{{"class", mapping.ClassName()}};
  if (!upstream) return answer;
  const auto keys = Strings(question.At("keys"));
  if (question.At("to_upstream").AsBool()) {
    std::optional<PartitionsSubset> subset;
    if (downstream) subset = PartitionsSubset::OfKeys(*downstream, keys, context);
    const auto result = mapping.Upstream(subset ? &*subset : nullptr, *upstream, context);
    answer.Append("subset", Describe(result.subset, context, false));
    answer.Append("missing", List(result.required_but_nonexistent.Keys()));
  } else {
    const auto subset = PartitionsSubset::OfKeys(*upstream, keys, context);
    answer.Append("subset", Describe(mapping.Downstream(subset, *downstream, context), context, false));
  }
  return answer;
}

std::vector<model::AssetNodeSnap> ReadNodes(const json::Value& list) {
  std::vector<model::AssetNodeSnap> nodes;
  for (const auto& value : list.AsArray()) {
    const auto& object = value.AsObject();
    auto& node = nodes.emplace_back();
    node.asset_key = model::AssetKey(Strings(object.At("key")));
    for (const auto& parent : object.At("parents").AsArray()) {
      node.dependencies.push_back({model::AssetKey(Strings(parent)), {}, {}, {}});
    }
    if (object.At("external").AsBool()) node.execution_type = model::AssetExecutionType::kUnexecutable;
    node.group_name = object.At("group").AsString();
    for (const auto& [key, tag] : object.At("tags").AsObject()) node.tags.emplace_back(key, tag.AsString());
    node.owners = Strings(object.At("owners"));
  }
  return nodes;
}

json::Value NamesOf(const AssetGraph& graph, const std::vector<AssetId>& ids) {
  json::Array names;
  for (const AssetId id : ids) names.emplace_back(graph.name(id));
  return names;
}

json::Value AnswerSelections(const json::Object& question) {
  const auto nodes = ReadNodes(question.At("nodes"));
  const AssetGraph graph(nodes);
  json::Array layers;
  for (const auto& layer : graph.layers()) layers.push_back(NamesOf(graph, layer));
  json::Array selected;
  for (const auto& item : question.At("selections").AsArray()) {
    const SelectionOptions options{item.AsObject().At("include_sources").AsBool()};
    try {
      const auto selection = AssetSelection::Parse(item.AsObject().At("text").AsString(), options);
      selected.emplace_back(
          json::Object{{"text", selection.ToString()}, {"keys", NamesOf(graph, selection.Resolve(graph))}});
    } catch (const Error& error) {
      selected.emplace_back(json::Object{{"error", error.what()}, {"code", CodeName(error.code())}});
    }
  }
  return json::Object{{"layers", std::move(layers)}, {"selected", std::move(selected)}};
}

json::Value AnswerNames(const json::Object& question) {
  std::vector<std::pair<std::string, std::vector<std::string>>> dependencies;
  for (const auto& [name, parents] : question.At("graph").AsObject()) dependencies.emplace_back(name, Strings(parents));
  const NameGraph graph(std::move(dependencies));
  const auto clauses = Strings(question.At("clauses"));
  return List(question.At("steps").AsBool() ? graph.SelectSteps(clauses) : graph.SelectOps(clauses));
}

json::Value Answer(const json::Object& question) {
  const std::string& kind = question.At("ask").AsString();
  if (kind == "valid") return CronSchedule::IsValid(question.At("cron").AsString());
  if (kind == "ticks") return AnswerTicks(question);
  if (kind == "partitions") return AnswerPartitions(question);
  if (kind == "subset") return AnswerSubset(question);
  if (kind == "mapping") return AnswerMapping(question);
  if (kind == "selections") return AnswerSelections(question);
  if (kind == "names") return AnswerNames(question);
  throw Error(Code::kInvalidArgument, "unknown question '" + kind + "'");
}

}  // namespace
}  // namespace tidemill::assets

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    tidemill::json::Value answer;
    try {
      answer = tidemill::assets::Answer(tidemill::json::Parse(line).AsObject());
    } catch (const tidemill::Error& error) {
      answer = tidemill::json::Object{{"error", error.what()}, {"code", tidemill::CodeName(error.code())}};
    }
    std::cout << tidemill::json::Dump(answer) << std::endl;
  }
  return 0;
}
