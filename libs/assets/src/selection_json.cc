#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "selection_node.h"

namespace tidemill::assets {
namespace {

using Kind = SelectionNode::Kind;

/// How a class of Dagster's selections without children is read.
struct LeafClass {
  std::string_view class_name;
  Kind kind;
  std::string_view field;  ///< Of its value.
  AssetAttribute attribute = AssetAttribute::kCodeLocation;
};
constexpr LeafClass kLeafClasses[] = {
    {"GroupWildCardAssetSelection", Kind::kGroupPattern, "selected_group_wildcard"},
    {"KindAssetSelection", Kind::kKind, "kind_str"},
    {"IsAttributeAssetSelection", Kind::kIs, "attribute"},
    {"TagAssetSelection", Kind::kTag, "value"},
    {"OwnerAssetSelection", Kind::kOwner, "selected_owner"},
    {"PartitionsAssetSelection", Kind::kPartitions, "selected_partitions"},
    {"KeySubstringAssetSelection", Kind::kKeyPart, "selected_key_substring"},
    {"KeyWildCardAssetSelection", Kind::kKeyPattern, "selected_key_wildcard"},
    {"JobAssetSelection", Kind::kJob, "selected_job"},
    {"CodeLocationAssetSelection", Kind::kAttribute, "selected_code_location", AssetAttribute::kCodeLocation},
    {"SensorNameAssetSelection", Kind::kAttribute, "selected_sensor", AssetAttribute::kSensor},
    {"ScheduleNameAssetSelection", Kind::kAttribute, "selected_schedule", AssetAttribute::kSchedule},
    {"StatusAssetSelection", Kind::kAttribute, "selected_status", AssetAttribute::kStatus},
    {"ColumnAssetSelection", Kind::kAttribute, "selected_column", AssetAttribute::kColumn},
    {"ColumnTagAssetSelection", Kind::kAttribute, "value", AssetAttribute::kColumnTag},
    {"TableNameAssetSelection", Kind::kAttribute, "selected_table_name", AssetAttribute::kTableName},
    {"ChangedInBranchAssetSelection", Kind::kAttribute, "selected_changed_in_branch", AssetAttribute::kChangedInBranch},
    {"AutomationTypeAssetSelection", Kind::kAttribute, "selected_automation_type", AssetAttribute::kAutomationType},
};

struct ParentClass {
  std::string_view class_name;
  Kind kind;
};
constexpr ParentClass kOverOneChild[] = {
    {"SinksAssetSelection", Kind::kSinks},
    {"RootsAssetSelection", Kind::kRoots},
    {"MaterializableAssetSelection", Kind::kMaterializable},
    {"RequiredNeighborsAssetSelection", Kind::kExecutionSets},
    {"ParentSourcesAssetSelection", Kind::kExternalSources},
    {"UpstreamAssetSelection", Kind::kUpstream},
    {"DownstreamAssetSelection", Kind::kDownstream},
};

SelectionNodePtr Make(SelectionNode node) { return std::make_shared<const SelectionNode>(std::move(node)); }

/// Null if the field is missing or null.
const json::Value* FindSet(const json::Value& object, std::string_view field) {
  const json::Value* value = object.Find(field);
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool IsTrue(const json::Value& object, std::string_view field, bool otherwise) {
  const json::Value* value = FindSet(object, field);
  return value == nullptr ? otherwise : value->AsBool();
}

model::AssetKey PathOf(const json::Value& parts) {
  std::vector<std::string> path;
  for (const json::Value& part : parts.AsArray()) path.push_back(part.AsString());
  return model::AssetKey(std::move(path));
}

model::AssetKey KeyOf(const json::Value& key) { return PathOf(key.AsObject().At("path")); }

std::vector<model::AssetKey> KeysOf(const json::Value& list) {
  std::vector<model::AssetKey> keys;
  for (const json::Value& key : list.AsArray()) keys.push_back(KeyOf(key));
  return keys;
}

SelectionNodePtr Read(const json::Value& value);

SelectionNodePtr ReadGroups(const json::Value& value) {
  SelectionNode any;
  any.kind = Kind::kOr;
  for (const json::Value& name : value.AsObject().At("selected_groups").AsArray()) {
    SelectionNode group;
    group.kind = Kind::kGroup;
    group.value = name.AsString();
    group.include_external = IsTrue(value, "include_sources", false);
    any.children.push_back(Make(std::move(group)));
  }
  if (any.children.size() == 1) return any.children[0];
  if (!any.children.empty()) return Make(std::move(any));
  SelectionNode none;
  none.kind = Kind::kGroup;
  return Make(std::move(none));
}

SelectionNodePtr ReadOperands(const json::Value& value, Kind kind) {
  SelectionNode node;
  node.kind = kind;
  if (kind == Kind::kSubtract) {
    node.children = {Read(value.AsObject().At("left")), Read(value.AsObject().At("right"))};
    return Make(std::move(node));
  }
  for (const json::Value& operand : value.AsObject().At("operands").AsArray()) node.children.push_back(Read(operand));
  if (node.children.empty()) throw Error(Code::kInvalidArgument, "an asset selection joins at least one other");
  return Make(std::move(node));
}

SelectionNodePtr ReadOverChild(const json::Value& value, Kind kind) {
  SelectionNode node;
  node.kind = kind;
  node.children = {Read(value.AsObject().At("child"))};
  node.include_self = IsTrue(value, "include_self", true);
  if (const json::Value* depth = FindSet(value, "depth")) node.depth = depth->AsInt();
  return Make(std::move(node));
}

SelectionNodePtr ReadLeaf(const json::Value& value, const LeafClass& leaf) {
  SelectionNode node;
  node.kind = leaf.kind;
  node.attribute = leaf.attribute;
  node.include_external = IsTrue(value, "include_sources", false);
  if (const json::Value* key = FindSet(value, "key")) node.key = key->AsString();
  if (const json::Value* text = FindSet(value, leaf.field)) node.value = text->AsString();
  return Make(std::move(node));
}

SelectionNodePtr ReadChecks(const json::Value& value) {
  SelectionNode node;
  node.kind = Kind::kChecks;
  for (const json::Value& check : value.AsObject().At("selected_asset_check_keys").AsArray()) {
    node.checks.push_back({KeyOf(check.AsObject().At("asset_key")), check.AsObject().At("name").AsString()});
  }
  return Make(std::move(node));
}

/// Of the classes that list keys, and of those that select everything.
SelectionNodePtr ReadKeysOrAll(const json::Value& value, std::string_view class_name) {
  SelectionNode node;
  node.include_external = IsTrue(value, "include_sources", false);
  if (class_name == "AllSelection") return Make(std::move(node));
  if (class_name == "AllAssetCheckSelection") {
    node.kind = Kind::kAllChecks;
  } else if (class_name == "KeysAssetSelection") {
    node.kind = Kind::kKeys;
    node.keys = KeysOf(value.AsObject().At("selected_keys"));
  } else if (class_name == "AssetChecksForAssetKeysSelection") {
    node.kind = Kind::kChecksOfAssets;
    node.keys = KeysOf(value.AsObject().At("selected_asset_keys"));
  } else if (class_name == "KeyPrefixesAssetSelection") {
    node.kind = Kind::kKeyPrefix;
    for (const json::Value& prefix : value.AsObject().At("selected_key_prefixes").AsArray()) {
      node.keys.push_back(PathOf(prefix));
    }
  } else {
    throw Error(Code::kInvalidArgument, fmt::format("\"{}\" is no asset selection that is known here", class_name));
  }
  return Make(std::move(node));
}

SelectionNodePtr Read(const json::Value& value) {
  const std::string& class_name = value.AsObject().At("__class__").AsString();
  for (const LeafClass& leaf : kLeafClasses) {
    if (leaf.class_name == class_name) return ReadLeaf(value, leaf);
  }
  for (const ParentClass& parent : kOverOneChild) {
    if (parent.class_name == class_name) return ReadOverChild(value, parent.kind);
  }
  if (class_name == "AndAssetSelection") return ReadOperands(value, Kind::kAnd);
  if (class_name == "OrAssetSelection") return ReadOperands(value, Kind::kOr);
  if (class_name == "SubtractAssetSelection") return ReadOperands(value, Kind::kSubtract);
  if (class_name == "GroupsAssetSelection") return ReadGroups(value);
  if (class_name == "AssetCheckKeysSelection") return ReadChecks(value);
  return ReadKeysOrAll(value, class_name);
}

}  // namespace

AssetSelection AssetSelection::FromJson(const json::Value& value) { return AssetSelection(Read(value)); }

}  // namespace tidemill::assets
