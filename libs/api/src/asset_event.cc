#include "asset_event.h"

#include <optional>
#include <string>
#include <vector>

#include <tidemill/base/error.h>
#include <tidemill/serdes/serdes.h>

#include "event.h"

namespace tidemill::api {
namespace {

namespace data = model::event;

const model::Tags& TagsOf(const Event& event) {
  static const model::Tags kNone;
  const model::EventData& value = event.dagster_event().data;
  if (const auto* it = std::get_if<data::StepMaterialization>(&value)) return it->materialization.tags;
  if (const auto* it = std::get_if<data::AssetObserved>(&value)) return it->asset_observation.tags;
  if (const auto* it = std::get_if<data::AssetFailed>(&value)) return it->tags;
  return kNone;
}

std::optional<std::string> PartitionOf(const Event& event) {
  const std::string* partition = event.dagster_event().partition();
  return partition == nullptr ? std::nullopt : std::optional(*partition);
}

struct Lineage {
  model::AssetKey asset_key;
  std::vector<std::string> partitions;
};

std::vector<Lineage> LineageOf(const Event& event) {
  std::vector<Lineage> lineage;
  const auto* step = std::get_if<data::StepMaterialization>(&event.dagster_event().data);
  if (step == nullptr) return lineage;
  for (const json::Value& item : step->asset_lineage) {
    const json::Object& object = item.AsObject();
    Lineage& entry = lineage.emplace_back();
    entry.asset_key = serdes::FromJson<model::AssetKey>(object.At("asset_key"));
    const json::Value* partitions = object.Find("partitions");
    if (partitions == nullptr || !partitions->is_array()) continue;
    for (const json::Value& partition : partitions->AsArray()) entry.partitions.push_back(partition.AsString());
  }
  return lineage;
}

void BindAssetFields(graphql::Schema& schema) {
  for (const char* type :
       {"MaterializationEvent", "ObservationEvent", "FailedToMaterializeEvent", "HealthChangedEvent"}) {
    schema.Object<Event>(type)
        .Field("assetKey", [](const Event& event) { return event.dagster_event().asset_key(); })
        .Field("partition", PartitionOf)
        .Field("tags", TagsOf);
  }
  schema.Object<Event>("MaterializationEvent").Field("assetLineage", LineageOf);
  schema.Object<Lineage>("AssetLineageInfo")
      .Field("assetKey", &Lineage::asset_key)
      .Field("partitions", &Lineage::partitions);
  schema.Object<Event>("FailedToMaterializeEvent")
      .Field("materializationFailureReason",
             [](const Event& event) { return std::get<data::AssetFailed>(event.dagster_event().data).reason; })
      .Field("materializationFailureType",
             [](const Event& event) { return std::get<data::AssetFailed>(event.dagster_event().data).failure_type; });
  schema.Object<Event>("AssetMaterializationPlannedEvent").Field("assetKey", [](const Event& event) {
    return event.dagster_event().asset_key();
  });
}

void BindChecks(graphql::Schema& schema) {
  schema.Object<Event>("AssetCheckEvaluationPlannedEvent")
      .Field("assetKey", [](const Event& event) { return event.dagster_event().asset_key(); })
      .Field("checkName",
             [](const Event& event) { return std::get<data::CheckPlanned>(event.dagster_event().data).check_name; });
  schema.Object<Event>("AssetCheckEvaluationEvent").Field("evaluation", [](const Event& event) {
    return CheckEvaluation{event.entry};
  });

  using Target = model::CheckTargetMaterialization;
  schema.Object<Target>("AssetCheckEvaluationTargetMaterializationData")
      .Field("storageId", [](const Target& target) { return std::to_string(target.storage_id); })
      .Field("runId", &Target::run_id)
      .Field("timestamp", &Target::timestamp);
  using Check = CheckEvaluation;
  schema.Object<Check>("AssetCheckEvaluation")
      .Field("timestamp", [](const Check& check) { return check.entry->timestamp; })
      .Field("checkName", [](const Check& check) -> const std::string& { return check.data().check_name; })
      .Field("assetKey", [](const Check& check) -> const model::AssetKey& { return check.data().asset_key; })
      .Field("targetMaterialization", [](const Check& check) { return check.data().target_materialization; })
      .Field("metadataEntries", [](const Check& check) { return MetadataEntries(check.data().metadata); })
      .Field("severity",
             [](const Check& check) { return check.data().severity == model::CheckSeverity::kWarn ? "WARN" : "ERROR"; })
      .Field("description", [](const Check& check) { return check.data().description; })
      .Field("partition", [](const Check& check) { return check.data().partition; })
      .Field("success", [](const Check& check) { return check.data().passed; });
}

std::optional<std::string> OptionalText(const json::Value& object, std::string_view key) {
  const json::Value* member = object.Find(key);
  return member == nullptr || member->is_null() ? std::nullopt : std::optional(member->AsString());
}

/// The entries are of the same form as a type check's, whose codec reads them.
model::Metadata EntriesIn(const json::Value& object) {
  const json::Value* entries = object.Find("metadata_entries");
  if (entries == nullptr || !entries->is_array()) return {};
  const json::Object engine{{"__class__", "EngineEventData"},
                            {"error", nullptr},
                            {"marker_end", nullptr},
                            {"marker_start", nullptr},
                            {"metadata_entries", *entries}};
  model::DagsterEvent event = serdes::FromJson<model::DagsterEvent>(json::Object{{"__class__", "DagsterEvent"},
                                                                                 {"event_specific_data", engine},
                                                                                 {"event_type_value", "ENGINE_EVENT"},
                                                                                 {"logging_tags", json::Object{}},
                                                                                 {"message", nullptr},
                                                                                 {"pid", nullptr},
                                                                                 {"pipeline_name", ""},
                                                                                 {"solid_handle", nullptr},
                                                                                 {"step_handle", nullptr},
                                                                                 {"step_key", nullptr},
                                                                                 {"step_kind_value", nullptr}});
  return std::get<data::Engine>(std::move(event.data)).metadata;
}

void BindResults(graphql::Schema& schema) {
  for (const char* type : {"ObjectStoreOperationResult", "ExpectationResult"}) {
    schema.Object<StoredResult>(type)
        .Field("label", &StoredResult::label)
        .Field("description", &StoredResult::description)
        .Field("metadataEntries", [](const StoredResult& result) { return MetadataEntries(result.metadata); });
  }
  schema.Object<StoredResult>("ObjectStoreOperationResult").Field("op", &StoredResult::operation);
  schema.Object<StoredResult>("ExpectationResult").Field("success", &StoredResult::success);
  schema.Object<Event>("ObjectStoreOperationEvent").Field("operationResult", ResultOf);
  schema.Object<Event>("StepExpectationResultEvent").Field("expectationResult", ResultOf);
}

}  // namespace

StoredResult ResultOf(const Event& event) {
  const json::Value& stored = std::get<data::Unknown>(event.dagster_event().data).data;
  const json::Value* expectation = stored.Find("expectation_result");
  const json::Value& result = expectation == nullptr ? stored : *expectation;
  const json::Value* success = result.Find("success");
  return {.operation = OptionalText(result, "op").value_or(""),
          .success = success != nullptr && success->is_bool() && success->AsBool(),
          .label = OptionalText(result, "label"),
          .description = OptionalText(result, "description"),
          .metadata = EntriesIn(result)};
}

void BindAssetEvents(graphql::Schema& schema) {
  BindAssetFields(schema);
  BindChecks(schema);
  BindResults(schema);
}

}  // namespace tidemill::api
