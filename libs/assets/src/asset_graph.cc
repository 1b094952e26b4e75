#include "tidemill/assets/asset_graph.h"

#include <algorithm>
#include <deque>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <tidemill/base/error.h>

#include "spelling.h"

namespace tidemill::assets {
namespace {

std::uint64_t EdgeKey(AssetId child, AssetId parent) { return static_cast<std::uint64_t>(child) << 32 | parent; }

template <class T>
std::vector<const T*> Pointers(std::span<const T> values) {
  std::vector<const T*> pointers;
  pointers.reserve(values.size());
  for (const T& value : values) pointers.push_back(&value);
  return pointers;
}

}  // namespace

void AssetGraph::Adjacency::Build(std::size_t size, std::vector<std::pair<AssetId, AssetId>> edges) {
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  begins_.assign(size + 1, 0);
  targets_.reserve(edges.size());
  for (const auto& [from, to] : edges) {
    ++begins_[from + 1];
    targets_.push_back(to);
  }
  for (std::size_t i = 0; i < size; ++i) begins_[i + 1] += begins_[i];
}

AssetGraph::AssetGraph(const model::RepositorySnap& repository)
    : AssetGraph(std::span(repository.asset_nodes), std::span(repository.asset_checks)) {}

AssetGraph::AssetGraph(std::span<const model::AssetNodeSnap> nodes, std::span<const model::AssetCheckSnap> checks)
    : AssetGraph(Pointers(nodes), Pointers(checks)) {}

AssetGraph::AssetGraph(const std::vector<const model::AssetNodeSnap*>& nodes,
                       const std::vector<const model::AssetCheckSnap*>& checks) {
  nodes_.reserve(nodes.size());
  ids_.reserve(nodes.size());
  for (const auto* node : nodes) AddNode(node);
  BuildEdges(nodes);
  for (const auto* node : nodes_) names_.push_back(node->asset_key.ToUserString());
  BuildLayers();
  BuildGroups();
  for (const auto* check : checks) {
    if (const auto id = Find(check->asset_key)) checks_[*id].push_back(check);
  }
}

void AssetGraph::AddNode(const model::AssetNodeSnap* node) {
  const auto [it, is_new] = ids_.emplace(node->asset_key, static_cast<AssetId>(nodes_.size()));
  if (is_new) {
    nodes_.push_back(node);
    return;
  }
  // The enumerators stand in the order in which they speak for an asset.
  if (node->execution_type < nodes_[it->second]->execution_type) nodes_[it->second] = node;
}

AssetId AssetGraph::AddStub(const model::AssetKey& key) {
  auto stub = std::make_unique<model::AssetNodeSnap>();
  stub->asset_key = key;
  stub->execution_type = model::AssetExecutionType::kUnexecutable;
  stub->is_source = true;
  const auto id = static_cast<AssetId>(nodes_.size());
  nodes_.push_back(stub.get());
  ids_.emplace(key, id);
  stubs_.push_back(std::move(stub));
  return id;
}

void AssetGraph::BuildEdges(const std::vector<const model::AssetNodeSnap*>& nodes) {
  std::vector<std::pair<AssetId, AssetId>> up, down;
  for (const auto* node : nodes) {
    const AssetId child = ids_.at(node->asset_key);
    for (const auto& dependency : node->dependencies) {
      const auto found = Find(dependency.upstream_asset_key);
      const AssetId parent = found ? *found : AddStub(dependency.upstream_asset_key);
      up.emplace_back(child, parent);
      down.emplace_back(parent, child);
      const auto [it, is_new] = dependencies_.emplace(EdgeKey(child, parent), &dependency);
      if (!is_new && node == nodes_[child] && it->second->partition_mapping.is_null()) it->second = &dependency;
    }
  }
  parents_.Build(nodes_.size(), std::move(up));
  children_.Build(nodes_.size(), std::move(down));
}

void AssetGraph::BuildLayers() {
  std::vector<std::size_t> open(size(), 0);
  std::vector<AssetId> layer;
  for (AssetId id = 0; id < size(); ++id) {
    for (const AssetId parent : parents(id)) open[id] += parent == id ? 0 : 1;
    if (open[id] == 0) layer.push_back(id);
  }
  const auto by_key = [this](AssetId a, AssetId b) { return key(a) < key(b); };
  while (!layer.empty()) {
    std::sort(layer.begin(), layer.end(), by_key);
    order_.insert(order_.end(), layer.begin(), layer.end());
    std::vector<AssetId> next;
    for (const AssetId id : layer) {
      for (const AssetId child : children(id)) {
        if (child != id && --open[child] == 0) next.push_back(child);
      }
    }
    layers_.push_back(std::move(layer));
    layer = std::move(next);
  }
  if (order_.size() == size()) return;
  for (AssetId id = 0; id < size(); ++id) {
    if (open[id] > 0) cyclic_.push_back(id);
  }
}

void AssetGraph::BuildGroups() {
  std::map<std::string_view, std::vector<AssetId>> groups;
  for (AssetId id = 0; id < size(); ++id) {
    if (node(id).group_name) groups[*node(id).group_name].push_back(id);
    if (node(id).atomic_execution_unit_id) execution_sets_[*node(id).atomic_execution_unit_id].push_back(id);
  }
  for (auto& [name, members] : groups) groups_.emplace_back(std::string(name), std::move(members));
}

std::optional<AssetId> AssetGraph::Find(const model::AssetKey& key) const {
  const auto it = ids_.find(key);
  return it == ids_.end() ? std::nullopt : std::optional(it->second);
}

AssetId AssetGraph::Get(const model::AssetKey& key) const {
  if (const auto id = Find(key)) return *id;
  const auto nearest = Nearest(key);
  throw Error(Code::kNotFound,
              fmt::format("there is no asset '{}'{}", key.ToUserString(),
                          nearest ? fmt::format(" (did you mean '{}'?)", nearest->ToUserString()) : ""));
}

std::optional<model::AssetKey> AssetGraph::Nearest(const model::AssetKey& key) const {
  const std::string text = key.ToUserString();
  // Farther than this it would be a guess.
  std::size_t best = std::max<std::size_t>(2, text.size() / 3) + 1;
  std::optional<model::AssetKey> nearest;
  for (AssetId id = 0; id < size(); ++id) {
    if (const std::size_t distance = SpellingDistance(text, name(id)); distance < best) {
      best = distance;
      nearest = this->key(id);
    }
  }
  return nearest;
}

const model::AssetDependencySnap* AssetGraph::dependency(AssetId child, AssetId parent) const {
  const auto it = dependencies_.find(EdgeKey(child, parent));
  return it == dependencies_.end() ? nullptr : it->second;
}

std::vector<AssetId> AssetGraph::Reach(std::span<const AssetId> from, std::optional<std::int64_t> depth,
                                       const Adjacency& next) const {
  std::vector<char> reached(size(), 0);
  std::vector<AssetId> edge(from.begin(), from.end());
  for (std::int64_t step = 0; !edge.empty() && (!depth || step < *depth); ++step) {
    std::vector<AssetId> beyond;
    for (const AssetId id : edge) {
      for (const AssetId target : next.Of(id)) {
        if (reached[target] == 0) {
          reached[target] = 1;
          beyond.push_back(target);
        }
      }
    }
    edge = std::move(beyond);
  }
  std::vector<AssetId> result;
  for (AssetId id = 0; id < size(); ++id) {
    if (reached[id] != 0) result.push_back(id);
  }
  return result;
}

std::vector<AssetId> AssetGraph::Ancestors(std::span<const AssetId> from, std::optional<std::int64_t> depth) const {
  return Reach(from, depth, parents_);
}

std::vector<AssetId> AssetGraph::Descendants(std::span<const AssetId> from, std::optional<std::int64_t> depth) const {
  return Reach(from, depth, children_);
}

std::vector<AssetId> AssetGraph::Ends(std::span<const AssetId> within, const Adjacency& next) const {
  std::vector<char> selected(size(), 0);
  for (const AssetId id : within) selected[id] = 1;
  // 1: meets a selected asset further on. Decided from the far end, which the order of layers gives.
  std::vector<char> meets(size(), 0);
  const auto decide = [&](AssetId id) {
    for (const AssetId target : next.Of(id)) {
      if (target != id && (selected[target] != 0 || meets[target] != 0)) meets[id] = 1;
    }
  };
  const auto& order = topological_order();
  if (&next == &parents_) {
    std::for_each(order.begin(), order.end(), decide);
  } else {
    std::for_each(order.rbegin(), order.rend(), decide);
  }
  std::vector<AssetId> ends;
  for (AssetId id = 0; id < size(); ++id) {
    if (selected[id] != 0 && meets[id] == 0) ends.push_back(id);
  }
  return ends;
}

std::vector<AssetId> AssetGraph::Roots(std::span<const AssetId> within) const { return Ends(within, parents_); }

std::vector<AssetId> AssetGraph::Sinks(std::span<const AssetId> within) const { return Ends(within, children_); }

std::vector<AssetId> AssetGraph::roots() const {
  std::vector<AssetId> result;
  for (AssetId id = 0; id < size(); ++id) {
    const auto above = parents(id);
    if (std::all_of(above.begin(), above.end(), [id](AssetId parent) { return parent == id; })) result.push_back(id);
  }
  return result;
}

void AssetGraph::CheckAcyclic() const {
  if (cyclic_.empty()) return;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min<std::size_t>(cyclic_.size(), 5); ++i) names.push_back(name(cyclic_[i]));
  throw Error(Code::kFailedPrecondition, fmt::format("assets depend on each other in a cycle, or on such a cycle: {}{}",
                                                     fmt::join(names, ", "), cyclic_.size() > 5 ? ", …" : ""));
}

