#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/assets/asset_graph.h>
#include <tidemill/assets/partitions.h>
#include <tidemill/graphql/input.h>
#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// A declared asset, bound to AssetNode. Lives as long as the request's workspace; cheap to copy.
struct AssetNode {
  /// As one repository declares it, or as all of them together do: ids, dependents and checks differ.
  enum class Scope { kRepository, kWorkspace };

  const workspace::Repository* repository = nullptr;  ///< Whose declaration `snap` is.
  const model::AssetNodeSnap* snap = nullptr;
  assets::AssetId id = 0;  ///< In the workspace's graph.
  Scope scope = Scope::kWorkspace;

  const model::AssetKey& key() const { return snap->asset_key; }
};

/// The asset as the whole workspace sees it; nothing if no code location declares it.
std::optional<AssetNode> FindAssetNode(const RequestContext& context, const model::AssetKey& key);
std::optional<AssetNode> WorkspaceNode(const RequestContext& context, assets::AssetId id);
/// In the order of their declaration.
std::vector<AssetNode> AssetNodesOf(const workspace::Repository& repository, const RequestContext& context);

/// "r.<location>.<repository>.<key>" or "w.<key>".
std::string AssetNodeId(const AssetNode& node);
/// The checks of the asset in the node's scope.
std::vector<const model::AssetCheckSnap*> ChecksOf(const AssetNode& node, const RequestContext& context);
bool HasChecks(const AssetNode& node, const RequestContext& context);
/// Nothing for an asset without partitions.
std::optional<assets::PartitionsDefinition> PartitionsOf(const AssetNode& node);
/// Null where none of the declarations in the node's scope has one; as serdes JSON.
const json::Value* FreshnessPolicyOf(const AssetNode& node, const RequestContext& context);

/// Its compute kind, or what its tags of the kind "dagster/kind/…" say.
std::vector<std::string_view> KindsOf(const AssetNode& node);
/// Whether nothing declares it but that another asset depends on it.
bool IsStub(const AssetNode& node);
/// At most `limit` characters of UTF-8 text.
std::string_view Truncate(std::string_view text, std::int64_t limit);

/// AssetKeyInput.
model::AssetKey AssetKeyOf(const graphql::Input& input);
/// A list of AssetKeyInput; nothing if null or not given.
std::optional<std::vector<model::AssetKey>> AssetKeysOf(const graphql::Arguments& arguments, std::string_view name);

/// AssetNode but for what is known of its history, and the questions that give declared assets.
void BindAssetNodes(graphql::Schema& schema);

}  // namespace tidemill::api
