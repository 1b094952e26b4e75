#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/graphql/schema.h>
#include <tidemill/model/repository_snap.h>

namespace tidemill::api {

/// An automation condition in words, bound to AutomationCondition.
struct Automation {
  std::optional<std::string> label;
  std::string name;
  std::vector<Automation> parts;

  /// Reads the serdes JSON of a condition, or of the snapshot of one.
  static Automation Read(const json::Value& condition);
};

/// Of the two forms in which a declaration may have it; nothing if both are null.
std::optional<Automation> AutomationOf(const json::Value& snapshot, const json::Value& condition);
std::optional<Automation> AutomationOf(const model::AssetNodeSnap& node);
bool HasAutomation(const model::AssetNodeSnap& node);

/// The whole condition: names between its parts, which stand in parentheses and are named by their labels.
std::vector<std::string> ExpandedLabel(const Automation& automation, bool use_label = false);

void BindAutomation(graphql::Schema& schema);

}  // namespace tidemill::api
