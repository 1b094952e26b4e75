#include "automation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill::api {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> LabelOf(std::string_view text) { return ExpandedLabel(Automation::Read(json::Parse(text))); }

TEST(AutomationTest, AConditionStandsBetweenItsParts) {
  EXPECT_THAT(LabelOf(R"({"__class__": "AndAssetCondition", "label": "all", "operands": [
                           {"__class__": "MissingAutomationCondition", "label": null},
                           {"__class__": "NotAssetCondition", "label": null, "operand":
                             {"__class__": "InProgressAutomationCondition", "label": null}}]})"),
              ElementsAre("(missing)", "AND", "(NOT (run_in_progress))"));
}

TEST(AutomationTest, ALabelStandsForAPartButNotForTheWhole) {
  EXPECT_THAT(LabelOf(R"({"__class__": "SinceCondition", "label": "mine",
                          "trigger_condition": {"__class__": "CronTickPassedCondition", "label": null,
                                                "cron_schedule": "0 9 * * *", "cron_timezone": "UTC"},
                          "reset_condition": {"__class__": "OrAssetCondition", "label": "handled", "operands": []}})"),
              ElementsAre("(cron_tick_passed(cron_schedule=0 9 * * *, cron_timezone=UTC))", "SINCE", "(handled)"));
}

TEST(AutomationTest, ASnapshotNamesItself) {
  EXPECT_THAT(LabelOf(R"({"node_snapshot": {"name": null, "description": "custom", "label": null}, "children": []})"),
              ElementsAre("custom"));
}

TEST(AutomationTest, PropertiesFollowTheName) {
  EXPECT_THAT(LabelOf(R"({"__class__": "InLatestTimeWindowCondition", "label": null, "serializable_lookback_timedelta":
                          {"days": 2, "seconds": 3600, "microseconds": 0}})"),
              ElementsAre("in_latest_time_window(lookback_timedelta=2 days, 1:00:00)"));
  EXPECT_THAT(LabelOf(R"({"__class__": "LatestRunExecutedWithTagsCondition", "label": null,
                          "tag_keys": {"__set__": ["b", "a"]}, "tag_values": {"k": "v"}})"),
              ElementsAre("executed_with_tags(tag_keys={a,b}, tag_values={k:v})"));
}

}  // namespace
}  // namespace tidemill::api
