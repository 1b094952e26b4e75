#include "requested_assets.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <tidemill/serdes/serdes.h>

#include "asset_graph_subset.h"

namespace tidemill::api {
namespace {

const json::Value* NotNull(const json::Value& object, std::string_view member) {
  const json::Value* value = object.Find(member);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const json::Array& Items(const json::Value& object, std::string_view member) {
  static const json::Array kNone;
  const json::Value* list = NotNull(object, member);
  return list == nullptr ? kNone : list->AsArray();
}

std::optional<std::string> PartitionOf(const json::Value& request) {
  const json::Value* key = NotNull(request, "partition_key");
  return key == nullptr ? std::nullopt : std::optional(key->AsString());
}

const json::Array& RequestsOf(const model::TickData& tick) {
  static const json::Array kNone;
  return tick.status == model::TickStatus::kSuccess && tick.run_requests ? *tick.run_requests : kNone;
}

bool IsWholeJob(const json::Value& request) {
  return NotNull(request, "job_name") != nullptr && Items(request, "asset_selection").empty();
}

/// Assets in the order in which they are asked for first.
class Requested final {
 public:
  std::set<std::string>& Of(const model::AssetKey& key) {
    const auto [found, is_new] = places_.emplace(key, assets_.size());
    if (is_new) assets_.push_back({key, {}});
    return assets_[found->second].second;
  }

  std::vector<RequestedAsset> Take() {
    std::vector<RequestedAsset> result;
    for (const auto& [key, partitions] : assets_) result.push_back({key, {partitions.begin(), partitions.end()}});
    return result;
  }

 private:
  std::map<model::AssetKey, std::size_t> places_;
  std::vector<std::pair<model::AssetKey, std::set<std::string>>> assets_;
};

}  // namespace

std::vector<RequestedAsset> RequestedAssets(const model::TickData& tick) {
  Requested requested;
  for (const json::Value& request : RequestsOf(tick)) {
    if (const json::Value* subset = NotNull(request, "asset_graph_subset")) {
      for (const AssetGraphSubset::Part& part : AssetGraphSubset::Read(*subset).parts) {
        requested.Of(part.key).insert(part.partitions.begin(), part.partitions.end());
      }
      continue;
    }
    const auto partition = PartitionOf(request);
    for (const json::Value& key : Items(request, "asset_selection")) {
      auto& partitions = requested.Of(serdes::FromJson<model::AssetKey>(key));
      if (partition) partitions.insert(*partition);
    }
    for (const json::Value& item : Items(request, "asset_check_keys")) {
      const auto check = serdes::FromJson<model::AssetCheckKey>(item);
      requested.Of(check.asset_key).insert(check.name);
    }
  }
  return requested.Take();
}

std::vector<model::AssetKey> RequestedKeys(const model::TickData& tick) {
  std::vector<model::AssetKey> keys;
  for (RequestedAsset& asset : RequestedAssets(tick)) keys.push_back(std::move(asset.key));
  return keys;
}

std::int64_t RequestedCount(const model::TickData& tick) {
  std::set<std::pair<model::AssetKey, std::optional<std::string>>> single;
  std::int64_t count = 0;
  for (const json::Value& request : RequestsOf(tick)) {
    if (const json::Value* subset = NotNull(request, "asset_graph_subset")) {
      count += AssetGraphSubset::Read(*subset).Count();
      continue;
    }
    for (const json::Value& key : Items(request, "asset_selection")) {
      single.emplace(serdes::FromJson<model::AssetKey>(key), PartitionOf(request));
    }
    count += static_cast<std::int64_t>(Items(request, "asset_check_keys").size());
  }
  return count + static_cast<std::int64_t>(single.size());
}

std::vector<RequestedJob> RequestedJobs(const model::TickData& tick) {
  std::map<std::string, std::set<std::string>> jobs;
  for (const json::Value& request : RequestsOf(tick)) {
    if (!IsWholeJob(request)) continue;
    auto& partitions = jobs[NotNull(request, "job_name")->AsString()];
    if (const auto partition = PartitionOf(request)) partitions.insert(*partition);
  }
  std::vector<RequestedJob> result;
  for (const auto& [name, partitions] : jobs) result.push_back({name, {partitions.begin(), partitions.end()}});
  return result;
}

std::int64_t RequestedJobRunCount(const model::TickData& tick) {
  return std::ranges::count_if(RequestsOf(tick), IsWholeJob);
}

void BindRequestedAssets(graphql::Schema& schema) {
  schema.Object<RequestedAsset>("RequestedMaterializationsForAsset")
      .Field("assetKey", &RequestedAsset::key)
      .Field("partitionKeys", &RequestedAsset::partition_keys);
  schema.Object<RequestedJob>("RequestedRunsForJob")
      .Field("jobName", &RequestedJob::job_name)
      .Field("partitionKeys", &RequestedJob::partition_keys);
}

}  // namespace tidemill::api
