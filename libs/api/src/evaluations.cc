#include "evaluations.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <tidemill/api/api.h>
#include <tidemill/assets/partitions_subset_json.h>
#include <tidemill/base/error.h>
#include <tidemill/serdes/serdes.h>

#include "asset_node.h"
#include "automation.h"
#include "errors.h"
#include "metadata.h"

namespace tidemill::api {
namespace {

/// AssetJobKey.
struct JobKey {
  std::string job_name;
};
using EntityKey = std::variant<model::AssetKey, model::AssetCheckKey, JobKey>;

/// One condition of an evaluation: serdes JSON of an AssetConditionEvaluation. Keeps the whole alive.
struct Node {
  std::shared_ptr<const json::Value> evaluation;
  const json::Object* fields;
  std::optional<std::string> partition;  ///< Of which it tells; nothing: of all.

  const json::Object& Condition() const { return fields->At("condition_snapshot").AsObject(); }
};
/// AssetConditionEvaluation: a condition with all that it is made of.
struct Evaluation {
  Node root;
};
/// AssetConditionEvaluationRecord.
struct Record {
  storage::EvaluationRecord row;
  std::shared_ptr<const json::Value> body;  ///< Serdes JSON of an AssetConditionEvaluationWithRunIds.
  Node root;
};
/// AutoMaterializeAssetEvaluationRecord: the same as older clients ask for it.
struct OldRecord : Record {};
struct OldRecords {
  std::vector<OldRecord> records;
};
struct Records {
  std::vector<Record> records;
};
/// Metadata that entries point into, as long as the request lives.
struct KeptMetadata {
  explicit KeptMetadata(const RequestContext&) {}
  std::deque<model::Metadata> kept;
};
struct SinceMetadata {
  const json::Object* metadata;
};

const json::Value* NotNull(const json::Object& object, std::string_view member) {
  const json::Value* value = object.Find(member);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<double> NumberOf(const Node& node, std::string_view member) {
  const json::Value* value = NotNull(*node.fields, member);
  return value == nullptr ? std::nullopt : std::optional(value->AsDouble());
}

EntityKey ReadKey(const json::Value& key) {
  const std::string& name = key.AsObject().At("__class__").AsString();
  if (name == "AssetKey") return serdes::FromJson<model::AssetKey>(key);
  if (name == "AssetCheckKey") return serdes::FromJson<model::AssetCheckKey>(key);
  if (name == "AssetJobKey") return JobKey{key.AsObject().At("job_name").AsString()};
  throw Error(Code::kDataLoss, fmt::format("an evaluation is of the unknown kind {}", name));
}

// A subset is {"asset_key": ..., "value": bool or a subset of partitions}.

const json::Object& TrueSubset(const Node& node) { return node.fields->At("true_subset").AsObject(); }
EntityKey KeyOf(const Node& node) { return ReadKey(TrueSubset(node).At("asset_key")); }
bool IsPartitioned(const Node& node) { return !TrueSubset(node).At("value").is_bool(); }

std::int64_t SizeOf(const json::Object& subset) {
  const json::Value& value = subset.At("value");
  if (value.is_bool()) return value.AsBool() ? 1 : 0;
  return static_cast<std::int64_t>(assets::KeysOfSubset(value).size());
}

bool Holds(const json::Object& subset, const std::string& partition) {
  const json::Value& value = subset.At("value");
  if (value.is_bool()) return false;
  const std::vector<std::string> keys = assets::KeysOfSubset(value);
  return std::ranges::find(keys, partition) != keys.end();
}

/// Nothing where everything was a candidate.
const json::Object* CandidateSubset(const Node& node) {
  const json::Object& candidates = node.fields->At("candidate_subset").AsObject();
  return candidates.At("__class__").AsString() == "AssetSubset" ? &candidates : nullptr;
}

std::int64_t NumTrue(const Node& node) { return SizeOf(TrueSubset(node)); }

std::optional<std::int64_t> NumCandidates(const Node& node) {
  const json::Object* candidates = CandidateSubset(node);
  return candidates == nullptr ? std::nullopt : std::optional(SizeOf(*candidates));
}

std::string UniqueId(const Node& node) { return node.Condition().At("unique_id").AsString(); }

std::optional<std::string> TextOf(const json::Object& object, std::string_view member) {
  const json::Value* value = NotNull(object, member);
  return value == nullptr ? std::nullopt : std::optional(value->AsString());
}

std::vector<Node> ChildrenOf(const Node& node) {
  std::vector<Node> children;
  for (const json::Value& child : node.fields->At("child_evaluations").AsArray()) {
    children.push_back({node.evaluation, &child.AsObject(), node.partition});
  }
  return children;
}

std::vector<std::string> ChildIds(const Node& node) {
  std::vector<std::string> ids;
  for (const Node& child : ChildrenOf(node)) ids.push_back(UniqueId(child));
  return ids;
}

/// A node before its children.
void Flatten(const Node& node, std::vector<Node>& nodes) {
  nodes.push_back(node);
  for (const Node& child : ChildrenOf(node)) Flatten(child, nodes);
}

std::vector<Node> AllNodes(const Node& root) {
  std::vector<Node> nodes;
  Flatten(root, nodes);
  return nodes;
}

Automation ReadAutomation(const Node& node) {
  Automation automation;
  automation.label = TextOf(node.Condition(), "label");
  automation.name = TextOf(node.Condition(), "name").value_or("");
  if (automation.name.empty()) automation.name = TextOf(node.Condition(), "description").value_or("");
  for (const Node& child : ChildrenOf(node)) automation.parts.push_back(ReadAutomation(child));
  return automation;
}

std::string_view StatusOf(const Node& node) {
  const json::Object* candidates = CandidateSubset(node);
  if (node.partition) {
    if (!IsPartitioned(node)) return "SKIPPED";
    if (Holds(TrueSubset(node), *node.partition)) return "TRUE";
    return candidates == nullptr || Holds(*candidates, *node.partition) ? "FALSE" : "SKIPPED";
  }
  if (NumTrue(node) > 0) return "TRUE";
  return candidates != nullptr && SizeOf(*candidates) > 0 ? "FALSE" : "SKIPPED";
}

/// Of the first subset that has metadata, and holds the partition if it is one of one.
model::Metadata MetadataOf(const Node& node) {
  for (const json::Value& item : node.fields->At("subsets_with_metadata").AsArray()) {
    const json::Object& described = item.AsObject();
    if (node.partition && !Holds(described.At("subset").AsObject(), *node.partition)) continue;
    model::Metadata metadata;
    for (const auto& [label, value] : described.At("metadata").AsObject()) {
      metadata.emplace_back(label, serdes::FromJson<model::MetadataValue>(value));
    }
    return metadata;
  }
  return {};
}

/// A node as the UI of old shows it.
struct OldNode {
  Node node;
  bool root_is_partitioned = false;
};

std::string_view TypeOfNode(const OldNode& it) {
  if (!it.root_is_partitioned) return "UnpartitionedAssetConditionEvaluationNode";
  return it.node.partition ? "SpecificPartitionAssetConditionEvaluationNode"
                           : "PartitionedAssetConditionEvaluationNode";
}

Record ReadRecord(storage::EvaluationRecord row) {
  Record record;
  record.body = std::make_shared<const json::Value>(json::Parse(row.body));
  record.root = {record.body, &record.body->AsObject().At("evaluation").AsObject(), std::nullopt};
  record.row = std::move(row);
  return record;
}

std::vector<std::string> RunIds(const Record& record) {
  std::vector<std::string> ids;
  const json::Value& set = record.body->AsObject().At("run_ids");
  for (const auto& [kind, items] : set.AsObject()) {
    for (const json::Value& id : items.AsArray()) ids.push_back(id.AsString());
  }
  return ids;
}

bool IsLegacy(const Record& record) {
  return std::ranges::any_of(AllNodes(record.root), [](const Node& node) {
    return node.Condition().At("class_name").AsString() == "RuleCondition";
  });
}

/// The text by which the storage knows what is evaluated. The first of the three that is given counts.
std::string ColumnOf(const graphql::Arguments& arguments) {
  if (const auto key = arguments.Get<std::optional<graphql::Input>>("assetKey")) {
    return model::AssetKey(key->Get<std::vector<std::string>>("path")).ToColumn();
  }
  if (const auto check = arguments.Get<std::optional<graphql::Input>>("assetCheckKey")) {
    const model::AssetKey key(check->Get<graphql::Input>("assetKey").Get<std::vector<std::string>>("path"));
    return json::Dump(json::Object{{"asset_key", key.ToColumn()}, {"check_name", check->Get<std::string>("name")}});
  }
  if (const auto job = arguments.Get<std::optional<graphql::Input>>("assetJobKey")) {
    return json::Dump(json::Object{{"job_name", job->Get<std::string>("jobName")}});
  }
  throw Error(Code::kInvalidArgument, "give the key of an asset, a check or a job");
}

std::int64_t IdIn(const graphql::Arguments& arguments, std::string_view name) {
  const auto text = arguments.Get<std::string>(name);
  std::int64_t id = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (failed == std::errc() && end == text.data() + text.size()) return id;
  throw Error(Code::kInvalidArgument, fmt::format("{} \"{}\" is no number", name, text));
}

Records ReadAll(std::vector<storage::EvaluationRecord> rows) {
  Records records;
  for (storage::EvaluationRecord& row : rows) records.records.push_back(ReadRecord(std::move(row)));
  return records;
}

Records PageOf(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto cursor = arguments.Get<std::string>("cursor", "");
  return ReadAll(context.storage().schedules().Evaluations(
      ColumnOf(arguments), cursor.empty() ? std::nullopt : std::optional(IdIn(arguments, "cursor")),
      arguments.Get<std::int64_t>("limit")));
}

Record FindRecord(const graphql::Arguments& arguments, const RequestContext& context) {
  const std::int64_t id = IdIn(arguments, "evaluationId");
  auto rows = context.storage().schedules().Evaluations(ColumnOf(arguments), id + 1, 1);
  if (rows.empty() || rows.front().evaluation_id != id) {
    throw Error(Code::kNotFound, fmt::format("there is no evaluation {} of {}", id, ColumnOf(arguments)));
  }
  return ReadRecord(std::move(rows.front()));
}

std::optional<OldRecord> LastRecord(const AssetNode& node, const graphql::Arguments& arguments,
                                    const RequestContext& context) {
  const auto as_of = arguments.Get<std::string>("asOfEvaluationId", "");
  auto rows = context.storage().schedules().Evaluations(
      node.key().ToColumn(), as_of.empty() ? std::nullopt : std::optional(IdIn(arguments, "asOfEvaluationId") + 1), 1);
  return rows.empty() ? std::nullopt : std::optional(OldRecord{ReadRecord(std::move(rows.front()))});
}

OldRecords OldPage(Records page) {
  OldRecords records;
  for (Record& record : page.records) records.records.push_back({std::move(record)});
  return records;
}

Evaluation OfPartition(const graphql::Arguments& arguments, const RequestContext& context) {
  Node root = FindRecord(arguments, context).root;
  if (IsPartitioned(root)) root.partition = arguments.Get<std::string>("partition");
  return {std::move(root)};
}

std::vector<std::string> TruePartitions(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto unique_id = arguments.Get<std::string>("nodeUniqueId", "");
  for (const Node& node : AllNodes(FindRecord(arguments, context).root)) {
    if (UniqueId(node) != unique_id) continue;
    return IsPartitioned(node) ? assets::KeysOfSubset(TrueSubset(node).At("value")) : std::vector<std::string>{"None"};
  }
  throw Error(Code::kNotFound, fmt::format("the evaluation has no condition \"{}\"", unique_id));
}

std::optional<SinceMetadata> SinceOf(const Node& node) {
  if (node.Condition().At("class_name").AsString() != "SinceCondition") return std::nullopt;
  const json::Value* metadata = NotNull(*node.fields, "metadata");
  static const json::Object kNone;
  return SinceMetadata{metadata == nullptr ? &kNone : &metadata->AsObject()};
}

const json::Value* SinceValue(const SinceMetadata& since, std::string_view name) {
  const json::Value* entry = NotNull(*since.metadata, name);
  return entry == nullptr ? nullptr : NotNull(entry->AsObject(), "value");
}

std::optional<std::string> IdText(const SinceMetadata& since, std::string_view name) {
  const json::Value* value = SinceValue(since, name);
  return value == nullptr ? std::nullopt : std::optional(std::to_string(value->AsInt()));
}

std::optional<double> TimeOf(const SinceMetadata& since, std::string_view name) {
  const json::Value* value = SinceValue(since, name);
  return value == nullptr ? std::nullopt : std::optional(value->AsDouble());
}

void BindOldNodes(graphql::Schema& schema) {
  schema.TypeOf<OldNode>(TypeOfNode);
  for (const std::string_view type :
       {"UnpartitionedAssetConditionEvaluationNode", "PartitionedAssetConditionEvaluationNode",
        "SpecificPartitionAssetConditionEvaluationNode"}) {
    auto binding = schema.Object<OldNode>(type);
    binding.Field("uniqueId", [](const OldNode& it) { return UniqueId(it.node); })
        .Field("entityKey", [](const OldNode& it) { return KeyOf(it.node); })
        .Field("childUniqueIds", [](const OldNode& it) { return ChildIds(it.node); })
        .Field("description",
               [](const OldNode& it) { return TextOf(it.node.Condition(), "description").value_or(""); });
    if (!type.starts_with("Specific")) {
      binding.Field("startTimestamp", [](const OldNode& it) { return NumberOf(it.node, "start_timestamp"); })
          .Field("endTimestamp", [](const OldNode& it) { return NumberOf(it.node, "end_timestamp"); });
    }
    if (type.starts_with("Partitioned")) {
      binding.Field("numTrue", [](const OldNode& it) { return std::optional(NumTrue(it.node)); })
          .Field("numCandidates", [](const OldNode& it) { return NumCandidates(it.node); });
    } else {
      binding.Field("status", [](const OldNode& it) { return StatusOf(it.node); })
          .Field("metadataEntries", [](const OldNode& it, const RequestContext& context) {
            return MetadataEntries(context.Local<KeptMetadata>().kept.emplace_back(MetadataOf(it.node)));
          });
    }
  }
}

/// The same nodes in the form of the present UI; the schema's type needs a class of its own.
struct NewNode {
  Node node;
};

void BindNewNode(graphql::Schema& schema) {
  schema.Object<NewNode>("AutomationConditionEvaluationNode")
      .Field("uniqueId", [](const NewNode& it) { return UniqueId(it.node); })
      .Field("userLabel", [](const NewNode& it) { return TextOf(it.node.Condition(), "label"); })
      .Field("expandedLabel", [](const NewNode& it) { return ExpandedLabel(ReadAutomation(it.node)); })
      .Field("entityKey", [](const NewNode& it) { return KeyOf(it.node); })
      .Field("startTimestamp", [](const NewNode& it) { return NumberOf(it.node, "start_timestamp"); })
      .Field("endTimestamp", [](const NewNode& it) { return NumberOf(it.node, "end_timestamp"); })
      .Field("numTrue", [](const NewNode& it) { return std::optional(NumTrue(it.node)); })
      .Field("numCandidates", [](const NewNode& it) { return NumCandidates(it.node); })
      .Field("isPartitioned", [](const NewNode& it) { return IsPartitioned(it.node); })
      .Field("childUniqueIds", [](const NewNode& it) { return ChildIds(it.node); })
      .Field("operatorType",
             [](const NewNode& it) { return TextOf(it.node.Condition(), "operator_type").value_or("identity"); })
      .Field("sinceMetadata", [](const NewNode& it) { return SinceOf(it.node); });
  schema.Object<SinceMetadata>("SinceConditionMetadata")
      .Field("triggerEvaluationId", [](const SinceMetadata& since) { return IdText(since, "trigger_evaluation_id"); })
      .Field("triggerTimestamp", [](const SinceMetadata& since) { return TimeOf(since, "trigger_timestamp"); })
      .Field("resetEvaluationId", [](const SinceMetadata& since) { return IdText(since, "reset_evaluation_id"); })
      .Field("resetTimestamp", [](const SinceMetadata& since) { return TimeOf(since, "reset_timestamp"); });
}

void BindRecord(graphql::ObjectBinding<Record> binding) {
  binding.Field("id", [](const Record& record) { return std::to_string(record.row.id); })
      .Field("evaluationId", [](const Record& record) { return std::to_string(record.row.evaluation_id); })
      .Field("runIds", RunIds)
      .Field("timestamp", [](const Record& record) { return ToUnixSeconds(record.row.created); })
      .Field("assetKey",
             [](const Record& record) -> std::optional<model::AssetKey> {
               const EntityKey key = KeyOf(record.root);
               const auto* asset = std::get_if<model::AssetKey>(&key);
               return asset == nullptr ? std::nullopt : std::optional(*asset);
             })
      .Field("entityKey", [](const Record& record) { return KeyOf(record.root); })
      .Field("numRequested", [](const Record& record) { return std::optional(NumTrue(record.root)); })
      .Field("startTimestamp", [](const Record& record) { return NumberOf(record.root, "start_timestamp"); })
      .Field("endTimestamp", [](const Record& record) { return NumberOf(record.root, "end_timestamp"); })
      .Field("isLegacy", IsLegacy)
      .Field("evaluation", [](const Record& record) { return Evaluation{record.root}; })
      .Field("rootUniqueId", [](const Record& record) { return UniqueId(record.root); })
      .Field("evaluationNodes", [](const Record& record) {
        std::vector<NewNode> nodes;
        for (Node& node : AllNodes(record.root)) nodes.push_back({std::move(node)});
        return nodes;
      });
}

void BindOldRecord(graphql::Schema& schema) {
  schema.Object<OldRecord>("AutoMaterializeAssetEvaluationRecord")
      .Field("id", [](const OldRecord& record) { return std::to_string(record.row.id); })
      .Field("evaluationId", [](const OldRecord& record) { return std::to_string(record.row.evaluation_id); })
      .Field("numRequested", [](const OldRecord& record) { return NumTrue(record.root); })
      .Field("numSkipped", [] { return 0; })  // Dagster counts neither any more.
      .Field("numDiscarded", [] { return 0; })
      .Field("timestamp", [](const OldRecord& record) { return ToUnixSeconds(record.row.created); })
      .Field("runIds", [](const OldRecord& record) { return RunIds(record); })
      .Field("assetKey", [](const OldRecord& record) { return std::get<model::AssetKey>(KeyOf(record.root)); });
  schema.Object<OldRecords>("AutoMaterializeAssetEvaluationRecords").Field("records", &OldRecords::records);
  schema.Object<AssetNode>("AssetNode").Field("lastAutoMaterializationEvaluationRecord", LastRecord);
  schema.Query()
      .Field("autoMaterializeAssetEvaluationsOrError",
             [](const graphql::Arguments& arguments, const RequestContext& context) {
               return std::optional(OldPage(PageOf(arguments, context)));
             })
      .Field("autoMaterializeEvaluationsForEvaluationId",
             [](const graphql::Arguments& arguments, const RequestContext& context) {
               return std::optional(
                   OldPage(ReadAll(context.storage().schedules().EvaluationsOf(IdIn(arguments, "evaluationId")))));
             });
}

}  // namespace

void BindEvaluations(graphql::Schema& schema) {
  BindOldNodes(schema);
  BindNewNode(schema);
  BindOldRecord(schema);
  BindRecord(schema.Object<Record>("AssetConditionEvaluationRecord"));
  schema.Object<JobKey>("AssetJobKey").Field("jobName", &JobKey::job_name);
  schema.Object<Records>("AssetConditionEvaluationRecords").Field("records", &Records::records);
  schema.Object<Evaluation>("AssetConditionEvaluation")
      .Field("rootUniqueId", [](const Evaluation& evaluation) { return UniqueId(evaluation.root); })
      .Field("evaluationNodes", [](const Evaluation& evaluation) {
        // Whether the root has partitions decides for all of them.
        std::vector<OldNode> nodes;
        const bool is_partitioned = IsPartitioned(evaluation.root);
        for (Node& node : AllNodes(evaluation.root)) nodes.push_back({std::move(node), is_partitioned});
        return nodes;
      });
  schema.Query()
      .Field("assetConditionEvaluationRecordsOrError", PageOf)
      .Field("assetConditionEvaluationsForEvaluationId",
             [](const graphql::Arguments& arguments, const RequestContext& context) {
               return ReadAll(context.storage().schedules().EvaluationsOf(IdIn(arguments, "evaluationId")));
             })
      .Field("assetConditionEvaluationForPartition", OfPartition)
      .Field("truePartitionsForAutomationConditionEvaluationNode", TruePartitions);
}

}  // namespace tidemill::api
