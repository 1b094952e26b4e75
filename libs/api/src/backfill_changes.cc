#include "backfill_changes.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <tidemill/api/api.h>
#include <tidemill/base/uuid.h>
#include <tidemill/serdes/serdes.h>

#include "asset_partitions.h"
#include "backfill_data.h"
#include "backfill_target.h"
#include "errors.h"
#include "job_partitions.h"
#include "locations.h"
#include "mutation.h"
#include "partition_sets.h"
#include "run_config.h"

namespace tidemill::api {
namespace {

constexpr int kIdLength = 8;
constexpr std::size_t kLongestTitle = 100;
constexpr std::string_view kParentTag = "dagster/parent_backfill_id";
constexpr std::string_view kRootTag = "dagster/root_backfill_id";

struct Launched {
  std::string backfill_id;
};
struct Canceled {
  std::string backfill_id;
};
struct Resumed {
  std::string backfill_id;
};
/// AssetPartitions.
struct PreviewedAsset {
  model::AssetKey key;
  std::optional<TargetPartitions> partitions;
};

using LaunchResult = std::variant<Launched, NamedError, PythonError>;
using Keys = std::vector<model::AssetKey>;

assets::PartitionsContext PartitionsNow(const RequestContext& context) {
  return {context.now(), &context.Local<StoredDynamicPartitions>()};
}

Keys KeysIn(const graphql::Input& input, std::string_view name) {
  Keys keys;
  const auto given = input.Get<std::optional<std::vector<graphql::Input>>>(name);
  for (const graphql::Input& key : given.value_or(std::vector<graphql::Input>())) {
    keys.emplace_back(key.Get<std::vector<std::string>>("path"));
  }
  return keys;
}

json::Value Texts(const std::vector<std::string>& texts) { return json::Array(texts.begin(), texts.end()); }

json::Value TextOrNull(const std::optional<std::string>& text) { return text ? json::Value(*text) : json::Value(); }

json::Value KeysOrNull(const Keys& keys) {
  if (keys.empty()) return nullptr;
  json::Array array;
  for (const model::AssetKey& key : keys) array.push_back(serdes::ToJson(key));
  return array;
}

json::Value EmptySubset() {
  return json::Object{{"__class__", "AssetGraphSubset"},
                      {"non_partitioned_asset_keys", json::Object{{"__set__", json::Array{}}}},
                      {"partitions_subsets_by_asset_key", json::Object{{"__mapping_items__", json::Array{}}}}};
}

/// Of a backfill that has not begun.
json::Value NewAssetData(const BackfillTarget& target, double now) {
  return json::Object{
      {"__class__", "AssetBackfillData"},
      {"backfill_start_time",
       json::Object{{"__class__", "TimestampWithTimezone"}, {"timestamp", now}, {"timezone", "UTC"}}},
      {"failed_and_downstream_subset", EmptySubset()},
      {"latest_storage_id", nullptr},
      {"materialized_subset", EmptySubset()},
      {"requested_runs_for_target_roots", false},
      {"requested_subset", EmptySubset()},
      {"target_subset", target.ToJson()},
  };
}

json::Value StatusJson(std::string_view status) {
  return json::Object{{"__enum__", fmt::format("BulkActionStatus.{}", status)}};
}

/// PartitionBackfill as serdes JSON, with nothing set but what every new one has.
json::Object NewBody(const std::string& id, double now, const model::Tags& tags) {
  json::Object tag_values;
  for (const auto& [key, value] : tags) tag_values.Set(key, value);
  return json::Object{
      {"__class__", "PartitionBackfill"},
      {"asset_backfill_data", nullptr},
      {"asset_selection", nullptr},
      {"backfill_end_timestamp", nullptr},
      {"backfill_id", id},
      {"backfill_timestamp", now},
      {"description", nullptr},
      {"error", nullptr},
      {"failure_count", 0},
      {"from_failure", false},
      {"last_submitted_partition_name", nullptr},
      {"partition_names", nullptr},
      {"partition_set_origin", nullptr},
      {"reexecution_steps", nullptr},
      {"reserved_run_ids", json::Array{}},
      {"run_config", json::Object{}},
      {"serialized_asset_backfill_data", nullptr},
      {"status", StatusJson("REQUESTED")},
      {"submitting_run_requests", json::Array{}},
      {"tags", std::move(tag_values)},
      {"title", nullptr},
  };
}

/// A backfill on its way into the storage.
struct Draft {
  model::BackfillRecord record;
  json::Object body;
};

Draft NewDraft(model::Tags tags, const RequestContext& context) {
  Draft draft;
  draft.record.backfill_id = NewLetters(kIdLength);
  draft.record.status = "REQUESTED";
  draft.record.timestamp = context.now();
  draft.record.tags = std::move(tags);
  draft.body = NewBody(draft.record.backfill_id, ToUnixSeconds(context.now()), draft.record.tags);
  return draft;
}

Launched Store(Draft draft, const RequestContext& context) {
  draft.record.body = std::move(draft.body);
  context.storage().runs().AddBackfill(draft.record);
  return {draft.record.backfill_id};
}

std::optional<std::string> TitleIn(const graphql::Input& params) {
  auto title = params.Get<std::optional<std::string>>("title");
  if (!title) return title;
  if (title->size() > kLongestTitle || title->find_first_of("%*\"") != std::string::npos) {
    throw Error(Code::kInvalidArgument, fmt::format("the title \"{}\" must have no % * or \" and at most {} characters",
                                                    *title, kLongestTitle));
  }
  return title;
}

model::Tags TagsIn(const graphql::Input& params) {
  model::Tags tags;
  const auto given = params.Get<std::optional<std::vector<graphql::Input>>>("tags");
  for (const graphql::Input& tag : given.value_or(std::vector<graphql::Input>())) {
    model::SetTag(tags, tag.Get<std::string>("key"), tag.Get<std::string>("value"));
  }
  return tags;
}

json::Value RunConfigIn(const graphql::Input& params) {
  try {
    json::Value config = RunConfigOf(params.Find("runConfigData"));
    return config.is_object() ? std::move(config) : json::Value(json::Object{});
  } catch (const Error&) {
    return json::Object{};  // As Dagster: what cannot be read is left out.
  }
}

std::vector<std::string> PartitionNamesIn(const graphql::Input& params) {
  return params.Get<std::vector<std::string>>("partitionNames", {});
}

/// What a job's backfill has of its own. An error if partitions do not exist.
std::optional<NamedError> FillForJob(Draft& draft, const PartitionSet& set, const graphql::Input& params,
                                     const RequestContext& context) {
  const PartitionedJob job{set.repository, set.snap->job_name, std::nullopt};
  const std::vector<std::string> all = PartitionKeysOf(job, context);
  std::vector<std::string> names = PartitionNamesIn(params);
  if (params.Get<bool>("allPartitions", false)) {
    names = all;
  } else if (names.empty()) {
    throw Error(Code::kInvalidArgument, "give allPartitions or partitionNames");
  }
  const std::set<std::string_view> known(all.begin(), all.end());
  std::vector<std::string> unknown;
  std::ranges::copy_if(names, std::back_inserter(unknown), [&](const auto& name) { return !known.contains(name); });
  if (!unknown.empty()) {
    return NamedError("PartitionKeysNotFoundError",
                      fmt::format("Partition keys `{}` could not be found.", fmt::join(unknown, ", ")))
        .With("partitionKeys", Texts(unknown));
  }
  draft.record.action_type = "PARTITION_BACKFILL";
  draft.record.selector_id = set.SelectorId();
  draft.record.job_name = set.snap->job_name;
  draft.body.Set("partition_set_origin", set.Origin(context));
  draft.body.Set("partition_names", Texts(names));
  draft.body.Set("from_failure", params.Get<bool>("fromFailure", false));
  if (const auto steps = params.Get<std::optional<std::vector<std::string>>>("reexecutionSteps")) {
    draft.body.Set("reexecution_steps", Texts(*steps));
  }
  draft.body.Set("asset_selection", KeysOrNull(KeysIn(params, "assetSelection")));
  return std::nullopt;
}

void FillForAssets(Draft& draft, const BackfillTarget& target, const Keys& selection, const RequestContext& context) {
  target.Check();
  draft.record.action_type = "MULTI_RUN_ASSET_ACTION";
  draft.body.Set("asset_backfill_data", NewAssetData(target, ToUnixSeconds(context.now())));
  draft.body.Set("asset_selection", KeysOrNull(selection));
}

void AddSelection(BackfillTarget& target, const Keys& selection, const graphql::Input& params) {
  const std::vector<std::string> names = PartitionNamesIn(params);
  const bool all = params.Get<bool>("allPartitions", false);
  if (all && !names.empty()) throw Error(Code::kInvalidArgument, "give only one of allPartitions and partitionNames");
  if (all) return target.AddAll(selection);
  if (params.Find("partitionNames") == nullptr) {
    throw Error(Code::kInvalidArgument, "give allPartitions or partitionNames");
  }
  target.AddPartitions(selection, names);
}

/// Adds what `partitionsByAssets` says; gives the assets in its order.
Keys AddByAssets(BackfillTarget& target, const std::vector<graphql::Input>& by_assets) {
  Keys selection;
  for (const graphql::Input& each : by_assets) {
    selection.emplace_back(each.Get<graphql::Input>("assetKey").Get<std::vector<std::string>>("path"));
    std::vector<std::pair<std::string, std::string>> ranges;
    const auto add = [&](const graphql::Input& range) {
      ranges.emplace_back(range.Get<std::string>("start"), range.Get<std::string>("end"));
    };
    if (const auto partitions = each.Get<std::optional<graphql::Input>>("partitions")) {
      if (const auto range = partitions->Get<std::optional<graphql::Input>>("range")) add(*range);
      const auto several = partitions->Get<std::optional<std::vector<graphql::Input>>>("ranges");
      for (const graphql::Input& range : several.value_or(std::vector<graphql::Input>())) add(range);
      if (ranges.empty()) throw Error(Code::kInvalidArgument, "`partitions` needs a range");
    }
    target.AddRanges(selection.back(), ranges);
  }
  return selection;
}

LaunchResult LaunchNew(const graphql::Input& params, const RequestContext& context) {
  const Keys selection = KeysIn(params, "assetSelection");
  const auto selector = params.Get<std::optional<graphql::Input>>("selector");
  const auto by_assets = params.Get<std::optional<std::vector<graphql::Input>>>("partitionsByAssets");
  if (by_assets && (!selection.empty() || selector || !PartitionNamesIn(params).empty())) {
    throw Error(Code::kInvalidArgument,
                "partitionsByAssets stands alone: leave out assetSelection, selector and partitionNames");
  }
  if (params.Get<bool>("forceSynchronousSubmission", false)) {
    throw Error(Code::kUnimplemented, "forceSynchronousSubmission is for Dagster's own tests: the daemon submits runs");
  }
  Draft draft = NewDraft(TagsIn(params), context);
  draft.body.Set("title", TextOrNull(TitleIn(params)));
  draft.body.Set("description", TextOrNull(params.Get<std::optional<std::string>>("description")));
  draft.body.Set("run_config", RunConfigIn(params));
  if (selector) {
    const auto name = selector->Get<std::string>("partitionSetName");
    const auto repository = FindRepository(selector->Get<graphql::Input>("repositorySelector"), context);
    const auto* found = std::get_if<const workspace::Repository*>(&repository);
    const auto set = found == nullptr ? std::nullopt : FindPartitionSet(**found, name);
    if (!set) return PartitionSetNotFound(name);
    if (const auto error = FillForJob(draft, *set, params, context)) return *error;
    return Store(std::move(draft), context);
  }
  if (selection.empty() && !by_assets) {
    throw Error(Code::kInvalidArgument, "give selector, assetSelection or partitionsByAssets");
  }
  if (params.Get<bool>("fromFailure", false)) {
    throw Error(Code::kInvalidArgument, "fromFailure is for backfills of jobs");
  }
  BackfillTarget target(context.workspace().asset_graph(), PartitionsNow(context));
  if (by_assets) {
    FillForAssets(draft, target, AddByAssets(target, *by_assets), context);
  } else {
    AddSelection(target, selection, params);
    FillForAssets(draft, target, selection, context);
  }
  return Store(std::move(draft), context);
}

model::BackfillRecord RequireBackfill(const std::string& id, const RequestContext& context) {
  auto record = context.storage().runs().GetBackfill(id);
  if (!record) throw Error(Code::kNotFound, fmt::format("there is no backfill {} in this instance", id));
  return *std::move(record);
}

void SetStatus(const std::string& id, std::string status, const RequestContext& context) {
  model::BackfillRecord record = RequireBackfill(id, context);
  record.body.AsObject().Set("status", StatusJson(status));
  record.status = std::move(status);
  context.storage().runs().UpdateBackfill(record);
}

bool HasEnded(const model::BackfillRecord& record) {
  constexpr std::string_view kEnds[] = {"COMPLETED", "FAILED", "CANCELED", "COMPLETED_SUCCESS", "COMPLETED_FAILED"};
  return std::ranges::find(kEnds, record.status) != std::end(kEnds);
}

/// The target once more; `from_failure`: without what was materialized.
Keys AddAgain(BackfillTarget& target, const AssetBackfillData& data, bool from_failure) {
  Keys selection;
  for (const AssetGraphSubset::Part& part : data.target.parts) {
    const AssetGraphSubset::Part* done = from_failure ? data.materialized.Find(part.key) : nullptr;
    if (done != nullptr && !part.is_partitioned) continue;
    std::vector<std::string> left = part.partitions;
    if (done != nullptr) {
      const std::set<std::string_view> made(done->partitions.begin(), done->partitions.end());
      std::erase_if(left, [&](const std::string& key) { return made.contains(key); });
    }
    if (part.is_partitioned && left.empty()) continue;
    target.AddKeys(part.key, left);
    selection.push_back(part.key);
  }
  if (selection.empty()) throw Error(Code::kFailedPrecondition, "every partition of the backfill is materialized");
  return selection;
}

LaunchResult Reexecute(const std::string& id, bool from_failure, const RequestContext& context) {
  const Backfill parent{std::make_shared<const model::BackfillRecord>(RequireBackfill(id, context))};
  if (!HasEnded(*parent.record)) {
    throw Error(Code::kFailedPrecondition, fmt::format("backfill {} has not ended: cancel it or wait for it", id));
  }
  const json::Object& body = parent.record->body.AsObject();
  const std::string* root = model::FindTag(parent.record->tags, kRootTag);
  model::Tags tags = parent.record->tags;
  model::SetTag(tags, kRootTag, root == nullptr ? id : *root);
  model::SetTag(tags, kParentTag, id);
  Draft draft = NewDraft(std::move(tags), context);
  const json::Value& title = body.At("title");
  if (title.is_string() && !title.AsString().empty()) draft.body.Set("title", "Re-execution of " + title.AsString());
  draft.body.Set("description", body.At("description"));
  if (const auto data = AssetBackfillData::Of(parent)) {
    BackfillTarget target(context.workspace().asset_graph(), PartitionsNow(context));
    const Keys selection = AddAgain(target, *data, from_failure);
    draft.record.action_type = "MULTI_RUN_ASSET_ACTION";
    draft.body.Set("asset_backfill_data", NewAssetData(target, ToUnixSeconds(context.now())));
    draft.body.Set("asset_selection", KeysOrNull(selection));
    draft.body.Set("run_config", body.At("run_config"));
    return Store(std::move(draft), context);
  }
  draft.record.action_type = parent.record->action_type;
  draft.record.selector_id = parent.record->selector_id;
  draft.record.job_name = parent.record->job_name;
  for (const char* field : {"partition_set_origin", "partition_names", "reexecution_steps", "asset_selection"}) {
    draft.body.Set(field, body.At(field));
  }
  draft.body.Set("from_failure", from_failure);
  return Store(std::move(draft), context);
}

std::vector<PreviewedAsset> Preview(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto params = arguments.Get<graphql::Input>("params");
  BackfillTarget target(context.workspace().asset_graph(), PartitionsNow(context));
  target.AddPartitions(KeysIn(params, "assetSelection"), PartitionNamesIn(params));
  const AssetGraphSubset subset = AssetGraphSubset::Read(target.ToJson());
  std::vector<PreviewedAsset> assets;
  for (const model::AssetKey& key : KeysInOrder(subset, context.workspace().asset_graph())) {
    const AssetGraphSubset::Part& part = *subset.Find(key);
    assets.push_back({key, part.is_partitioned ? std::optional(TargetPartitions(part)) : std::nullopt});
  }
  return assets;
}

}  // namespace

void BindBackfillChanges(graphql::Schema& schema) {
  schema.Object<Launched>("LaunchBackfillSuccess")
      .Field("backfillId", &Launched::backfill_id)
      .Field("launchedRunIds", [] { return std::optional<std::vector<std::string>>(); });
  schema.Object<Canceled>("CancelBackfillSuccess").Field("backfillId", &Canceled::backfill_id);
  schema.Object<Resumed>("ResumeBackfillSuccess").Field("backfillId", &Resumed::backfill_id);
  schema.Object<PreviewedAsset>("AssetPartitions")
      .Field("assetKey", &PreviewedAsset::key)
      .Field("partitions", &PreviewedAsset::partitions);
  schema.Query().Field("assetBackfillPreview", Preview);
  schema.Mutation()
      .Field("launchPartitionBackfill",
             [](const graphql::Arguments& arguments, const RequestContext& context) {
               return Guarded<LaunchResult>(
                   context, [&] { return LaunchNew(arguments.Get<graphql::Input>("backfillParams"), context); });
             })
      .Field("reexecutePartitionBackfill",
             [](const graphql::Arguments& arguments, const RequestContext& context) {
               return Guarded<LaunchResult>(context, [&] {
                 const auto params = arguments.Get<graphql::Input>("reexecutionParams");
                 return Reexecute(params.Get<std::string>("parentRunId"),
                                  params.Get<std::string>("strategy") == "FROM_FAILURE", context);
               });
             })
      .Field("cancelPartitionBackfill",
             [](const graphql::Arguments& arguments, const RequestContext& context) {
               using Result = std::variant<Canceled, NamedError, PythonError>;
               return Guarded<Result>(context, [&]() -> Result {
                 auto id = arguments.Get<std::string>("backfillId");
                 SetStatus(id, "CANCELING", context);
                 return Canceled{std::move(id)};
               });
             })
      .Field("resumePartitionBackfill", [](const graphql::Arguments& arguments, const RequestContext& context) {
        using Result = std::variant<Resumed, NamedError, PythonError>;
        return Guarded<Result>(context, [&]() -> Result {
          auto id = arguments.Get<std::string>("backfillId");
          SetStatus(id, "REQUESTED", context);
          return Resumed{std::move(id)};
        });
      });
}

}  // namespace tidemill::api
