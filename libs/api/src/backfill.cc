#include "backfill.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "run.h"

namespace tidemill::api {
namespace {

/// Nothing if it was not written, or as null.
const json::Value* Member(const Backfill& backfill, std::string_view name) {
  const json::Value* value = backfill.record->body.Find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<double> NumberOf(const Backfill& backfill, std::string_view name) {
  const json::Value* value = Member(backfill, name);
  return value == nullptr ? std::nullopt : std::optional(value->AsDouble());
}

double BeginOf(const Backfill& backfill) {
  return NumberOf(backfill, "backfill_timestamp").value_or(ToUnixSeconds(backfill.record->timestamp));
}

std::optional<std::vector<model::AssetKey>> SelectionOf(const Backfill& backfill) {
  const json::Value* selection = Member(backfill, "asset_selection");
  if (selection == nullptr) return std::nullopt;
  std::vector<model::AssetKey> keys;
  for (const json::Value& key : selection->AsArray()) {
    std::vector<std::string> path;
    if (const json::Value* parts = key.Find("path")) {
      for (const json::Value& part : parts->AsArray()) path.push_back(part.AsString());
    }
    keys.push_back(model::AssetKey{std::move(path)});
  }
  return keys;
}

model::Tags VisibleTagsOf(const Backfill& backfill) {
  model::Tags tags = backfill.record->tags;
  std::erase_if(tags, [](const auto& tag) { return !IsVisibleTag(tag.first); });
  return tags;
}

}  // namespace

std::string_view RunStatusOf(const model::BackfillRecord& backfill) {
  using Pair = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Pair, 8> kStatuses{{{"REQUESTED", "STARTED"},
                                                  {"COMPLETED", "SUCCESS"},
                                                  {"COMPLETED_SUCCESS", "SUCCESS"},
                                                  {"COMPLETED_FAILED", "FAILURE"},
                                                  {"FAILED", "FAILURE"},
                                                  {"FAILING", "FAILURE"},
                                                  {"CANCELED", "CANCELED"},
                                                  {"CANCELING", "CANCELING"}}};
  const auto found =
      std::find_if(kStatuses.begin(), kStatuses.end(), [&](const Pair& pair) { return pair.first == backfill.status; });
  if (found != kStatuses.end()) return found->second;
  throw Error(Code::kDataLoss, fmt::format("backfill {} has the unknown status {}: was it written by a newer Dagster?",
                                           backfill.backfill_id, backfill.status));
}

void BindBackfillInFeed(graphql::Schema& schema) {
  schema.Object<Backfill>("PartitionBackfill")
      .Field("id", [](const Backfill& it) -> const std::string& { return it.record->backfill_id; })
      .Field("runStatus", [](const Backfill& it) { return RunStatusOf(*it.record); })
      .Field("creationTime", BeginOf)
      .Field("startTime", BeginOf)
      .Field("endTime", [](const Backfill& it) { return NumberOf(it, "backfill_end_timestamp"); })
      .Field("tags", VisibleTagsOf)
      .Field("jobName", [](const Backfill& it) { return it.record->job_name; })
      .Field("assetSelection", SelectionOf)
      .Field("assetCheckSelection", [] { return std::optional(std::vector<model::AssetCheckKey>()); });
}

}  // namespace tidemill::api
