#include "asset_policies.h"

#include <algorithm>

#include <boost/algorithm/string.hpp>
#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/model/repository_snap.h>

namespace tidemill::api {
namespace {

std::int64_t SecondsOf(const json::Value& delta) {
  const json::Object& parts = delta.AsObject();
  return parts.At("days").AsInt() * 86400 + parts.At("seconds").AsInt();
}

std::string TextOf(const json::Value& object, std::string_view field) {
  const json::Value* value = object.Find(field);
  return value == nullptr || value->is_null() ? std::string() : value->AsString();
}

const std::string* FindText(const model::Metadata& metadata, std::string_view label) {
  for (const auto& [name, value] : metadata) {
    if (name != label) continue;
    const auto* text = std::get_if<model::metadata::Text>(&value);
    return text == nullptr ? nullptr : &text->text;
  }
  return nullptr;
}

bool IsEmailCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-'; }

/// name@domain.tld, as Dagster tells a person from a team.
bool IsEmail(const std::string& text) {
  const std::size_t at = text.find('@');
  const std::size_t dot = text.rfind('.');
  if (at == std::string::npos || at == 0 || dot == std::string::npos || dot < at + 2) return false;
  const bool name_ok = std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at),
                                   [](char c) { return IsEmailCharacter(c) || c == '_' || c == '%' || c == '+'; });
  const bool domain_ok = std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                     text.begin() + static_cast<std::ptrdiff_t>(dot), IsEmailCharacter);
  const std::string_view top = std::string_view(text).substr(dot + 1);
  return name_ok && domain_ok && top.size() >= 2 && top.size() <= 7 && std::all_of(top.begin(), top.end(), [](char c) {
           return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '|';
         });
}

void BindFreshness(graphql::Schema& schema) {
  schema.Object<TimeWindowFreshness>("TimeWindowFreshnessPolicy")
      .Field("failWindowSeconds", &TimeWindowFreshness::fail_window_seconds)
      .Field("warnWindowSeconds", &TimeWindowFreshness::warn_window_seconds);
  schema.Object<CronFreshness>("CronFreshnessPolicy")
      .Field("deadlineCron", &CronFreshness::deadline_cron)
      .Field("lowerBoundDeltaSeconds", &CronFreshness::lower_bound_delta_seconds)
      .Field("timezone", &CronFreshness::timezone);
}

}  // namespace

InternalFreshness ReadFreshnessPolicy(const json::Value& policy) {
  const std::string name = TextOf(policy, "__class__");
  if (name == "TimeWindowFreshnessPolicy") {
    TimeWindowFreshness window{SecondsOf(policy.AsObject().At("fail_window")), std::nullopt};
    const json::Value* warn = policy.Find("warn_window");
    if (warn != nullptr && !warn->is_null()) window.warn_window_seconds = SecondsOf(*warn);
    return window;
  }
  if (name == "CronFreshnessPolicy") {
    return CronFreshness{TextOf(policy, "deadline_cron"), SecondsOf(policy.AsObject().At("lower_bound_delta")),
                         TextOf(policy, "timezone")};
  }
  throw Error(Code::kDataLoss, fmt::format("\"{}\" is no freshness policy; reload the code location", name));
}

std::optional<StorageAddress> StorageAddressOf(const model::Metadata& metadata) {
  const std::string* table = FindText(metadata, "dagster/table_name");
  if (table == nullptr) table = FindText(metadata, "dagster/relation_identifier");
  if (table == nullptr || table->empty()) return std::nullopt;
  StorageAddress address{std::nullopt, boost::to_lower_copy(*table)};
  if (const std::string* kind = FindText(metadata, "dagster/storage_kind")) address.storage_kind = *kind;
  return address;
}

AssetOwner ReadOwner(const std::string& owner) {
  if (IsEmail(owner)) return UserOwner{owner};
  if (owner.starts_with("team:")) return TeamOwner{owner.substr(5)};
  throw Error(Code::kDataLoss, fmt::format("\"{}\" is neither an e-mail address nor team:NAME", owner));
}

void BindAssetPolicies(graphql::Schema& schema) {
  BindFreshness(schema);
  schema.Object<StorageAddress>("StorageAddress")
      .Field("storageKind", &StorageAddress::storage_kind)
      .Field("tableName", &StorageAddress::table_name);
  schema.Object<UserOwner>("UserAssetOwner").Field("email", &UserOwner::email);
  schema.Object<TeamOwner>("TeamAssetOwner").Field("team", &TeamOwner::team);
  schema.Object<model::BackfillPolicy>("BackfillPolicy")
      .Field("maxPartitionsPerRun", &model::BackfillPolicy::max_partitions_per_run)
      .Field("description",
             [](const model::BackfillPolicy& policy) {
               return policy.max_partitions_per_run
                          ? fmt::format("Backfills in multiple runs, with a maximum of {} partitions per run",
                                        *policy.max_partitions_per_run)
                          : std::string("Backfills all partitions in a single run");
             })
      .Field("policyType", [](const model::BackfillPolicy& policy) {
        return policy.max_partitions_per_run ? "MULTI_RUN" : "SINGLE_RUN";
      });
}

}  // namespace tidemill::api
