#include <algorithm>
#include <set>
#include <variant>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "selection_node.h"

namespace tidemill::assets {
namespace {

using Kind = SelectionNode::Kind;
/// Whether each asset of the graph is selected.
using Mask = std::vector<char>;
using Checks = std::set<const model::AssetCheckSnap*>;

constexpr std::string_view kKindPrefix = "dagster/kind/";

const std::string* FindTag(const model::AssetNodeSnap& node, std::string_view key) {
  for (const auto& [name, value] : node.tags) {
    if (name == key) return &value;
  }
  return nullptr;
}

bool HasKind(const model::AssetNodeSnap& node, const std::optional<std::string>& kind) {
  if (kind) return FindTag(node, fmt::format("{}{}", kKindPrefix, *kind)) != nullptr;
  return std::none_of(node.tags.begin(), node.tags.end(),
                      [](const auto& tag) { return tag.first.starts_with(kKindPrefix); });
}

bool HasPartitions(const model::AssetNodeSnap& node, const std::optional<std::string>& type) {
  if (!type || *type == "none") return !node.partitions;
  if (!node.partitions) return false;
  if (*type == "static") return std::holds_alternative<model::StaticPartitionsSnap>(*node.partitions);
  if (*type == "dynamic") return std::holds_alternative<model::DynamicPartitionsSnap>(*node.partitions);
  if (*type == "time") return std::holds_alternative<model::TimeWindowPartitionsSnap>(*node.partitions);
  return *type == "multipartitions" && std::holds_alternative<model::MultiPartitionsSnap>(*node.partitions);
}

bool Contains(const std::vector<std::string>& values, const std::optional<std::string>& value) {
  return value && std::find(values.begin(), values.end(), *value) != values.end();
}

bool HasPrefix(const model::AssetKey& key, const model::AssetKey& prefix) {
  return prefix.path.size() <= key.path.size() && std::equal(prefix.path.begin(), prefix.path.end(), key.path.begin());
}

class Resolver {
 public:
  Resolver(const AssetGraph& graph, const AssetFacts* facts) : graph_(graph), facts_(facts) {}

  Mask Run(const SelectionNode& node) const {
    switch (node.kind) {
      case Kind::kKeys:
        return Keys(node);
      case Kind::kAnd:
      case Kind::kOr:
      case Kind::kSubtract:
        return Combine(node);
      case Kind::kSinks:
        return ToMask(graph_.Sinks(ToIds(Run(*node.children[0]))));
      case Kind::kRoots:
        return ToMask(graph_.Roots(ToIds(Run(*node.children[0]))));
      case Kind::kUpstream:
        return Upstream(node);
      case Kind::kDownstream:
        return Downstream(node);
      case Kind::kMaterializable:
      case Kind::kExecutionSets:
      case Kind::kExternalSources:
        return Derive(node);
      case Kind::kAllChecks:
      case Kind::kChecksOfAssets:
      case Kind::kChecks:
        return Mask(graph_.size(), 0);
      default:
        return Leaves(node);
    }
  }

  std::vector<AssetId> ToIds(const Mask& mask) const {
    std::vector<AssetId> ids;
    for (AssetId id = 0; id < mask.size(); ++id) {
      if (mask[id] != 0) ids.push_back(id);
    }
    return ids;
  }

  Checks RunChecks(const SelectionNode& node) const {
    switch (node.kind) {
      case Kind::kAnd:
      case Kind::kOr:
      case Kind::kSubtract:
        return CombineChecks(node);
      case Kind::kAllChecks:
        return ChecksOf(Mask(graph_.size(), 1));
      case Kind::kChecksOfAssets: {
        Mask mask(graph_.size(), 0);
        for (const auto& key : node.keys) {
          if (const auto id = graph_.Find(key)) mask[*id] = 1;
        }
        return ChecksOf(mask);
      }
      case Kind::kChecks: {
        Checks checks;
        for (const auto& key : node.checks) checks.insert(&Check(key));
        return checks;
      }
      default:
        return ChecksOf(Run(node));
    }
  }

 private:
  Checks ChecksOf(const Mask& mask) const {
    Checks checks;
    for (const AssetId id : ToIds(mask)) checks.insert(graph_.checks(id).begin(), graph_.checks(id).end());
    return checks;
  }

  const model::AssetCheckSnap& Check(const model::AssetCheckKey& key) const {
    if (const auto* check = graph_.FindCheck(key)) return *check;
    throw Error(Code::kNotFound, fmt::format("asset {} has no check \"{}\"", key.asset_key.ToUserString(), key.name));
  }

  Checks CombineChecks(const SelectionNode& node) const {
    Checks checks = RunChecks(*node.children[0]);
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      const Checks other = RunChecks(*node.children[i]);
      if (node.kind == Kind::kOr) {
        checks.insert(other.begin(), other.end());
      } else {
        const bool stays = node.kind == Kind::kAnd;
        std::erase_if(checks, [&](const auto* check) { return other.contains(check) != stays; });
      }
    }
    return checks;
  }

  Mask ToMask(const std::vector<AssetId>& ids) const {
    Mask mask(graph_.size(), 0);
    for (const AssetId id : ids) mask[id] = 1;
    return mask;
  }

  Mask Keys(const SelectionNode& node) const {
    Mask mask(graph_.size(), 0);
    for (const auto& key : node.keys) mask[graph_.Get(key)] = 1;
    return mask;
  }

