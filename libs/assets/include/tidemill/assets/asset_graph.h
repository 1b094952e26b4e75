#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tidemill/model/ids.h>
#include <tidemill/model/repository_snap.h>

namespace tidemill::assets {

/// The place of an asset in its graph: 0 to size() - 1.
using AssetId = std::uint32_t;

/// How assets depend on each other, over the nodes of one or of several code locations.
///
/// Refers to the nodes and checks, which must outlive it. Immutable, safe from any thread. Every list of ids that it
/// gives is ascending unless it says otherwise.
class AssetGraph final {
 public:
  /// Several nodes may share a key, when code locations declare each other's assets: their dependencies are merged, and
  /// the one that materializes speaks for the asset, else one that observes, else the first. A dependency that no node
  /// declares becomes an asset that nothing executes.
  explicit AssetGraph(const std::vector<const model::AssetNodeSnap*>& nodes,
                      const std::vector<const model::AssetCheckSnap*>& checks = {});
  /// The assets of one repository.
  explicit AssetGraph(const model::RepositorySnap& repository);
  AssetGraph(std::span<const model::AssetNodeSnap> nodes, std::span<const model::AssetCheckSnap> checks = {});

  std::size_t size() const { return nodes_.size(); }

  std::optional<AssetId> Find(const model::AssetKey& key) const;
  /// Throws Error(kNotFound) that names the key and the nearest one.
  AssetId Get(const model::AssetKey& key) const;
  /// The known key that is spelled most alike; nothing if none is near.
  std::optional<model::AssetKey> Nearest(const model::AssetKey& key) const;

  const model::AssetKey& key(AssetId id) const { return nodes_[id]->asset_key; }
  /// "a/b".
  const std::string& name(AssetId id) const { return names_[id]; }
  const model::AssetNodeSnap& node(AssetId id) const { return *nodes_[id]; }

  bool IsMaterializable(AssetId id) const {
    return node(id).execution_type == model::AssetExecutionType::kMaterialization;
  }
  bool IsObservable(AssetId id) const { return node(id).execution_type == model::AssetExecutionType::kObservation; }
  bool IsExecutable(AssetId id) const { return node(id).execution_type != model::AssetExecutionType::kUnexecutable; }

  /// Direct dependencies and dependents; an asset that depends on its own earlier partitions is in both.
  std::span<const AssetId> parents(AssetId id) const { return parents_.Of(id); }
  std::span<const AssetId> children(AssetId id) const { return children_.Of(id); }
  /// How one asset depends on another; nothing if it does not.
  const model::AssetDependencySnap* dependency(AssetId child, AssetId parent) const;

  /// Everything that is reached from `from` in at most `depth` steps; a member of `from` only if another one reaches
  /// it.
  std::vector<AssetId> Ancestors(std::span<const AssetId> from, std::optional<std::int64_t> depth = std::nullopt) const;
  std::vector<AssetId> Descendants(std::span<const AssetId> from,
                                   std::optional<std::int64_t> depth = std::nullopt) const;
  /// Those of `within` that depend on no other of them, directly or through others.
  std::vector<AssetId> Roots(std::span<const AssetId> within) const;
  /// Those of `within` that no other of them depends on.
  std::vector<AssetId> Sinks(std::span<const AssetId> within) const;

  /// The assets that depend on nothing.
  std::vector<AssetId> roots() const;
  /// Layer by layer: an asset stands in the layer behind the last of its parents, sorted by key inside. Throws
  /// Error(kFailedPrecondition) that names assets of the cycle if there is one.
  const std::vector<std::vector<AssetId>>& layers() const;
  /// The layers in one list: every asset behind its parents. Throws as layers() does.
  const std::vector<AssetId>& topological_order() const;

  /// Group names, sorted, each with its assets.
  const std::vector<std::pair<std::string, std::vector<AssetId>>>& groups() const { return groups_; }
  std::span<const AssetId> group(std::string_view name) const;

  /// The assets that one execution produces together with this one; itself if it stands alone.
  std::vector<AssetId> ExecutionSet(AssetId id) const;

  std::span<const model::AssetCheckSnap* const> checks(AssetId id) const;
  const model::AssetCheckSnap* FindCheck(const model::AssetCheckKey& key) const;

 private:
  /// Lists of ids, one for each asset, in one block.
  class Adjacency {
   public:
    void Build(std::size_t size, std::vector<std::pair<AssetId, AssetId>> edges);
    std::span<const AssetId> Of(AssetId id) const {
      return {targets_.data() + begins_[id], targets_.data() + begins_[id + 1]};
    }

   private:
    std::vector<std::uint32_t> begins_;
    std::vector<AssetId> targets_;
  };

  void AddNode(const model::AssetNodeSnap* node);
  AssetId AddStub(const model::AssetKey& key);
  void BuildEdges(const std::vector<const model::AssetNodeSnap*>& nodes);
  void BuildLayers();
  void BuildGroups();
  std::vector<AssetId> Reach(std::span<const AssetId> from, std::optional<std::int64_t> depth,
                             const Adjacency& next) const;
  std::vector<AssetId> Ends(std::span<const AssetId> within, const Adjacency& next) const;
  void CheckAcyclic() const;

  std::vector<const model::AssetNodeSnap*> nodes_;
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<const model::AssetNodeSnap>> stubs_;
  std::unordered_map<model::AssetKey, AssetId> ids_;
  std::unordered_map<std::uint64_t, const model::AssetDependencySnap*> dependencies_;  // By child and parent.
  Adjacency parents_;
  Adjacency children_;
  std::vector<std::vector<AssetId>> layers_;
  std::vector<AssetId> order_;
  std::vector<AssetId> cyclic_;
  std::vector<std::pair<std::string, std::vector<AssetId>>> groups_;
  std::unordered_map<std::string_view, std::vector<AssetId>> execution_sets_;
  std::unordered_map<AssetId, std::vector<const model::AssetCheckSnap*>> checks_;
};

}  // namespace tidemill::assets
