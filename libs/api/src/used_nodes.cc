#include "used_nodes.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "jobs.h"
#include "nodes.h"

namespace tidemill::api {
namespace {

/// NodeInvocationSite.
struct Use {
  Job job;
  NodeHandleView handle;
};
/// UsedSolid.
struct UsedNode {
  NodeDefinition definition;
  std::vector<Use> uses;
};

std::map<std::string, UsedNode> UsedByName(const workspace::Repository& repository, const RequestContext& context) {
  std::map<std::string, UsedNode> used;
  for (const Job& job : JobsOf(repository)) {
    for (NodeHandleView& handle : NodeHandles(job.Structure(context), std::nullopt)) {
      const NodeDefinition definition = DefinitionOf(handle.node);
      UsedNode& node = used.try_emplace(NameOf(definition), UsedNode{definition, {}}).first->second;
      node.uses.push_back({job, std::move(handle)});
    }
  }
  for (auto& [name, node] : used) {
    std::ranges::stable_sort(node.uses, {}, [](const Use& use) -> const std::string& { return use.handle.id; });
  }
  return used;
}

/// Sorted by name.
std::vector<UsedNode> UsedNodes(const workspace::Repository& repository, const RequestContext& context) {
  std::vector<UsedNode> nodes;
  for (auto& [name, node] : UsedByName(repository, context)) nodes.push_back(std::move(node));
  return nodes;
}

UsedNode FindUsedNode(const workspace::Repository& repository, const graphql::Arguments& arguments,
                      const RequestContext& context) {
  const auto name = arguments.Get<std::string>("name");
  auto used = UsedByName(repository, context);
  const auto found = used.find(name);
  if (found == used.end()) {
    throw Error(Code::kNotFound, fmt::format("no job of {} uses an op or graph {}", repository.name(), name));
  }
  return std::move(found->second);
}

}  // namespace

void BindUsedNodes(graphql::Schema& schema) {
  schema.Object<workspace::Repository>("Repository").Field("usedSolids", UsedNodes).Field("usedSolid", FindUsedNode);
  schema.Object<UsedNode>("UsedSolid").Field("definition", &UsedNode::definition).Field("invocations", &UsedNode::uses);
  schema.Object<Use>("NodeInvocationSite").Field("pipeline", &Use::job).Field("solidHandle", &Use::handle);
}

}  // namespace tidemill::api
