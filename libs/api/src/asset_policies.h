#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/graphql/schema.h>
#include <tidemill/model/metadata.h>

namespace tidemill::api {

/// What keeps an asset up to date, read from the serdes JSON of its declaration.
struct TimeWindowFreshness {
  std::int64_t fail_window_seconds = 0;
  std::optional<std::int64_t> warn_window_seconds;
};
struct CronFreshness {
  std::string deadline_cron;
  std::int64_t lower_bound_delta_seconds = 0;
  std::string timezone;
};
using InternalFreshness = std::variant<TimeWindowFreshness, CronFreshness>;
/// Throws Error(kDataLoss) for a class that is no freshness policy.
InternalFreshness ReadFreshnessPolicy(const json::Value& policy);

struct StorageAddress {
  std::optional<std::string> storage_kind;
  std::string table_name;
};
/// The table that an asset's metadata names, in small letters.
std::optional<StorageAddress> StorageAddressOf(const model::Metadata& metadata);

struct UserOwner {
  std::string email;
};
struct TeamOwner {
  std::string team;
};
using AssetOwner = std::variant<UserOwner, TeamOwner>;
/// "person@company.com" or "team:name".
AssetOwner ReadOwner(const std::string& owner);

void BindAssetPolicies(graphql::Schema& schema);

}  // namespace tidemill::api
