#include "tidemill/assets/selection.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "selection_node.h"
#include "tidemill/assets/name_selection.h"

namespace tidemill::assets {
namespace {

using Kind = SelectionNode::Kind;

SelectionNodePtr Make(SelectionNode node) { return std::make_shared<const SelectionNode>(std::move(node)); }

SelectionNodePtr Walk(Kind kind, SelectionNodePtr child, std::int64_t depth) {
  SelectionNode node;
  node.kind = kind;
  node.depth = depth;
  node.children = {std::move(child)};
  return Make(std::move(node));
}

/// One item of the older list syntax; nothing if the text is none.
SelectionNodePtr ParseListItem(std::string_view text) {
  if (const auto clause = ParseClause(text)) {
    SelectionNode node;
    node.kind = Kind::kKeys;
    node.keys = {model::AssetKey::FromUserString(clause->name)};
    auto base = Make(std::move(node));
    if (clause->up_depth > 0 && clause->down_depth > 0) {
      return JoinSelections(Kind::kOr, Walk(Kind::kUpstream, base, clause->up_depth),
                            Walk(Kind::kDownstream, base, clause->down_depth));
    }
    if (clause->up_depth > 0) return Walk(Kind::kUpstream, base, clause->up_depth);
    return clause->down_depth > 0 ? Walk(Kind::kDownstream, base, clause->down_depth) : base;
  }
  // Dagster would take quotes for a part of the tag, which no asset has: they are a slip in the grammar.
  if (!text.starts_with("tag:") || text.find_first_of("\"\\\r\n") != std::string_view::npos) return nullptr;
  const std::string_view tag = text.substr(4);
  const std::size_t equal = tag.find('=');
  if (equal != std::string_view::npos && tag.find('=', equal + 1) != std::string_view::npos) return nullptr;
  SelectionNode node;
  node.kind = Kind::kTag;
  node.key = tag.substr(0, equal);
  node.value = equal == std::string_view::npos ? "" : std::string(tag.substr(equal + 1));
  return Make(std::move(node));
}

bool NeedsParentheses(const SelectionNode& node) {
  return node.kind == Kind::kAnd || node.kind == Kind::kOr || node.kind == Kind::kSubtract ||
         (node.kind == Kind::kKeys && node.keys.size() > 1) || node.kind == Kind::kKeyPrefix ||
         node.kind == Kind::kMaterializable;
}

std::string Text(const SelectionNode& node);

std::string Operand(const SelectionNode& node) {
  return NeedsParentheses(node) ? fmt::format("({})", Text(node)) : Text(node);
}

std::string JoinOperands(const SelectionNode& node, std::string_view word) {
  std::string text;
  for (const auto& child : node.children) {
    if (!text.empty()) text += word;
    text += Operand(*child);
  }
  return text;
}

std::string Leaf(std::string_view name, const std::optional<std::string>& value) {
  return value ? fmt::format("{}:\"{}\"", name, *value) : fmt::format("{}:<null>", name);
}

std::string TagText(std::string_view name, const SelectionNode& node) {
  const std::string value = node.value.value_or("");
  return value.empty() ? fmt::format("{}:\"{}\"", name, node.key)
                       : fmt::format("{}:\"{}\"=\"{}\"", name, node.key, value);
}

bool IsWalk(const SelectionNode& node) { return node.kind == Kind::kUpstream || node.kind == Kind::kDownstream; }

/// What a walk of no steps starts from is all that it shows.
const SelectionNode& WithoutEmptyWalks(const SelectionNode& node) {
  const bool is_empty = IsWalk(node) && node.depth == 0 && node.include_self;
  return is_empty ? WithoutEmptyWalks(*node.children[0]) : node;
}

std::string WalkText(const SelectionNode& node) {
  const bool up = node.kind == Kind::kUpstream;
  const SelectionNode& inner = WithoutEmptyWalks(*node.children[0]);
  if (node.depth == 0) return Operand(inner);
  // A walk from a walk, and from all, is none without parentheses.
  const bool is_plain = !IsWalk(inner) && inner.kind != Kind::kAll;
  const std::string child = is_plain ? Operand(inner) : fmt::format("({})", Text(inner));
  const std::string depth =
      node.depth && *node.depth != SelectionClause::kUnlimited ? fmt::format("{}", *node.depth) : "";
  return up ? fmt::format("{}+{}", depth, child) : fmt::format("{}+{}", child, depth);
}

std::string SubtractText(const SelectionNode& node) {
  const auto& [from, taken] = std::tie(*node.children[0], *node.children[1]);
  if (from.kind == Kind::kAll) return fmt::format("not {}", Operand(taken));
  return fmt::format("{} and not {}", Operand(from), Operand(taken));
}

std::string KeysText(const SelectionNode& node) {
  std::string text;
  for (const auto& key : node.keys) {
    text += fmt::format("{}key:\"{}\"", text.empty() ? "" : " or ", key.ToUserString());
  }
  return text;
}

std::string KeyPrefixText(const SelectionNode& node) {
  std::string text;
  for (const auto& key : node.keys) {
    const std::string name = key.ToUserString();
    text += fmt::format("{0}key:\"{1}\" or key:\"{1}/*\"", text.empty() ? "" : " or ", name);
  }
  return text;
}

std::string ChecksText(const SelectionNode& node) {
  if (node.kind == Kind::kAllChecks) return "checks(*)";
  std::string text;
  for (const auto& key : node.keys)
    text += fmt::format("{}checks(key:\"{}\")", text.empty() ? "" : " or ", key.ToUserString());
  for (const auto& check : node.checks) {
    text += fmt::format("{}check:\"{}:{}\"", text.empty() ? "" : " or ", check.asset_key.ToUserString(), check.name);
  }
  return text;
}

std::string Text(const SelectionNode& node) {
  switch (node.kind) {
    case Kind::kAll:
      return "*";
    case Kind::kKeys:
      return KeysText(node);
    case Kind::kKeyPattern:
      return Leaf("key", node.value);
    case Kind::kTag:
      return TagText("tag", node);
    case Kind::kOwner:
      return Leaf("owner", node.value);
    case Kind::kGroup:
    case Kind::kGroupPattern:
      return Leaf("group", node.value);
    case Kind::kKind:
      return Leaf("kind", node.value);
    case Kind::kIs:
      return fmt::format("is:{}", *node.value);
    case Kind::kPartitions:
      return Leaf("partitions", node.value);
    case Kind::kJob:
      return Leaf("job", node.value);
    case Kind::kAttribute:
      if (node.attribute == AssetAttribute::kColumnTag) return TagText("column_tag", node);
      return Leaf(AttributeName(node.attribute), node.value);
    case Kind::kAnd:
      return JoinOperands(node, " and ");
    case Kind::kOr:
      return JoinOperands(node, " or ");
    case Kind::kSubtract:
      return SubtractText(node);
    case Kind::kSinks:
      return fmt::format("sinks({})", Text(*node.children[0]));
    case Kind::kRoots:
      return fmt::format("roots({})", Text(*node.children[0]));
    case Kind::kKeyPart:
      return Leaf("key_substring", node.value);
    case Kind::kKeyPrefix:
      return KeyPrefixText(node);
    case Kind::kMaterializable:
      return fmt::format("{} and is:materializable", Operand(*node.children[0]));
    case Kind::kExecutionSets:
      return fmt::format("execution_sets({})", Text(*node.children[0]));
    case Kind::kExternalSources:
      return fmt::format("external_sources({})", Text(*node.children[0]));
    case Kind::kAllChecks:
    case Kind::kChecksOfAssets:
    case Kind::kChecks:
      return ChecksText(node);
    case Kind::kUpstream:
    case Kind::kDownstream:
      break;
  }
  const std::string walk = WalkText(node);
  return node.include_self ? walk : fmt::format("{} and not {}", walk, Operand(*node.children[0]));
}

}  // namespace

std::string_view AttributeName(AssetAttribute attribute) {
  switch (attribute) {
    case AssetAttribute::kCodeLocation:
      return "code_location";
    case AssetAttribute::kSensor:
      return "sensor";
    case AssetAttribute::kSchedule:
      return "schedule";
    case AssetAttribute::kStatus:
      return "status";
    case AssetAttribute::kColumn:
      return "column";
    case AssetAttribute::kColumnTag:
      return "column_tag";
    case AssetAttribute::kTableName:
      return "table_name";
    case AssetAttribute::kChangedInBranch:
      return "changed_in_branch";
    case AssetAttribute::kAutomationType:
      break;
  }
  return "automation_type";
}

AssetSelection AssetSelection::Parse(std::string_view text, SelectionOptions options) {
  try {
    return AssetSelection(ParseSelection(text, options));
  } catch (const Error&) {
    // A bare name is not of the grammar but of the list syntax; if it is neither, the grammar's complaint says more.
    if (auto item = ParseListItem(text)) return AssetSelection(std::move(item));
    throw;
  }
}

AssetSelection AssetSelection::ParseList(const std::vector<std::string>& texts, SelectionOptions options) {
  if (texts.empty()) throw Error(Code::kInvalidArgument, "an asset selection needs at least one item");
  AssetSelection all = Parse(texts[0], options);
  for (std::size_t i = 1; i < texts.size(); ++i) {
    all = AssetSelection(JoinSelections(Kind::kOr, all.root_, Parse(texts[i], options).root_));
  }
  return all;
}

AssetSelection AssetSelection::ParseCommaSeparated(std::string_view text, SelectionOptions options) {
  std::vector<std::string> items;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    items.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return ParseList(items, options);
}

AssetSelection AssetSelection::All(SelectionOptions options) {
  SelectionNode node;
  node.include_external = options.include_external;
  return AssetSelection(Make(std::move(node)));
}

AssetSelection AssetSelection::Keys(std::vector<model::AssetKey> keys) {
  SelectionNode node;
  node.kind = Kind::kKeys;
  node.keys = std::move(keys);
  return AssetSelection(Make(std::move(node)));
}

AssetSelection AssetSelection::CodeLocation(std::string name) {
  SelectionNode node;
  node.kind = Kind::kAttribute;
  node.value = std::move(name);
  return AssetSelection(Make(std::move(node)));
}

AssetSelection AssetSelection::And(const AssetSelection& other) const {
  return AssetSelection(JoinSelections(Kind::kAnd, root_, other.root_));
}

std::string AssetSelection::ToString() const { return Text(*root_); }

}  // namespace tidemill::assets