  Mask Combine(const SelectionNode& node) const {
    Mask mask = Run(*node.children[0]);
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      const Mask other = Run(*node.children[i]);
      for (std::size_t id = 0; id < mask.size(); ++id) {
        const bool in = mask[id] != 0, in_other = other[id] != 0;
        mask[id] = node.kind == Kind::kOr ? in || in_other : node.kind == Kind::kAnd ? in && in_other : in && !in_other;
      }
    }
    return mask;
  }

  /// External assets are no part of what stands upstream.
  Mask Upstream(const SelectionNode& node) const {
    const Mask from = Run(*node.children[0]);
    Mask mask = from;
    for (const AssetId id : graph_.Ancestors(ToIds(from), node.depth)) mask[id] = 1;
    for (AssetId id = 0; id < mask.size(); ++id) {
      mask[id] = mask[id] != 0 && graph_.IsMaterializable(id) && (node.include_self || from[id] == 0) ? 1 : 0;
    }
    return mask;
  }

  Mask Downstream(const SelectionNode& node) const {
    const Mask from = Run(*node.children[0]);
    Mask mask = from;
    for (const AssetId id : graph_.Descendants(ToIds(from), node.depth)) mask[id] = 1;
    for (AssetId id = 0; id < mask.size() && !node.include_self; ++id)
      mask[id] = mask[id] != 0 && from[id] == 0 ? 1 : 0;
    return mask;
  }

  Mask Derive(const SelectionNode& node) const {
    Mask mask = Run(*node.children[0]);
    const std::vector<AssetId> ids = ToIds(mask);
    if (node.kind == Kind::kExecutionSets) {
      for (const AssetId id : ids) {
        for (const AssetId member : graph_.ExecutionSet(id)) mask[member] = 1;
      }
      return mask;
    }
    const bool external = node.kind == Kind::kExternalSources;
    if (external) {
      for (const AssetId id : graph_.Ancestors(ids)) mask[id] = 1;
    }
    for (AssetId id = 0; id < mask.size(); ++id) {
      mask[id] = mask[id] != 0 && graph_.IsMaterializable(id) != external ? 1 : 0;
    }
    return mask;
  }

  Mask Leaves(const SelectionNode& node) const {
    Mask mask(graph_.size(), 0);
    for (AssetId id = 0; id < mask.size(); ++id) mask[id] = Matches(node, id) ? 1 : 0;
    return mask;
  }

  bool Matches(const SelectionNode& node, AssetId id) const {
    const auto& asset = graph_.node(id);
    const bool counts = node.include_external || graph_.IsMaterializable(id);
    switch (node.kind) {
      case Kind::kAll:
        return counts;
      case Kind::kKeyPattern:
        return FitsPattern(graph_.name(id), *node.value);
      case Kind::kKeyPrefix:
        return counts &&
               std::ranges::any_of(node.keys, [&](const auto& key) { return HasPrefix(asset.asset_key, key); });
      case Kind::kKeyPart:
        return counts && graph_.name(id).find(*node.value) != std::string::npos;
      case Kind::kTag: {
        const std::string* tag = counts ? FindTag(asset, node.key) : nullptr;
        return tag != nullptr && *tag == node.value;
      }
      case Kind::kOwner:
        return Contains(asset.owners, node.value);
      case Kind::kGroup:
        return counts && node.value && asset.group_name == node.value;
      case Kind::kGroupPattern:
        return counts && asset.group_name && FitsPattern(*asset.group_name, *node.value);
      case Kind::kKind:
        return counts && HasKind(asset, node.value);
      case Kind::kIs:
        return graph_.IsMaterializable(id) == (node.value == "materializable");
      case Kind::kPartitions:
        return HasPartitions(asset, node.value);
      case Kind::kJob:
        return graph_.IsMaterializable(id) && Contains(asset.job_names, node.value);
      default:
        return HasAttribute(node, id);
    }
  }

  bool HasAttribute(const SelectionNode& node, AssetId id) const {
    if (facts_ == nullptr) {
      throw Error(Code::kUnimplemented, fmt::format("{}: selects assets only where the whole workspace is at hand, not "
                                                    "inside of a code location",
                                                    AttributeName(node.attribute)));
    }
    return facts_->Has(graph_, id, node.attribute, node.value, node.key);
  }

  const AssetGraph& graph_;
  const AssetFacts* facts_;
};

}  // namespace

bool FitsPattern(std::string_view text, std::string_view pattern) {
  // Goes back to the last star only: an earlier one need never take more.
  std::size_t at = 0, next = 0, star = std::string_view::npos, resume = 0;
  while (at < text.size()) {
    if (next < pattern.size() && pattern[next] == '*') {
      star = next++;
      resume = at;
    } else if (next < pattern.size() && pattern[next] == text[at]) {
      ++at, ++next;
    } else if (star != std::string_view::npos && text[resume] != '\n') {
      next = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (next < pattern.size() && pattern[next] == '*') ++next;
  return next == pattern.size();
}

std::vector<AssetId> AssetSelection::Resolve(const AssetGraph& graph, const AssetFacts* facts) const {
  const Resolver resolver(graph, facts);
  return resolver.ToIds(resolver.Run(*root_));
}

std::vector<const model::AssetCheckSnap*> AssetSelection::ResolveChecks(const AssetGraph& graph,
                                                                        const AssetFacts* facts) const {
  const Checks checks = Resolver(graph, facts).RunChecks(*root_);
  std::vector<const model::AssetCheckSnap*> sorted(checks.begin(), checks.end());
  std::ranges::sort(sorted, [](const auto* a, const auto* b) {
    return std::tie(a->asset_key, a->name) < std::tie(b->asset_key, b->name);
  });
  return sorted;
}

}  // namespace tidemill::assets
