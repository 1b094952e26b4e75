#include "op_query.h"

#include <limits>
#include <map>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include <tidemill/base/error.h>

namespace tidemill::sdk::snapshots {
namespace {

using Edges = std::map<std::string, std::set<std::string>, std::less<>>;
constexpr std::size_t kAllLevels = std::numeric_limits<std::size_t>::max();

struct Query {
  std::size_t up = 0;
  std::string_view name;
  std::size_t down = 0;
};

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// A star anywhere means all levels; else a level for each plus.
std::size_t Depth(std::string_view marks) {
  return marks.find('*') != std::string_view::npos ? kAllLevels : marks.size();
}

/// Before the name a star may come first, after it last: "*+op", "op+*".
std::optional<Query> ParseQuery(std::string_view text) {
  text = Trim(text);
  std::size_t begin = text.find_first_not_of("*+");
  if (begin == std::string_view::npos) return std::nullopt;
  std::size_t end = text.find_last_not_of("*+") + 1;
  std::string_view before = text.substr(0, begin);
  std::string_view after = text.substr(end);
  if (before.rfind('*') != std::string_view::npos && before.rfind('*') > 0) return std::nullopt;
  if (after.find('*') != std::string_view::npos && after.find('*') + 1 < after.size()) return std::nullopt;
  return Query{Depth(before), text.substr(begin, end - begin), Depth(after)};
}

void AddReachable(const Edges& edges, const std::string& from, std::size_t levels, std::set<std::string>& selected) {
  std::set<std::string> seen;
  std::vector<std::string> frontier{from};
  for (std::size_t level = 0; level < levels && !frontier.empty(); ++level) {
    std::vector<std::string> next;
    for (const std::string& node : frontier) {
      auto found = edges.find(node);
      if (found == edges.end()) continue;
      for (const std::string& neighbour : found->second) {
        if (seen.insert(neighbour).second) next.push_back(neighbour);
      }
    }
    frontier = std::move(next);
  }
  selected.insert(seen.begin(), seen.end());
}

}  // namespace

std::set<std::string> SelectNodes(const model::DependencyStructureSnap& level,
                                  const std::vector<std::string>& queries) {
  std::set<std::string> all;
  Edges up;
  Edges down;
  for (const model::NodeInvocationSnap& node : level.node_invocations) {
    all.insert(node.node_name);
    for (const auto& input : node.input_dependencies) {
      for (const auto& output : input.upstream_outputs) {
        up[node.node_name].insert(output.node_name);
        down[output.node_name].insert(node.node_name);
      }
    }
  }
  if (queries.size() == 1 && queries[0] == "*") return all;
  std::set<std::string> selected;
  for (const std::string& text : queries) {
    std::optional<Query> query = ParseQuery(text);
    if (!query || !all.contains(std::string(query->name))) {
      throw Error(Code::kInvalidArgument, fmt::format("op selection \"{}\" matches no node of the job", text));
    }
    std::string name(query->name);
    selected.insert(name);
    AddReachable(up, name, query->up, selected);
    AddReachable(down, name, query->down, selected);
  }
  return selected;
}

}  // namespace tidemill::sdk::snapshots
