#include "automation.h"

#include <algorithm>
#include <map>
#include <string_view>

#include <boost/algorithm/string.hpp>
#include <fmt/format.h>

namespace tidemill::api {
namespace {

/// Names of conditions by their serdes class (declarative_automation/operands and operators).
const std::map<std::string_view, std::string_view>& Names() {
  static const std::map<std::string_view, std::string_view> kNames = {
      {"AndAssetCondition", "AND"},
      {"OrAssetCondition", "OR"},
      {"NotAssetCondition", "NOT"},
      {"SinceCondition", "SINCE"},
      {"NewlyTrueCondition", "NEWLY_TRUE"},
      {"AnyDepsCondition", "ANY_DEPS_MATCH"},
      {"AllDepsCondition", "ALL_DEPS_MATCH"},
      {"AnyChecksCondition", "ANY_CHECKS_MATCH"},
      {"AllChecksCondition", "ALL_CHECKS_MATCH"},
      {"AnyJobRootAssetsMatchCondition", "ANY_JOB_ROOT_ASSETS_MATCH"},
      {"AllJobRootAssetsMatchCondition", "ALL_JOB_ROOT_ASSETS_MATCH"},
      {"AnyDownstreamConditionsCondition", "ANY_DOWNSTREAM_CONDITIONS"},
      {"BackfillInProgressAutomationCondition", "backfill_in_progress"},
      {"InProgressAutomationCondition", "run_in_progress"},
      {"FailedAutomationCondition", "execution_failed"},
      {"MissingAutomationCondition", "missing"},
      {"CodeVersionChangedCondition", "code_version_changed"},
      {"DataVersionChangedCondition", "data_version_changed"},
      {"InitialEvaluationCondition", "initial_evaluation"},
      {"InLatestTimeWindowCondition", "in_latest_time_window"},
      {"LatestRunExecutedWithRootTargetCondition", "executed_with_root_target"},
      {"LatestRunExecutedWithTagsCondition", "executed_with_tags"},
      {"AnyNewUpdateHasRunTagsCondition", "any_new_update_has_run_tags"},
      {"AllNewUpdatesHaveRunTagsCondition", "all_new_updates_have_run_tags"},
      {"NewlyRequestedCondition", "newly_requested"},
      {"NewlyUpdatedCondition", "newly_updated"},
      {"WillBeRequestedCondition", "will_be_requested"},
  };
  return kNames;
}

const json::Value* Find(const json::Value& object, std::string_view field) {
  const json::Value* value = object.Find(field);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string TextOf(const json::Value& object, std::string_view field) {
  const json::Value* value = Find(object, field);
  return value == nullptr ? "" : value->AsString();
}

/// A timedelta as Python prints it: "2 days, 1:00:00".
std::string Span(const json::Value& delta) {
  const std::int64_t days = delta.AsObject().At("days").AsInt();
  const std::int64_t seconds = delta.AsObject().At("seconds").AsInt();
  std::string text = fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (days != 0) text = fmt::format("{} day{}, {}", days, days == 1 ? "" : "s", text);
  return text;
}

std::string TagWords(const json::Value& condition) {
  std::vector<std::string> properties;
  if (const json::Value* keys = Find(condition, "tag_keys")) {
    std::vector<std::string> words;
    for (const json::Value& key : keys->AsObject().At("__set__").AsArray()) words.push_back(key.AsString());
    std::ranges::sort(words);
    properties.push_back("tag_keys={" + boost::join(words, ",") + "}");
  }
  if (const json::Value* values = Find(condition, "tag_values")) {
    std::vector<std::string> words;
    for (const auto& [key, value] : values->AsObject()) words.push_back(key + ":" + value.AsString());
    std::ranges::sort(words);
    properties.push_back("tag_values={" + boost::join(words, ",") + "}");
  }
  return properties.empty() ? "" : "(" + boost::join(properties, ", ") + ")";
}

std::string NameOf(const json::Value& condition) {
  const std::string cls = TextOf(condition, "__class__");
  if (cls == "CheckResultCondition") {
    return condition.AsObject().At("passed").AsBool() ? "check_passed" : "check_failed";
  }
  if (cls == "CronTickPassedCondition") {
    return fmt::format("cron_tick_passed(cron_schedule={}, cron_timezone={})", TextOf(condition, "cron_schedule"),
                       TextOf(condition, "cron_timezone"));
  }
  if (cls == "FreshnessResultCondition") {
    return fmt::format("freshness_result(state={})",
                       condition.AsObject().At("state").AsObject().At("__enum__").AsString());
  }
  const auto found = Names().find(cls);
  std::string name(found == Names().end() ? std::string_view(cls) : found->second);
  if (const json::Value* lookback = Find(condition, "serializable_lookback_timedelta")) {
    name += "(lookback_timedelta=" + Span(*lookback) + ")";
  }
  if (const json::Value* resolves = Find(condition, "resolves_virtual_deps");
      resolves != nullptr && resolves->AsBool()) {
    name += "(resolves_virtual_deps=True)";
  }
  return name + TagWords(condition);
}

/// Conditions on checks show none.
bool HidesOperand(const std::string& name) { return name.ends_with("_CHECKS_MATCH"); }

}  // namespace

Automation Automation::Read(const json::Value& condition) {
  const json::Value* node = Find(condition, "node_snapshot");
  const json::Value& described = node == nullptr ? condition : *node;
  Automation automation;
  if (const json::Value* label = Find(described, "label")) automation.label = label->AsString();
  if (node != nullptr) {
    automation.name = TextOf(*node, "name");
    if (automation.name.empty()) automation.name = TextOf(*node, "description");
  } else {
    automation.name = NameOf(condition);
  }
  for (const std::string_view field : {"children", "operands"}) {
    const json::Value* parts = Find(condition, field);
    if (parts == nullptr) continue;
    for (const json::Value& part : parts->AsArray()) automation.parts.push_back(Read(part));
  }
  for (const std::string_view field : {"operand", "trigger_condition", "reset_condition"}) {
    const json::Value* part = Find(condition, field);
    if (part != nullptr && !HidesOperand(automation.name)) automation.parts.push_back(Read(*part));
  }
  return automation;
}

std::optional<Automation> AutomationOf(const json::Value& snapshot, const json::Value& condition) {
  if (!snapshot.is_null()) return Automation::Read(snapshot);
  if (!condition.is_null()) return Automation::Read(condition);
  return std::nullopt;
}

std::optional<Automation> AutomationOf(const model::AssetNodeSnap& node) {
  const json::Value* condition = Find(node.auto_materialize_policy, "asset_condition");
  return AutomationOf(node.automation_condition_snapshot, condition == nullptr ? json::Value() : *condition);
}

bool HasAutomation(const model::AssetNodeSnap& node) {
  return !node.automation_condition_snapshot.is_null() ||
         Find(node.auto_materialize_policy, "asset_condition") != nullptr;
}

std::vector<std::string> ExpandedLabel(const Automation& automation, bool use_label) {
  if (use_label && automation.label) return {*automation.label};
  std::vector<std::string> words;
  for (const Automation& part : automation.parts) {
    if (automation.parts.size() == 1 || !words.empty()) words.push_back(automation.name);
    words.push_back("(" + boost::join(ExpandedLabel(part, true), " ") + ")");
  }
  if (automation.parts.empty()) words.push_back(automation.name);
  return words;
}

void BindAutomation(graphql::Schema& schema) {
  schema.Object<Automation>("AutomationCondition")
      .Field("label", &Automation::label)
      .Field("expandedLabel", [](const Automation& automation) { return ExpandedLabel(automation); });
}

}  // namespace tidemill::api
