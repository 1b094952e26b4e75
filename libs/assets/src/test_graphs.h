#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/assets/asset_graph.h"

namespace tidemill::assets {

/// Nodes of "a; b: a; c: a b": each asset with what it depends on. Keys are user strings.
inline std::vector<model::AssetNodeSnap> Nodes(const std::string& text) {
  std::vector<model::AssetNodeSnap> nodes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line, ';');) {
    std::istringstream words(line.substr(0, line.find(':')));
    std::string name;
    words >> name;
    auto& node = nodes.emplace_back();
    node.asset_key = model::AssetKey::FromUserString(name);
    if (line.find(':') == std::string::npos) continue;
    std::istringstream parents(line.substr(line.find(':') + 1));
    while (parents >> name) node.dependencies.push_back({model::AssetKey::FromUserString(name), {}, {}, {}});
  }
  return nodes;
}

inline std::vector<std::string> Names(const AssetGraph& graph, const std::vector<AssetId>& ids) {
  std::vector<std::string> names;
  for (const AssetId id : ids) names.push_back(graph.name(id));
  return names;
}

}  // namespace tidemill::assets
