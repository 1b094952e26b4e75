#include <algorithm>

#include <tidemill/workspace/workspace.h>

namespace tidemill::workspace {
namespace {

std::vector<const Repository*> RepositoriesOf(const std::vector<std::shared_ptr<const Location>>& locations) {
  std::vector<const Repository*> repositories;
  for (const auto& location : locations) {
    for (const auto& repository : location->repositories) repositories.push_back(repository.get());
  }
  return repositories;
}

assets::AssetGraph GraphOf(const std::vector<const Repository*>& repositories) {
  std::vector<const model::AssetNodeSnap*> nodes;
  std::vector<const model::AssetCheckSnap*> checks;
  for (const Repository* repository : repositories) {
    for (const model::AssetNodeSnap& node : repository->snap().asset_nodes) nodes.push_back(&node);
    for (const model::AssetCheckSnap& check : repository->snap().asset_checks) checks.push_back(&check);
  }
  return assets::AssetGraph(nodes, checks);
}

}  // namespace

Workspace::Workspace(std::vector<std::shared_ptr<const Location>> locations)
    : locations_(std::move(locations)),
      repositories_(RepositoriesOf(locations_)),
      graph_(GraphOf(repositories_)),
      owners_(graph_.size()) {
  for (const Repository* repository : repositories_) {
    for (const model::AssetNodeSnap& node : repository->snap().asset_nodes) {
      const assets::AssetId id = graph_.Get(node.asset_key);
      if (&graph_.node(id) == &node) owners_[id] = repository;
    }
  }
}

const Location* Workspace::FindLocation(std::string_view name) const {
  const auto found =
      std::find_if(locations_.begin(), locations_.end(), [&](const auto& location) { return location->name == name; });
  return found == locations_.end() ? nullptr : found->get();
}

const Repository* Workspace::FindRepository(const RepositoryHandle& handle) const {
  const Location* location = FindLocation(handle.location_name);
  return location == nullptr ? nullptr : location->FindRepository(handle.repository_name);
}

std::vector<AssetRef> Workspace::DeclarationsOf(const model::AssetKey& key) const {
  std::vector<AssetRef> declarations;
  const auto id = graph_.Find(key);
  if (!id) return declarations;
  for (const Repository* repository : repositories_) {
    const model::AssetNodeSnap* node = repository->FindAsset(key);
    if (node == nullptr) continue;
    declarations.push_back({repository, node});
    if (repository == owners_[*id]) std::rotate(declarations.begin(), declarations.end() - 1, declarations.end());
  }
  return declarations;
}

}  // namespace tidemill::workspace