const std::vector<std::vector<AssetId>>& AssetGraph::layers() const {
  CheckAcyclic();
  return layers_;
}

const std::vector<AssetId>& AssetGraph::topological_order() const {
  CheckAcyclic();
  return order_;
}

std::span<const AssetId> AssetGraph::group(std::string_view name) const {
  const auto it = std::lower_bound(groups_.begin(), groups_.end(), name,
                                   [](const auto& group, std::string_view wanted) { return group.first < wanted; });
  return it != groups_.end() && it->first == name ? std::span(it->second) : std::span<const AssetId>();
}

std::vector<AssetId> AssetGraph::ExecutionSet(AssetId id) const {
  const auto& unit = node(id).atomic_execution_unit_id;
  return unit ? execution_sets_.at(*unit) : std::vector<AssetId>{id};
}

std::span<const model::AssetCheckSnap* const> AssetGraph::checks(AssetId id) const {
  const auto it = checks_.find(id);
  return it == checks_.end() ? std::span<const model::AssetCheckSnap* const>() : std::span(it->second);
}

const model::AssetCheckSnap* AssetGraph::FindCheck(const model::AssetCheckKey& key) const {
  const auto id = Find(key.asset_key);
  if (!id) return nullptr;
  for (const auto* check : checks(*id)) {
    if (check->name == key.name) return check;
  }
  return nullptr;
}

}  // namespace tidemill::assets
