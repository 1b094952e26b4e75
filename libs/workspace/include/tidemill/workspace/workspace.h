#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemill/assets/asset_graph.h>
#include <tidemill/workspace/location.h>

namespace tidemill::workspace {

/// One asset as one repository declares it.
struct AssetRef {
  const Repository* repository = nullptr;
  const model::AssetNodeSnap* node = nullptr;
};

/// The code locations of one moment. Immutable; every reference it gives lives as long as it does.
class Workspace final {
 public:
  /// In the order in which the workspace file names them.
  explicit Workspace(std::vector<std::shared_ptr<const Location>> locations);

  const std::vector<std::shared_ptr<const Location>>& locations() const { return locations_; }
  /// Of all locations, in their order.
  const std::vector<const Repository*>& repositories() const { return repositories_; }

  /// Each gives nullptr if there is none.
  const Location* FindLocation(std::string_view name) const;
  const Repository* FindRepository(const RepositoryHandle& handle) const;

  /// Over all locations: an asset that one declares and another depends on is one node.
  const assets::AssetGraph& asset_graph() const { return graph_; }
  /// Who declares the asset; the one that speaks for it (see AssetGraph) first. Empty for an unknown key.
  std::vector<AssetRef> DeclarationsOf(const model::AssetKey& key) const;
  /// The repository that speaks for the asset; nullptr if none declares it.
  const Repository* RepositoryOf(assets::AssetId id) const { return owners_.at(id); }

 private:
  std::vector<std::shared_ptr<const Location>> locations_;
  std::vector<const Repository*> repositories_;
  assets::AssetGraph graph_;
  std::vector<const Repository*> owners_;  // By AssetId.
};

}  // namespace tidemill::workspace
