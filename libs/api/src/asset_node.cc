#include "asset_node.h"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <tidemill/assets/partition_mapping.h>
#include <tidemill/base/error.h>

#include "asset_policies.h"
#include "automation.h"
#include "errors.h"

namespace tidemill::api {
namespace {

using workspace::Repository;

/// AssetDependency: the other end of an edge.
struct AssetDependency {
  model::AssetKey key;
  const json::Value* mapping = nullptr;  ///< Null for the default one.
};
struct AssetGroup {
  const Repository* repository;
  std::string name;
  std::vector<const model::AssetKey*> keys;
};
struct AssetNodePage {
  std::vector<AssetNode> nodes;
  std::optional<std::string> cursor;
  bool has_more = false;
};
struct DefinitionCollision {
  model::AssetKey key;
  std::vector<const Repository*> repositories;
};

constexpr std::int64_t kMaxPage = 1000;

/// Whether a check or node that the workspace's graph gives is one of this repository.
template <class Snap>
bool IsOf(const std::vector<Snap>& snaps, const Snap* snap) {
  return !snaps.empty() && snap >= snaps.data() && snap < snaps.data() + snaps.size();
}

std::optional<std::string> DescriptionOf(const AssetNode& node, const graphql::Arguments& arguments) {
  const auto limit = arguments.Get<std::optional<std::int64_t>>("characterLimit");
  if (!node.snap->description || !limit) return node.snap->description;
  return std::string(Truncate(*node.snap->description, *limit));
}

bool DependsOn(const Repository& repository, const model::AssetKey& child, const model::AssetKey& parent) {
  const model::AssetNodeSnap* snap = repository.FindAsset(child);
  return snap != nullptr && std::ranges::any_of(snap->dependencies, [&](const model::AssetDependencySnap& dependency) {
           return dependency.upstream_asset_key == parent;
         });
}

/// Sorted by key.
std::vector<const model::AssetKey*> DependentKeys(const AssetNode& node, const RequestContext& context) {
  const assets::AssetGraph& graph = context.workspace().asset_graph();
  std::vector<const model::AssetKey*> keys;
  for (const assets::AssetId child : graph.children(node.id)) {
    if (node.scope == AssetNode::Scope::kWorkspace || DependsOn(*node.repository, graph.key(child), node.key())) {
      keys.push_back(&graph.key(child));
    }
  }
  std::ranges::sort(keys, [](const model::AssetKey* a, const model::AssetKey* b) { return *a < *b; });
  return keys;
}

std::vector<const model::AssetKey*> DependencyKeys(const AssetNode& node) {
  std::vector<const model::AssetKey*> keys;
  keys.reserve(node.snap->dependencies.size());
  for (const model::AssetDependencySnap& dependency : node.snap->dependencies) {
    keys.push_back(&dependency.upstream_asset_key);
  }
  return keys;
}

std::vector<AssetDependency> DependentsOf(const AssetNode& node, const RequestContext& context) {
  std::vector<AssetDependency> dependents;
  for (const model::AssetKey* key : DependentKeys(node, context)) dependents.push_back({*key, nullptr});
  return dependents;
}

std::vector<AssetDependency> DependenciesOf(const AssetNode& node, const RequestContext& context) {
  const bool has_mappings = node.scope == AssetNode::Scope::kRepository ||
                            node.snap->execution_type == model::AssetExecutionType::kMaterialization;
  std::vector<AssetDependency> dependencies;
  for (const model::AssetDependencySnap& dependency : node.snap->dependencies) {
    const bool has_mapping = has_mappings && !dependency.partition_mapping.is_null();
    dependencies.push_back({dependency.upstream_asset_key, has_mapping ? &dependency.partition_mapping : nullptr});
  }
  if (node.scope == AssetNode::Scope::kRepository) return dependencies;
  const assets::AssetGraph& graph = context.workspace().asset_graph();
  for (const assets::AssetId parent : graph.parents(node.id)) {
    const bool known = std::ranges::any_of(dependencies, [&](const auto& it) { return it.key == graph.key(parent); });
    if (!known) dependencies.push_back({graph.key(parent), nullptr});
  }
  return dependencies;
}

std::vector<AssetOwner> OwnersOf(const AssetNode& node) {
  std::vector<AssetOwner> owners;
  for (const std::string& owner : node.snap->owners) owners.push_back(ReadOwner(owner));
  return owners;
}

std::vector<std::string> PoolsOf(const AssetNode& node) {
  std::vector<std::string> pools = node.snap->pools;
  std::ranges::sort(pools);
  return pools;
}

std::vector<AssetNode> SameTable(const AssetNode& node, const RequestContext& context) {
  std::vector<AssetNode> nodes;
  const std::optional<StorageAddress> address = StorageAddressOf(node.snap->metadata);
  if (!address) return nodes;
  for (assets::AssetId id = 0; id < context.workspace().asset_graph().size(); ++id) {
    const std::optional<AssetNode> other = WorkspaceNode(context, id);
    if (!other || id == node.id) continue;
    const std::optional<StorageAddress> found = StorageAddressOf(other->snap->metadata);
    if (found && found->table_name == address->table_name) nodes.push_back(*other);
  }
  return nodes;
}

template <class View>
bool IsWritable(const View&, const RequestContext& context) {
  return !context.read_only();
}

std::vector<AssetGroup> GroupsOf(const Repository& repository) {
  std::vector<AssetGroup> groups;
  std::unordered_map<std::string_view, std::size_t> places;
  for (const model::AssetNodeSnap& node : repository.snap().asset_nodes) {
    if (!node.group_name || node.group_name->empty()) continue;
    const auto [place, is_new] = places.emplace(*node.group_name, groups.size());
    if (is_new) groups.push_back({&repository, *node.group_name, {}});
    groups[place->second].keys.push_back(&node.asset_key);
  }
  return groups;
}

AssetNodePage PageOf(const Repository& repository, const graphql::Arguments& arguments, const RequestContext& context) {
  const auto limit = arguments.Get<std::int64_t>("limit");
  const auto cursor = arguments.Get<std::optional<std::string>>("cursor");
  if (limit <= 0 || limit > kMaxPage) {
    throw Error(Code::kInvalidArgument, fmt::format("limit is {}, it must be between 1 and {}", limit, kMaxPage));
  }
  std::vector<std::pair<std::string, AssetNode>> keyed;
  for (const AssetNode& node : AssetNodesOf(repository, context)) {
    std::string text = node.key().ToColumn();
    if (!cursor || text > *cursor) keyed.emplace_back(std::move(text), node);
  }
  std::ranges::sort(keyed, {}, [](const auto& entry) -> const std::string& { return entry.first; });
  AssetNodePage page;
  page.has_more = keyed.size() > static_cast<std::size_t>(limit);
  if (page.has_more) keyed.resize(static_cast<std::size_t>(limit));
  for (const auto& [text, node] : keyed) page.nodes.push_back(node);
  page.cursor = keyed.empty() ? cursor : std::optional(keyed.back().first);
  return page;
}

/// The nodes of `assetNodes` before they are restricted to keys.
std::vector<AssetNode> Candidates(const graphql::Arguments& arguments,
                                  const std::optional<std::vector<model::AssetKey>>& keys,
                                  const RequestContext& context) {
  const auto group = arguments.Get<std::optional<graphql::Input>>("group");
  const auto pipeline = arguments.Get<std::optional<graphql::Input>>("pipeline");
  std::vector<AssetNode> nodes;
  if (group || pipeline) {
    const graphql::Input& selector = group ? *group : *pipeline;
    const Repository* repository = context.workspace().FindRepository(
        {selector.Get<std::string>("repositoryLocationName"), selector.Get<std::string>("repositoryName")});
    if (repository == nullptr) return nodes;
    for (AssetNode& node : AssetNodesOf(*repository, context)) {
      const bool wanted =
          group ? node.snap->group_name == group->Get<std::string>("groupName")
                : std::ranges::count(node.snap->job_names, pipeline->Get<std::string>("pipelineName")) > 0;
      if (wanted) nodes.push_back(node);
    }
  } else if (keys) {
    for (const model::AssetKey& key : *keys) {
      if (auto node = FindAssetNode(context, key)) nodes.push_back(*node);
    }
  } else {
    for (assets::AssetId id = 0; id < context.workspace().asset_graph().size(); ++id) {
      if (auto node = WorkspaceNode(context, id)) nodes.push_back(*node);
    }
  }
  return nodes;
}

/// Sorted by id.
std::vector<AssetNode> SelectNodes(const graphql::Arguments& arguments, const RequestContext& context) {
  const auto keys = AssetKeysOf(arguments, "assetKeys");
  if (keys && keys->empty()) return {};
  std::vector<std::pair<std::string, AssetNode>> selected;
  const std::unordered_set<model::AssetKey> wanted =
      keys ? std::unordered_set<model::AssetKey>(keys->begin(), keys->end()) : std::unordered_set<model::AssetKey>();
  std::unordered_set<assets::AssetId> seen;
  for (const AssetNode& node : Candidates(arguments, keys, context)) {
    if ((keys && !wanted.contains(node.key())) || !seen.insert(node.id).second) continue;
    selected.emplace_back(AssetNodeId(node), node);
  }
  std::ranges::sort(selected, {}, [](const auto& entry) -> const std::string& { return entry.first; });
  std::vector<AssetNode> nodes;
  nodes.reserve(selected.size());
  for (const auto& [id, node] : selected) nodes.push_back(node);
  return nodes;
}

std::variant<AssetNode, NamedError> AssetNodeOrError(const graphql::Arguments& arguments,
                                                     const RequestContext& context) {
  const model::AssetKey key = AssetKeyOf(arguments.Get<graphql::Input>("assetKey"));
  if (auto node = FindAssetNode(context, key)) return *node;
  return NamedError("AssetNotFoundError", fmt::format("Asset key {} not found.", key.ToColumn()));
}

/// What must be executed together with the given assets, beside them.
std::vector<model::AssetKey> AdditionalKeys(const graphql::Arguments& arguments, const RequestContext& context) {
  const assets::AssetGraph& graph = context.workspace().asset_graph();
  const auto keys = AssetKeysOf(arguments, "assetKeys");
  std::vector<model::AssetKey> additional;
  for (const model::AssetKey& key : *keys) {
    for (const assets::AssetId id : graph.ExecutionSet(graph.Get(key))) {
      const model::AssetKey& other = graph.key(id);
      const bool given = std::ranges::count(*keys, other) > 0;
      if (!given && std::ranges::count(additional, other) == 0) additional.push_back(other);
    }
  }
  return additional;
}

std::vector<DefinitionCollision> Collisions(const graphql::Arguments& arguments, const RequestContext& context) {
  std::vector<DefinitionCollision> collisions;
  const auto keys = AssetKeysOf(arguments, "assetKeys");
  for (const model::AssetKey& key : *keys) {
    context.workspace().asset_graph().Get(key);
    DefinitionCollision collision{key, {}};
    for (const workspace::AssetRef& declaration : context.workspace().DeclarationsOf(key)) {
      const model::AssetNodeSnap& node = *declaration.node;
      if (node.node_definition_name || node.graph_name || node.op_name) {
        collision.repositories.push_back(declaration.repository);
      }
    }
    if (collision.repositories.size() > 1) collisions.push_back(std::move(collision));
  }
  return collisions;
}

template <auto Member>
const auto& SnapField(const AssetNode& node) {
  return node.snap->*Member;
}

void BindDefinition(graphql::Schema& schema) {
  using Snap = model::AssetNodeSnap;
  schema.Object<AssetNode>("AssetNode")
      .Field("id", AssetNodeId)
      .Field("assetKey", SnapField<&Snap::asset_key>)
      .Field("computeKind", SnapField<&Snap::compute_kind>)
      .Field("description", DescriptionOf)
      .Field("graphName", SnapField<&Snap::graph_name>)
      .Field("groupName", [](const AssetNode& node) { return node.snap->group_name.value_or("default"); })
      .Field("owners", OwnersOf)
      .Field("jobNames", SnapField<&Snap::job_names>)
      .Field("storageAddress", [](const AssetNode& node) { return StorageAddressOf(node.snap->metadata); })
      .Field("tags", SnapField<&Snap::tags>)
      .Field("kinds", KindsOf)
      .Field("opName", SnapField<&Snap::op_name>)
      .Field("opNames", SnapField<&Snap::op_names>)
      .Field("opVersion", SnapField<&Snap::code_version>)
      .Field("pools", PoolsOf)
      .Field("repository", [](const AssetNode& node) { return node.repository; })
      .Field("backfillPolicy", SnapField<&Snap::backfill_policy>)
      .Field("automationCondition", [](const AssetNode& node) { return AutomationOf(*node.snap); })
      .Field("internalFreshnessPolicy",
             [](const AssetNode& node, const RequestContext& context) {
               const json::Value* policy = FreshnessPolicyOf(node, context);
               return policy == nullptr ? std::nullopt : std::optional(ReadFreshnessPolicy(*policy));
             })
      // Only deployments of branches have something to compare with.
      .Field("changedReasons", [] { return std::vector<std::string>(); });
}

void BindFlags(graphql::Schema& schema) {
  using Type = model::AssetExecutionType;
  schema.Object<AssetNode>("AssetNode")
      .Field("isExecutable", [](const AssetNode& node) { return node.snap->execution_type != Type::kUnexecutable; })
      .Field("isObservable", [](const AssetNode& node) { return node.snap->execution_type == Type::kObservation; })
      .Field("isMaterializable",
             [](const AssetNode& node) { return node.snap->execution_type == Type::kMaterialization; })
      .Field("isPartitioned", [](const AssetNode& node) { return node.snap->partitions.has_value(); })
      .Field("isVirtual", [](const AssetNode& node) { return node.snap->is_virtual.value_or(false); })
      .Field("isAutoCreatedStub", IsStub)
      .Field("hasAssetChecks", HasChecks)
      .Field("hasMaterializePermission", IsWritable<AssetNode>)
      .Field("hasWipePermission", IsWritable<AssetNode>)
      .Field("hasReportRunlessAssetEventPermission", IsWritable<AssetNode>);
}

AssetNode NodeOf(const AssetDependency& dependency, const RequestContext& context) {
  if (auto node = FindAssetNode(context, dependency.key)) return *node;
  throw Error(Code::kNotFound, fmt::format("no code location declares asset {}", dependency.key.ToUserString()));
}

void BindEdges(graphql::Schema& schema) {
  schema.Object<AssetNode>("AssetNode")
      .Field("dependedBy", DependentsOf)
      .Field("dependedByKeys", DependentKeys)
      .Field("dependencies", DependenciesOf)
      .Field("dependencyKeys", DependencyKeys)
      .Field("assetsForSameStorageAddress", SameTable);
  schema.Object<AssetDependency>("AssetDependency")
      .Field("asset", NodeOf)
      .Field("partitionMapping", [](const AssetDependency& dependency) {
        return dependency.mapping == nullptr ? std::nullopt
                                             : std::optional(assets::PartitionMapping::FromJson(*dependency.mapping));
      });
  schema.Object<assets::PartitionMapping>("PartitionMapping")
      .Field("className", &assets::PartitionMapping::ClassName)
      .Field("description", &assets::PartitionMapping::Description);
}

void BindRepositoryAssets(graphql::Schema& schema) {
  schema.Object<Repository>("Repository")
      .Field("assetNodes", AssetNodesOf)
      .Field("assetNodesConnection", PageOf)
      .Field("assetGroups", GroupsOf);
  schema.Object<AssetNodePage>("AssetNodeConnection")
      .Field("nodes", &AssetNodePage::nodes)
      .Field("cursor", &AssetNodePage::cursor)
      .Field("hasMore", &AssetNodePage::has_more);
  schema.Object<AssetGroup>("AssetGroup")
      .Field("id",
             [](const AssetGroup& group) {
               return fmt::format("{}-{}-{}", group.repository->location_name(), group.repository->name(), group.name);
             })
      .Field("groupName", &AssetGroup::name)
      .Field("assetKeys", &AssetGroup::keys);
}

}  // namespace

std::optional<AssetNode> WorkspaceNode(const RequestContext& context, assets::AssetId id) {
  const Repository* repository = context.workspace().RepositoryOf(id);
  if (repository == nullptr) return std::nullopt;
  return AssetNode{repository, &context.workspace().asset_graph().node(id), id, AssetNode::Scope::kWorkspace};
}

std::optional<AssetNode> FindAssetNode(const RequestContext& context, const model::AssetKey& key) {
  const auto id = context.workspace().asset_graph().Find(key);
  return id ? WorkspaceNode(context, *id) : std::nullopt;
}

std::vector<AssetNode> AssetNodesOf(const Repository& repository, const RequestContext& context) {
  const assets::AssetGraph& graph = context.workspace().asset_graph();
  std::vector<AssetNode> nodes;
  nodes.reserve(repository.snap().asset_nodes.size());
  for (const model::AssetNodeSnap& snap : repository.snap().asset_nodes) {
    nodes.push_back({&repository, &snap, graph.Get(snap.asset_key), AssetNode::Scope::kRepository});
  }
  return nodes;
}

std::string AssetNodeId(const AssetNode& node) {
  std::string id = node.scope == AssetNode::Scope::kWorkspace ? "w." : "r.";
  if (node.scope == AssetNode::Scope::kRepository) {
    id.append(node.repository->location_name()).append(".").append(node.repository->name()).append(".");
  }
  return id.append(node.key().ToUserString());
}

std::vector<const model::AssetCheckSnap*> ChecksOf(const AssetNode& node, const RequestContext& context) {
  std::vector<const model::AssetCheckSnap*> checks;
  for (const model::AssetCheckSnap* check : context.workspace().asset_graph().checks(node.id)) {
    if (node.scope == AssetNode::Scope::kWorkspace || IsOf(node.repository->snap().asset_checks, check)) {
      checks.push_back(check);
    }
  }
  return checks;
}

bool HasChecks(const AssetNode& node, const RequestContext& context) { return !ChecksOf(node, context).empty(); }

std::optional<assets::PartitionsDefinition> PartitionsOf(const AssetNode& node) {
  if (!node.snap->partitions) return std::nullopt;
  return assets::PartitionsDefinition::FromSnap(*node.snap->partitions);
}

const json::Value* FreshnessPolicyOf(const AssetNode& node, const RequestContext& context) {
  if (!node.snap->freshness_policy.is_null()) return &node.snap->freshness_policy;
  if (node.scope == AssetNode::Scope::kRepository) return nullptr;
  for (const workspace::AssetRef& declaration : context.workspace().DeclarationsOf(node.key())) {
    if (!declaration.node->freshness_policy.is_null()) return &declaration.node->freshness_policy;
  }
  return nullptr;
}

std::vector<std::string_view> KindsOf(const AssetNode& node) {
  if (node.snap->compute_kind && !node.snap->compute_kind->empty()) return {*node.snap->compute_kind};
  constexpr std::string_view kPrefix = "dagster/kind/";
  std::vector<std::string_view> kinds;
  for (const auto& [key, value] : node.snap->tags) {
    if (key.starts_with(kPrefix)) kinds.push_back(std::string_view(key).substr(kPrefix.size()));
  }
  return kinds;
}

bool IsStub(const AssetNode& node) {
  return std::ranges::any_of(node.snap->metadata, [](const auto& entry) {
    return entry.first == "dagster/auto_created_stub_asset" &&
           !std::holds_alternative<model::metadata::Null>(entry.second);
  });
}

std::string_view Truncate(std::string_view text, std::int64_t limit) {
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool starts_character = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
    if (starts_character && limit-- == 0) break;
  }
  return text.substr(0, end);
}

model::AssetKey AssetKeyOf(const graphql::Input& input) {
  return model::AssetKey(input.Get<std::vector<std::string>>("path"));
}

std::optional<std::vector<model::AssetKey>> AssetKeysOf(const graphql::Arguments& arguments, std::string_view name) {
  const auto inputs = arguments.Get<std::optional<std::vector<graphql::Input>>>(name);
  if (!inputs) return std::nullopt;
  std::vector<model::AssetKey> keys;
  for (const graphql::Input& input : *inputs) keys.push_back(AssetKeyOf(input));
  return keys;
}

void BindAssetNodes(graphql::Schema& schema) {
  BindDefinition(schema);
  BindFlags(schema);
  BindEdges(schema);
  BindRepositoryAssets(schema);
  schema.Object<DefinitionCollision>("AssetNodeDefinitionCollision")
      .Field("assetKey", &DefinitionCollision::key)
      .Field("repositories", &DefinitionCollision::repositories);
  schema.Query()
      .Field("assetNodes", SelectNodes)
      .Field("assetNodeOrError", AssetNodeOrError)
      .Field("assetNodeAdditionalRequiredKeys", AdditionalKeys)
      .Field("assetNodeDefinitionCollisions", Collisions);
}

}  // namespace tidemill::api
