#include <array>

#include <fmt/format.h>

#include <tidemill/assets/partitions_subset_json.h>
#include <tidemill/base/error.h>
#include <tidemill/serdes/serdes.h>
#include <tidemill/storage/event_row.h>

namespace tidemill::storage {
namespace {

using model::EventType;

constexpr std::string_view kDataVersionTag = "dagster/data_version";
constexpr std::string_view kDimensionPrefix = "dagster/partition/";

/// The key of an asset event whose class has no struct (freshness, health, wipe): its member `key` or `asset_key`.
std::optional<model::AssetKey> KeyOfUnknown(const json::Value& data) {
  for (const std::string_view member : {"asset_key", "key"}) {
    const json::Value* key = data.Find(member);
    const json::Value* path = key == nullptr ? nullptr : key->Find("path");
    if (path == nullptr || !path->is_array()) continue;
    model::AssetKey result;
    for (const json::Value& part : path->AsArray()) {
      if (!part.is_string()) return std::nullopt;
      result.path.push_back(part.AsString());
    }
    return result;
  }
  return std::nullopt;
}

bool HasAssetColumn(EventType type) {
  return model::IsAssetEvent(type) || type == EventType::kAssetHealthChanged || type == EventType::kAssetWiped;
}

std::optional<std::string> FailureReason(const model::EventLogEntry& entry) {
  const auto* failure = std::get_if<model::event::RunFailure>(&entry.dagster_event->data);
  if (failure == nullptr || !failure->failure_reason || *failure->failure_reason == "UNKNOWN") return std::nullopt;
  return failure->failure_reason;
}

bool EndsRun(EventType type) {
  return type == EventType::kRunSuccess || type == EventType::kRunFailure || type == EventType::kRunCanceled;
}

/// "<repository>@<location>" of a RemoteJobOrigin in its stored form.
std::optional<std::string> RepositoryLabel(const json::Value& origin) {
  const json::Value* repository = origin.Find("external_repository_origin");
  if (repository == nullptr) return std::nullopt;
  const json::Value* name = repository->Find("repository_name");
  const json::Value* location = repository->Find("repository_location_origin");
  const json::Value* location_name = location == nullptr ? nullptr : location->Find("location_name");
  if (name == nullptr || location_name == nullptr || !name->is_string() || !location_name->is_string()) {
    return std::nullopt;
  }
  return fmt::format("{}@{}", name->AsString(), location_name->AsString());
}

}  // namespace

std::optional<model::AssetKey> AssetOf(const model::DagsterEvent& event) {
  if (model::IsAssetCheckEvent(event.type)) return std::nullopt;
  if (const model::AssetKey* key = event.asset_key()) return *key;
  if (const auto* unknown = std::get_if<model::event::Unknown>(&event.data); unknown && HasAssetColumn(event.type)) {
    return KeyOfUnknown(unknown->data);
  }
  return std::nullopt;
}

EventRow RowOf(const model::EventLogEntry& entry) {
  EventRow row;
  row.run_id = entry.run_id;
  row.timestamp = ToSqlText(FromUnixSeconds(entry.timestamp));
  if (!entry.dagster_event) {
    if (entry.step_key) row.step_key = *entry.step_key;
    return row;
  }
  const model::DagsterEvent& event = *entry.dagster_event;
  row.event_type = model::EventTypeName(event.type);
  if (event.step_key) row.step_key = *event.step_key;
  if (HasAssetColumn(event.type)) {
    if (const auto key = AssetOf(event)) row.asset_key = key->ToColumn();
    if (const std::string* partition = event.partition(); partition && !partition->empty()) row.partition = *partition;
  }
  return row;
}

bool IsMirrored(EventType type) {
  return model::IsAssetEvent(type) || model::IsAssetCheckEvent(type) || model::StatusAfter(type).has_value();
}

bool IsMirrored(const model::EventLogEntry& entry) {
  return entry.dagster_event && IsMirrored(entry.dagster_event->type);
}

std::optional<AssetUpdate> AssetUpdateOf(EventType type) {
  switch (type) {
    case EventType::kAssetMaterialization:
      return AssetUpdate{.materialized = true, .planned = false};
    case EventType::kAssetMaterializationPlanned:
      return AssetUpdate{.materialized = false, .planned = true};
    case EventType::kAssetObservation:
      return AssetUpdate{};
    default:
      return std::nullopt;
  }
}

std::vector<std::pair<std::string_view, std::string_view>> IndexedTags(const model::DagsterEvent& event) {
  const model::Tags* tags = nullptr;
  if (const auto* it = std::get_if<model::event::StepMaterialization>(&event.data)) tags = &it->materialization.tags;
  if (const auto* it = std::get_if<model::event::AssetObserved>(&event.data)) tags = &it->asset_observation.tags;
  std::vector<std::pair<std::string_view, std::string_view>> indexed;
  if (tags == nullptr) return indexed;
  for (const auto& [key, value] : *tags) {
    if (key == kDataVersionTag || key.starts_with(kDimensionPrefix)) indexed.emplace_back(key, value);
  }
  return indexed;
}

std::vector<std::optional<std::string>> PlannedPartitions(const model::event::CheckPlanned& planned) {
  if (planned.partitions_subset.is_null()) return {std::nullopt};
  try {
    const std::vector<std::string> keys = assets::KeysOfSubset(planned.partitions_subset);
    return {keys.begin(), keys.end()};
  } catch (const Error& error) {
    throw Error(Code::kInvalidArgument,
                fmt::format("the plan of check \"{}\" of asset \"{}\": {}; give its keys as a DefaultPartitionsSubset",
                            planned.check_name, planned.asset_key.ToUserString(), error.what()));
  }
}

std::string RecordText(std::string_view entry_text, std::int64_t storage_id) {
  return fmt::format(R"({{"__class__": "EventLogRecord", "event_log_entry": {}, "storage_id": {}}})", entry_text,
                     storage_id);
}

std::optional<StoredEvent> ParseRecord(std::string_view text) {
  const json::Value record = json::Parse(text);
  const json::Value* class_name = record.Find("__class__");
  if (class_name == nullptr || !class_name->is_string() || class_name->AsString() != "EventLogRecord") {
    return std::nullopt;
  }
  const json::Object& object = record.AsObject();
  return StoredEvent{.storage_id = object.At("storage_id").AsInt(),
                     .entry = serdes::FromJson<model::EventLogEntry>(object.At("event_log_entry"))};
}

std::string_view CheckExecutionStatusName(CheckExecutionStatus status) {
  constexpr std::array<std::string_view, 3> kNames = {"PLANNED", "SUCCEEDED", "FAILED"};
  return kNames.at(static_cast<std::size_t>(status));
}

CheckExecutionStatus ParseCheckExecutionStatus(std::string_view name) {
  if (name == "PLANNED") return CheckExecutionStatus::kPlanned;
  if (name == "SUCCEEDED") return CheckExecutionStatus::kSucceeded;
  if (name == "FAILED") return CheckExecutionStatus::kFailed;
  throw Error(Code::kDataLoss, fmt::format("asset_check_executions holds the unknown status \"{}\"", name));
}

RunUpdate ApplyStatusEvent(std::string_view body, const model::EventLogEntry& entry) {
  const EventType type = entry.dagster_event->type;
  RunUpdate update;
  update.status = model::StatusAfter(type).value();
  update.failure_reason = FailureReason(entry);
  // Microseconds, the precision of the event row's column.
  const double time = ToUnixSeconds(FromUnixSeconds(entry.timestamp));
  if (type == EventType::kRunStart) update.start_time = time;
  if (EndsRun(type)) update.end_time = time;

  json::Value run = json::Parse(body);
  if (!run.is_object()) throw Error(Code::kDataLoss, fmt::format("the body of run {} is no object", entry.run_id));
  const std::string member = fmt::format("PipelineRunStatus.{}", model::RunStatusName(update.status));
  run.AsObject().Set("status", json::Object{{"__enum__", member}});
  if (update.failure_reason) {
    json::Value* tags = run.AsObject().Find("tags");
    if (tags == nullptr || !tags->is_object()) tags = &run.AsObject().Set("tags", json::Object{});
    tags->AsObject().Set(model::tag::kFailureReason, *update.failure_reason);
  }
  update.body = json::Dump(run, json::Order::kSorted);
  return update;
}

model::Tags TagsForStorage(const model::Run& run) {
  model::Tags tags;
  if (const auto label = RepositoryLabel(run.remote_job_origin)) {
    tags.emplace_back(model::tag::kRepository, *label);
  }
  if (run.run_op_concurrency) {
    for (const std::string& pool : run.run_op_concurrency->all_pools) {
      model::SetTag(tags, fmt::format("{}{}", model::tag::kPoolPrefix, pool), "true");
    }
  }
  for (const auto& [key, value] : run.tags) model::SetTag(tags, key, value);
  return tags;
}

}  // namespace tidemill::storage
