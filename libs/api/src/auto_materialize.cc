#include "auto_materialize.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>

#include "asset_node.h"

namespace tidemill::api {
namespace {

struct Rule {
  std::string description;
  std::string_view decision;  ///< "MATERIALIZE", "SKIP" or "DISCARD".
};
struct Policy {
  std::string_view type;  ///< "EAGER" or "LAZY".
  std::optional<std::int64_t> max_per_minute;
  std::vector<Rule> rules;
};

/// The rules that say the same whatever their fields are.
constexpr std::pair<std::string_view, std::string_view> kSimpleRules[] = {
    {"MaterializeOnRequiredForFreshnessRule", "required to meet this or downstream asset's freshness policy"},
    {"MaterializeOnMissingRule", "materialization is missing"},
    {"SkipOnParentOutdatedRule", "waiting on upstream data to be up to date"},
    {"SkipOnParentMissingRule", "waiting on upstream data to be present"},
    {"SkipOnRequiredButNonexistentParentsRule", "required parent partitions do not exist"},
    {"SkipOnRunInProgressRule", "in-progress run for asset"},
};

bool IsTrue(const json::Value& rule, std::string_view field) {
  const json::Value* value = rule.Find(field);
  return value != nullptr && value->is_bool() && value->AsBool();
}

/// As Python shows a dictionary of texts.
std::string DictionaryText(const json::Value& tags) {
  std::string text;
  for (const auto& [key, value] : tags.AsObject()) {
    text += fmt::format("{}'{}': '{}'", text.empty() ? "" : ", ", key, value.AsString());
  }
  return fmt::format("{{{}}}", text);
}

std::string ParentUpdatedText(const json::Value& rule) {
  std::string text = "upstream data has changed since latest materialization";
  const json::Value* filter = rule.Find("updated_parent_filter");
  if (filter == nullptr || filter->is_null()) return text;
  return text + fmt::format(" and matches filter 'latest run includes required tags: {}'",
                            DictionaryText(filter->AsObject().At("latest_run_required_tags")));
}

std::string DescriptionOf(const json::Value& rule, std::string_view name) {
  for (const auto& [simple, description] : kSimpleRules) {
    if (name == simple) return std::string(description);
  }
  const auto cron = [&] {
    return fmt::format("cron schedule tick of '{}' (timezone: {})", rule.AsObject().At("cron_schedule").AsString(),
                       rule.AsObject().At("timezone").AsString());
  };
  if (name == "MaterializeOnParentUpdatedRule") return ParentUpdatedText(rule);
  if (name == "MaterializeOnCronRule") return "not materialized since last " + cron();
  if (name == "SkipOnNotAllParentsUpdatedSinceCronRule") {
    return "waiting until all upstream assets have updated since the last " + cron();
  }
  if (name == "SkipOnNotAllParentsUpdatedRule") {
    return IsTrue(rule, "require_update_for_all_parent_partitions")
               ? "waiting until all upstream partitions are updated"
               : "waiting on upstream data to be updated";
  }
  if (name == "SkipOnBackfillInProgressRule") {
    return IsTrue(rule, "all_partitions") ? "part of an asset targeted by an in-progress backfill"
                                          : "targeted by an in-progress backfill";
  }
  throw Error(Code::kUnimplemented, fmt::format("\"{}\" is no auto-materialize rule that is known here", name));
}

std::optional<Policy> PolicyOf(const AssetNode& node) {
  const json::Value& stored = node.snap->auto_materialize_policy;
  if (stored.is_null()) return std::nullopt;
  Policy policy{"LAZY", std::nullopt, {}};
  const json::Value& rules = stored.AsObject().At("rules");
  const json::Value* items = rules.Find("__frozenset__");
  for (const json::Value& rule : (items == nullptr ? rules : *items).AsArray()) {
    const std::string& name = rule.AsObject().At("__class__").AsString();
    const json::Value* filter = rule.Find("updated_parent_filter");
    if (name == "MaterializeOnParentUpdatedRule" && (filter == nullptr || filter->is_null())) policy.type = "EAGER";
    policy.rules.push_back({DescriptionOf(rule, name), name.starts_with("Materialize") ? "MATERIALIZE" : "SKIP"});
  }
  const json::Value* limit = stored.Find("max_materializations_per_minute");
  if (limit != nullptr && !limit->is_null()) policy.max_per_minute = limit->AsInt();
  if (policy.max_per_minute.value_or(0) > 0) {
    policy.rules.push_back(
        {fmt::format("exceeds {} materialization(s) per minute", *policy.max_per_minute), "DISCARD"});
  }
  return policy;
}

}  // namespace

void BindAutoMaterializePolicies(graphql::Schema& schema) {
  schema.Object<AssetNode>("AssetNode").Field("autoMaterializePolicy", PolicyOf);
  schema.Object<Policy>("AutoMaterializePolicy")
      .Field("policyType", &Policy::type)
      .Field("maxMaterializationsPerMinute", &Policy::max_per_minute)
      .Field("rules", &Policy::rules);
  schema.Object<Rule>("AutoMaterializeRule")
      .Field("description", &Rule::description)
      .Field("decisionType", &Rule::decision)
      // It only needs to tell rules apart.
      .Field("className", &Rule::description);
}

}  // namespace tidemill::api
